import { Injectable } from '@nestjs/common';
import { narrowedTo, type Principal } from '@app/access';
import { type AuditEvent, AuditTrail } from '@app/audit';
import { ConflictError, type CursorPageOf, NotFoundError, PreconditionError } from '@app/kernel';
import { Database, statement, type Transaction, violatedUnique } from '@app/persistence';
import { Application } from './application.entity.js';
import { ApplicationOwnerService } from './application-owner.service.js';
import { applicationColumns, applicationReach, type ApplicationRow, visibleApplication } from './application-row.js';
import { holdApplication } from './held-application.js';

export interface NewApplication {
  readonly name: string;
  readonly description: string;
  readonly ownerIds: readonly string[];
}

export interface ApplicationChange {
  readonly name?: string | undefined;
  readonly description?: string | undefined;
}

const listApplications = statement<ApplicationRow>(
  'application.list',
  `select ${applicationColumns} from application a
    where ${visibleApplication} and ($3::uuid is null or a.id > $3) order by a.id limit $4`,
);
const getApplication = statement<ApplicationRow>(
  'application.get',
  `select ${applicationColumns} from application a where ${visibleApplication} and a.id = $3`,
);
const getApplications = statement<ApplicationRow>(
  'application.by-ids',
  `select ${applicationColumns} from application a where ${visibleApplication} and a.id = any($3::uuid[]) order by a.id`,
);
const hasConnectors = statement<{ id: string }>(
  undefined,
  `select id from connector where organization_id = $1 and application_id = $2 and deleted_at is null limit 1`,
);

@Injectable()
export class ApplicationService {
  constructor(
    private readonly database: Database,
    private readonly owners: ApplicationOwnerService,
    private readonly audit: AuditTrail,
  ) {}

  async list(principal: Principal, limit: number, after: string | null): Promise<CursorPageOf<ApplicationRow>> {
    const rows = await this.database.query(principal, listApplications, [
      narrowedTo(principal, 'connectors:read'),
      after,
      limit + 1,
    ]);
    const items = rows.slice(0, limit);
    return { items, hasNextPage: rows.length > limit, endCursor: items.at(-1)?.id ?? null };
  }

  async get(principal: Principal, id: string): Promise<ApplicationRow> {
    const values = applicationReach(principal, 'connectors:read', id);
    const [row] = await this.database.query(principal, getApplication, values);
    if (!row) throw new NotFoundError('application');
    return row;
  }

  /** Those of them that the caller sees. */
  async ofIds(principal: Principal, ids: readonly string[]): Promise<ApplicationRow[]> {
    if (ids.length === 0) return [];
    return this.database.query(principal, getApplications, [narrowedTo(principal, 'connectors:read'), ids]);
  }

  async create(caller: Principal, given: NewApplication): Promise<string> {
    return this.naming(caller, async (tx) => {
      const application = Application.named(tx.organizationId, given.name);
      application.description = given.description;
      tx.em.persist(application);
      const after = { name: application.name, description: application.description };
      await this.record(tx, 'application.created', application.id, { after });
      await this.owners.replace(tx, application.id, given.ownerIds);
      return application.id;
    });
  }

  async update(caller: Principal, id: string, change: ApplicationChange): Promise<void> {
    await this.naming(caller, async (tx) => {
      const application = await this.held(tx, caller, id);
      const before = { name: application.name, description: application.description };
      if (change.name !== undefined) application.rename(change.name);
      if (change.description !== undefined) application.description = change.description;
      const after = { name: application.name, description: application.description };
      if (before.name === after.name && before.description === after.description) return;
      await this.record(tx, 'application.updated', id, { before, after });
    });
  }

  /** Only one whose connectors are gone: each takes its accounts along, which is to be said of each. */
  async delete(caller: Principal, id: string): Promise<void> {
    await this.database.inTransaction(caller, async (tx) => {
      const application = await this.held(tx, caller, id);
      if ((await tx.query(hasConnectors, [id])).length > 0) {
        throw new PreconditionError('The application has connectors: delete them first.');
      }
      await this.owners.replace(tx, id, []);
      application.deletedAt = new Date();
      const before = { name: application.name, description: application.description };
      await this.record(tx, 'application.deleted', id, { before });
    });
  }

  private async held(tx: Transaction, caller: Principal, id: string): Promise<Application> {
    await holdApplication(tx, caller, id);
    return tx.em.findOneOrFail(Application, id);
  }

  private async record(
    tx: Transaction,
    action: string,
    subjectId: string,
    told: Pick<AuditEvent, 'before' | 'after'>,
  ): Promise<void> {
    await this.audit.record(tx, { action, subjectType: 'application', subjectId, ...told });
  }

  private async naming<T>(caller: Principal, work: (tx: Transaction) => Promise<T>): Promise<T> {
    try {
      return await this.database.inTransaction(caller, work);
    } catch (error) {
      if (violatedUnique(error)) throw new ConflictError('An application of this name exists.');
      throw error;
    }
  }
}
