import { randomInt } from 'node:crypto';
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { type Caller, covers, type Principal, rightsFor, type Role, signInOf } from '@app/access';
import { type AuditEvent, AuditTrail } from '@app/audit';
import { requireRightsOf } from '@app/directory';
import { ForbiddenError, InvalidError, isId, newId, NotFoundError, type OffsetPageOf } from '@app/kernel';
import { Database, statement, type Transaction } from '@app/persistence';
import { type TokenIssuer, tokenIssuer } from './access-tokens.js';
import {
  clientById,
  type ClientRow,
  countClients,
  countClientsOf,
  deleteClient,
  deleteClientsOf,
  deleteOwnClient,
  holdClient,
  insertClient,
  listClients,
  listClientsOf,
  replaceKey,
} from './client-rows.js';
import { newClientSecret } from './client-secret.js';
import { Principals } from './principals.js';

export interface NewClient {
  readonly name: string;
  readonly roles: readonly Role[];
  /** Whom it acts for; undefined: whoever makes it. */
  readonly userId: string | undefined;
  readonly expiresAt: Date | undefined;
  /** Canonical CIDR. None: it may call from everywhere. */
  readonly sourceNetworks: readonly string[];
}

/** The only time a secret is seen. */
export interface ClientWithSecret {
  readonly client: ClientRow;
  readonly secret: string;
}

/** Held, or a client made while its user is being deleted would come back with him. */
const actableUser = statement<{ id: string }>(
  undefined,
  `select id from app_user where organization_id = $1 and id = $2
    and active and deleted_at is null and not system and not invitation_pending for share`,
);

const letters = 'abcdefghijkmnpqrstuvwxyz23456789';

/** OAuth clients: programs that act for a user with no more than his rights. */
@Injectable()
export class ClientService implements OnModuleInit {
  private readonly host: string;

  constructor(
    private readonly database: Database,
    private readonly principals: Principals,
    private readonly audit: AuditTrail,
    @Inject(tokenIssuer) issuer: TokenIssuer,
  ) {
    this.host = new URL(issuer.publicUrl).host;
  }

  onModuleInit(): void {
    this.database.announcements.on('auth', 'user.deleted', async (tx, events) => {
      const deleted = await tx.query(deleteClientsOf, [events.flatMap(({ ids }) => ids)]);
      const told = deleted.map((client) => eventOn(client, 'client.deleted', 'before'));
      await this.audit.recordAll(tx, told);
    });
  }

  async create(caller: Principal, wanted: NewClient): Promise<ClientWithSecret> {
    if (!covers(caller, rightsFor(wanted.roles))) throw new ForbiddenError('Nobody gives a right he lacks.');
    const userId = wanted.userId ?? caller.userId ?? '';
    const { secret, publicKey } = newClientSecret();
    return this.database.inTransaction(caller, async (tx) => {
      const [user] = isId(userId) ? await tx.query(actableUser, [userId]) : [];
      if (!user) throw InvalidError.field('userId', 'userId must be an active user of this organization.');
      if (user.id !== caller.userId) await requireRightsOf(tx, caller, user.id);

      const { name, roles, expiresAt = null, sourceNetworks } = wanted;
      const id = newId();
      const kept = [id, this.newClientId(), name, roles, user.id, publicKey, expiresAt, sourceNetworks, caller.userId];
      const [client] = await tx.query(insertClient, kept);
      if (!client) throw new Error('the new client was not returned');
      await this.audit.record(tx, eventOn(client, 'client.created', 'after'));
      return { client, secret };
    });
  }

  async list(caller: Caller, page: { limit: number; offset: number }) {
    const [items, [counted]] = await Promise.all([
      this.database.query(caller, listClients, [page.limit, page.offset]),
      this.database.query(caller, countClients),
    ]);
    return { items, total: counted?.total ?? 0 } satisfies OffsetPageOf<ClientRow>;
  }

  async get(caller: Caller, id: string): Promise<ClientRow> {
    const [client] = isId(id) ? await this.database.query(caller, clientById, [id]) : [];
    if (!client) throw new NotFoundError('client');
    return client;
  }

  /** The old secret is worth nothing from then on, and neither are the tokens it got. */
  async rotate(caller: Principal, id: string): Promise<ClientWithSecret> {
    const { secret, publicKey } = newClientSecret();
    return this.database.inTransaction(caller, async (tx) => {
      const held = await this.hold(tx, caller, id);
      const [client] = await tx.query(replaceKey, [held.id, publicKey]);
      if (!client) throw new Error('the client was not returned');
      await this.audit.record(tx, { action: 'client.rotated', subjectType: 'client', subjectId: client.id });
      return { client, secret };
    });
  }

  async delete(caller: Principal, id: string): Promise<void> {
    await this.database.inTransaction(caller, async (tx) => {
      const client = await this.hold(tx, caller, id);
      await tx.execute(deleteClient, [client.id]);
      await this.audit.record(tx, eventOn(client, 'client.deleted', 'before'));
    });
  }

  /** What acts for the caller himself, whatever his roles have become. */
  async listOwn(caller: Principal, page: { limit: number; offset: number }) {
    const { userId } = signInOf(caller);
    const [items, [counted]] = await Promise.all([
      this.database.query(caller, listClientsOf, [userId, page.limit, page.offset]),
      this.database.query(caller, countClientsOf, [userId]),
    ]);
    return { items, total: counted?.total ?? 0 } satisfies OffsetPageOf<ClientRow>;
  }

  async deleteOwn(caller: Principal, id: string): Promise<void> {
    const { userId } = signInOf(caller);
    await this.database.inTransaction(caller, async (tx) => {
      const [client] = isId(id) ? await tx.query(deleteOwnClient, [id, userId]) : [];
      if (!client) throw new NotFoundError('client');
      tx.afterCommit.push(() => this.principals.forget(tx.organizationId));
      await this.audit.record(tx, eventOn(client, 'client.deleted', 'before'));
    });
  }

  /**
   * A secret is as good as the rights behind it, so whoever touches a client has them, and its user's as well. Somebody
   * signed in touches his own, though he has come to lack a role of it: they are his rights.
   */
  private async hold(tx: Transaction, caller: Principal, id: string): Promise<ClientRow> {
    const [client] = isId(id) ? await tx.query(holdClient, [id]) : [];
    if (!client) throw new NotFoundError('client');
    const own = client.user_id === caller.userId;
    if (!own) await requireRightsOf(tx, caller, client.user_id);
    if (!(own && caller.kind === 'user') && !covers(caller, rightsFor(client.roles)))
      throw new ForbiddenError('This client has rights you lack.');
    tx.afterCommit.push(() => this.principals.forget(tx.organizationId));
    return client;
  }

  /** `<random name>@<our host>/pcc`: clients without a configured server take it from here. */
  private newClientId(): string {
    const name = Array.from({ length: 16 }, () => letters[randomInt(letters.length)]).join('');
    return `${name}@${this.host}/pcc`;
  }
}

function eventOn(client: ClientRow, action: string, side: 'before' | 'after'): AuditEvent {
  const { client_id: clientId, name, roles, user_id: userId, expires_at, source_networks: sourceNetworks } = client;
  const told = { clientId, name, roles, userId, sourceNetworks, ...(expires_at && { expiresAt: expires_at }) };
  return { action, subjectType: 'client', subjectId: client.id, [side]: told };
}
