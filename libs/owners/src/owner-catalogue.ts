import { Injectable } from '@nestjs/common';
import type { Caller } from '@app/access';
import { isId, NotFoundError, type OffsetPageOf } from '@app/kernel';
import { Database, type OffsetList, type OffsetSearch, readOffsetPage, statement } from '@app/persistence';
import { type IdentityState, identityState } from './identity-state.js';
import { type OwnerRecord, recordColumns } from './owner-rows.js';

/** An owner with what lists of people say of him beside his own record. */
export interface ListedOwner extends OwnerRecord {
  readonly alias: string;
  readonly identity_state: IdentityState;
  readonly manager_name: string | null;
  readonly is_manager: boolean;
}

/** How people call an owner where he needs a short name: by his id at the source, else by his mail box, else by our id. */
const aliasOf = (identity: string, email: string) =>
  `coalesce(o.${identity}, split_part(o.${email}, '@', 1), o.id::text)`;

const columns = `${recordColumns('o')}, ${aliasOf('identity_id', 'email')} as alias, ${identityState} as identity_state,
  m.name as manager_name, exists (
    select from owner r where r.organization_id = $1 and r.manager_id = o.id and r.deleted_at is null) as is_manager`;
const manager = `left join owner m on m.organization_id = $1 and m.id = o.manager_id and m.deleted_at is null`;
const live = 'o.organization_id = $1 and o.deleted_at is null';

const list: OffsetList<ListedOwner> = {
  from: 'owner o',
  id: 'o.id',
  where: live,
  columns: {
    id: { sql: 'o.id', type: 'uuid' },
    name: { sql: 'o.name_key', type: 'folded' },
    alias: { sql: aliasOf('identity_key', 'email_key'), type: 'folded' },
    /** Names are kept as a whole: what stands before the first blank and after the last. */
    firstWord: { sql: `split_part(o.name_key, ' ', 1)`, type: 'folded' },
    lastWord: { sql: `split_part(o.name_key, ' ', -1)`, type: 'folded' },
    email: { sql: 'o.email_key', type: 'folded' },
    status: { sql: 'o.status', type: 'exact' },
    /** Whether an authoritative connector knows him. */
    correlated: { sql: '(o.connector_id is not null)', type: 'boolean' },
  },
  orders: {
    id: 'o.id',
    name: 'o.name_key',
    alias: aliasOf('identity_key', 'email_key'),
    status: 'o.status',
  },
  rows: (page) => `select ${columns} from ${page} join owner o on o.organization_id = $1 and o.id = page.id ${manager}`,
};

const getOwner = statement<ListedOwner>(
  'owner.listed',
  `select ${columns} from owner o ${manager} where ${live} and o.id = $2`,
);

/** Live owners as lists of people know them: found by the names that others call them. */
@Injectable()
export class OwnerCatalogue {
  constructor(private readonly database: Database) {}

  async search(caller: Caller, search: OffsetSearch): Promise<OffsetPageOf<ListedOwner>> {
    return readOffsetPage(this.database, caller, list, search);
  }

  async get(caller: Caller, id: string): Promise<ListedOwner> {
    const [owner] = isId(id) ? await this.database.query(caller, getOwner, [id]) : [];
    if (!owner) throw new NotFoundError('owner');
    return owner;
  }
}
