import { Injectable } from '@nestjs/common';
import type { Caller } from '@app/access';
import { type CursorPageOf, isId, NotFoundError } from '@app/kernel';
import { Database, statement } from '@app/persistence';
import { CursorCodec, SecretBox } from '@app/secrets';
import { type OwnerFilters, ownerListKey, ownerListQuery } from './owner-list.js';
import { type OwnerRecord, type OwnerSummary, recordColumns, summaryColumns } from './owner-rows.js';

export interface OwnerSearch extends OwnerFilters {
  readonly limit: number;
  /** The cursor an earlier page of the same query ended with. */
  readonly after?: string | undefined;
}

const byId = statement<OwnerRecord>(
  'owner.by-id',
  `select ${recordColumns('o')} from owner o where o.organization_id = $1 and o.id = $2 and o.deleted_at is null`,
);

const managerOfOwner = statement<OwnerRecord | { readonly id: null }>(
  'owner.manager-of',
  `select ${recordColumns('m')} from owner o
     left join owner m on m.organization_id = $1 and m.id = o.manager_id and m.deleted_at is null
    where o.organization_id = $1 and o.id = $2 and o.deleted_at is null`,
);

const directReportsOfOwner = statement<OwnerSummary>(
  'owner.direct-reports',
  `select ${summaryColumns('o')} from owner o
    where o.organization_id = $1 and o.manager_id = $2 and o.deleted_at is null order by o.name_key, o.id`,
);

@Injectable()
export class OwnerService {
  private readonly cursors: CursorCodec;

  constructor(
    private readonly database: Database,
    box: SecretBox,
  ) {
    this.cursors = new CursorCodec(box, 'owners', 'after');
  }

  /** Live owners in the order they were made, page by page. */
  async search(caller: Caller, { limit, after, ...filters }: OwnerSearch): Promise<CursorPageOf<OwnerSummary>> {
    const key = ownerListKey(filters);
    const position = after === undefined ? undefined : this.cursors.decode(after, key);
    const query = ownerListQuery(key, position, limit + 1);
    const rows = await this.database.query(caller, query.statement, query.values);

    const items = rows.slice(0, limit);
    const last = items.at(-1);
    const endCursor = last ? this.cursors.encode([last.created_at, last.id], key) : null;
    return { items, hasNextPage: rows.length > limit, endCursor };
  }

  async get(caller: Caller, id: string): Promise<OwnerRecord> {
    const [owner] = isId(id) ? await this.database.query(caller, byId, [id]) : [];
    if (!owner) throw new NotFoundError('owner');
    return owner;
  }

  /** The manager's record, or null when the owner reports to nobody. */
  async managerOf(caller: Caller, id: string): Promise<OwnerRecord | null> {
    const [manager] = isId(id) ? await this.database.query(caller, managerOfOwner, [id]) : [];
    if (!manager) throw new NotFoundError('owner');
    return manager.id === null ? null : manager;
  }
  /** Live owners who report to him, one level down, by name. */
  async directReportsOf(caller: Caller, id: string): Promise<OwnerSummary[]> {
    const reports = isId(id) ? await this.database.query(caller, directReportsOfOwner, [id]) : [];
    // Whom somebody reports to exists, unless he was deleted: nobody is left with him then.
    if (reports.length === 0) await this.get(caller, id);
    return reports;
  }
}
