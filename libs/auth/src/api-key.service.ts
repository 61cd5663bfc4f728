import { Injectable } from '@nestjs/common';
import { type Caller, type KeyLevel, type KeyPermission, permissionsOfKey, type Principal } from '@app/access';
import { AuditTrail } from '@app/audit';
import { ForbiddenError, isId, newId, NotFoundError, type OffsetPageOf } from '@app/kernel';
import { Database, statement, type Transaction } from '@app/persistence';
import { hashOfToken, newOpaqueToken } from './opaque-tokens.js';
import { Principals } from './principals.js';

export interface NewApiKey {
  readonly name: string;
  readonly level: KeyLevel;
  readonly permission: KeyPermission;
  readonly expiresAt: Date | undefined;
}

export interface ApiKeyRow {
  readonly id: string;
  readonly name: string;
  readonly level: KeyLevel;
  readonly permission: KeyPermission;
  readonly prefix: string;
  readonly created_at: string;
  readonly created_by: string | null;
  readonly expires_at: string | null;
  readonly last_used_at: string | null;
}

const columns = `id, name, level, permission, prefix, created_at, created_by, expires_at, last_used_at`;
const insertKey = statement<ApiKeyRow>(
  undefined,
  `insert into api_key (organization_id, id, name, level, permission, prefix, key_hash, expires_at, created_by)
   values ($1, $2, $3, $4, $5, $6, $7, $8, $9) returning ${columns}`,
);
const listKeys = statement<ApiKeyRow>(
  'api-key.list',
  `select ${columns} from api_key where organization_id = $1 order by created_at desc, id desc limit $2 offset $3`,
);
const countKeys = statement<{ total: number }>(
  'api-key.count',
  `select count(*)::int as total from api_key where organization_id = $1`,
);
const keyById = statement<ApiKeyRow>(
  'api-key.by-id',
  `select ${columns} from api_key where organization_id = $1 and id = $2`,
);
const holdKey = statement<ApiKeyRow>(
  undefined,
  `select ${columns} from api_key where organization_id = $1 and id = $2 for update`,
);
const deleteKey = statement<never>(undefined, `delete from api_key where organization_id = $1 and id = $2`);

/** Enough of a key to tell it from others, too little to guess the rest. */
const shownLetters = 8;

/** API keys of the organization: nobody's, with the rights of their level and permission. */
@Injectable()
export class ApiKeyService {
  constructor(
    private readonly database: Database,
    private readonly principals: Principals,
    private readonly audit: AuditTrail,
  ) {}

  /** The key itself is seen this once. */
  async create(caller: Principal, wanted: NewApiKey): Promise<{ readonly row: ApiKeyRow; readonly key: string }> {
    requireRights(caller, wanted);
    const key = newOpaqueToken('key');
    const { name, level, permission, expiresAt = null } = wanted;
    const kept = [
      newId(),
      name,
      level,
      permission,
      key.slice(0, shownLetters),
      hashOfToken(key),
      expiresAt,
      caller.userId,
    ];
    const row = await this.database.inTransaction(caller, async (tx) => {
      const [made] = await tx.query(insertKey, kept);
      if (!made) throw new Error('the new key was not returned');
      await this.record(tx, 'key.created', made, 'after');
      return made;
    });
    return { row, key };
  }

  async list(caller: Caller, page: { limit: number; offset: number }) {
    const [items, [counted]] = await Promise.all([
      this.database.query(caller, listKeys, [page.limit, page.offset]),
      this.database.query(caller, countKeys),
    ]);
    return { items, total: counted?.total ?? 0 } satisfies OffsetPageOf<ApiKeyRow>;
  }

  async get(caller: Caller, id: string): Promise<ApiKeyRow> {
    const [row] = isId(id) ? await this.database.query(caller, keyById, [id]) : [];
    if (!row) throw new NotFoundError('API key');
    return row;
  }

  async revoke(caller: Principal, id: string): Promise<void> {
    await this.database.inTransaction(caller, async (tx) => {
      const [row] = isId(id) ? await tx.query(holdKey, [id]) : [];
      if (!row) throw new NotFoundError('API key');
      requireRights(caller, row);
      await tx.execute(deleteKey, [row.id]);
      tx.afterCommit.push(() => this.principals.forget(tx.organizationId));
      await this.record(tx, 'key.revoked', row, 'before');
    });
  }

  private async record(tx: Transaction, action: string, row: ApiKeyRow, side: 'before' | 'after'): Promise<void> {
    const { name, level, permission, prefix, expires_at } = row;
    const told = { name, level, permission, prefix, ...(expires_at && { expiresAt: expires_at }) };
    await this.audit.record(tx, { action, subjectType: 'key', subjectId: row.id, [side]: told });
  }
}

/** Nobody makes a key, or takes one away, that may do what he may not. */
function requireRights(caller: Principal, { level, permission }: Pick<NewApiKey, 'level' | 'permission'>): void {
  if (!permissionsOfKey(`${level}/${permission}`).isSubsetOf(caller.widePermissions)) {
    throw new ForbiddenError('This key has rights you lack.');
  }
}
