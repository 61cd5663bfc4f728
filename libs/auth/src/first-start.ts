import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { serverCaller } from '@app/access';
import { AuditTrail } from '@app/audit';
import { makeAdministrators, User } from '@app/directory';
import { newId } from '@app/kernel';
import { Organization } from '@app/organizations';
import { Database, systemStatement, statement, type Transaction } from '@app/persistence';
import { Credential } from './credential.entity.js';
import { PasswordService } from './password.service.js';
import { SigningKeys } from './signing-keys.js';

export interface FirstStartOptions {
  readonly organizationName: string;
  readonly organizationSlug: string;
  readonly adminUser: string;
  /** Undefined: a random one is made and returned. */
  readonly adminPassword: string | undefined;
}

/** What only the call learns that made the bootstrap user. */
export interface FirstStartOutcome {
  /** Undefined: the password is the configured one. */
  readonly randomPassword: string | undefined;
}

const anyOrganization = systemStatement<{ id: string }>(undefined, `select id from organization limit 1`);
const lockFirstStart = statement<never>(
  undefined,
  `select pg_advisory_xact_lock(hashtextextended('ostiary first start', 0)), $1::uuid`,
);
const organizations = statement<{ id: string }>(undefined, `select id from organization where id is distinct from $1`);

/** Makes what an empty database lacks: a signing key, the organization, its Administrators group and bootstrap user. */
@Injectable()
export class FirstStart {
  constructor(
    private readonly database: Database,
    private readonly keys: SigningKeys,
    private readonly passwords: PasswordService,
    private readonly audit: AuditTrail,
  ) {}

  /** @returns undefined when there was nothing to make, or another process was quicker */
  async ensure(options: FirstStartOptions): Promise<FirstStartOutcome | undefined> {
    await this.keys.ensureOne();
    const [existing] = await this.database.asSystem('the first start asks whether any organization exists', (system) =>
      system.query(anyOrganization),
    );
    if (existing) return undefined;

    const randomPassword = options.adminPassword === undefined ? randomBytes(18).toString('base64url') : undefined;
    const passwordHash = await this.passwords.hash(options.adminPassword ?? randomPassword ?? '');
    return (await this.make(options, passwordHash)) ? { randomPassword } : undefined;
  }

  private async make(options: FirstStartOptions, passwordHash: string): Promise<boolean> {
    const organizationId = newId();
    return this.database.inTransaction(serverCaller(organizationId, 'system', 'first start', null), async (tx) => {
      await tx.query(lockFirstStart);
      if ((await tx.query(organizations)).length > 0) return false;

      const organization = tx.em.create(Organization, {
        id: organizationId,
        name: options.organizationName,
        slug: options.organizationSlug,
      });
      await tx.em.flush();
      const admin = await this.makeAdministrator(tx, options.adminUser, passwordHash);
      organization.accountOwnerUserId = admin.id;
      await this.audit.record(tx, {
        action: 'organization.created',
        subjectType: 'organization',
        subjectId: organizationId,
        after: { name: organization.name, slug: organization.slug, accountOwnerUserId: admin.id },
      });
      return true;
    });
  }

  private async makeAdministrator(tx: Transaction, userName: string, passwordHash: string): Promise<User> {
    const user = User.named(tx.organizationId, userName);
    tx.em.persist(user);
    await tx.em.flush();
    tx.em.persist(Credential.of(tx.organizationId, user.id, passwordHash));
    const group = await makeAdministrators(tx, this.audit, [user.id]);
    await this.audit.record(tx, {
      action: 'user.created',
      subjectType: 'user',
      subjectId: user.id,
      after: { userName: user.userName, groups: [group.name] },
    });
    return user;
  }
}
