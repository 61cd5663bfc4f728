import { Injectable } from '@nestjs/common';
import { narrowedTo, type Principal } from '@app/access';
import { ofOwnConnectors } from '@app/connectors';
import { isId, NotFoundError, type OffsetPageOf } from '@app/kernel';
import { everything } from '@app/query';
import {
  Database,
  type Narrowing,
  type OffsetList,
  type OffsetSearch,
  readOffsetPage,
  statement,
} from '@app/persistence';

/** A right on a connected system, with its connector. */
export interface EntitlementRow {
  readonly id: string;
  readonly name: string;
  readonly attribute: string;
  readonly value: string;
  readonly description: string | null;
  readonly kind: 'group' | 'role';
  readonly privileged: boolean;
  readonly connector_id: string;
  readonly connector_name: string;
  readonly created_at: string;
  readonly modified_at: string;
}

export interface EntitlementSearch extends OffsetSearch {
  /** Only what this account holds; none of an account that is not there. */
  readonly heldBy?: string | undefined;
}

const reads = 'accounts:read';

const columns = `e.id, e.name, e.attribute, e.value, e.description, e.kind, e.privileged, e.connector_id,
  c.name as connector_name, e.created_at, e.modified_at`;
const connector = 'join connector c on c.organization_id = $1 and c.id = e.connector_id';
/** Few connectors are deleted, so their entitlements are looked past as they come. */
const live = `e.organization_id = $1 and e.connector_id <> all (array(
  select g.id from connector g where g.organization_id = $1 and g.deleted_at is not null))`;

/** Values are told apart as their source spells them: letter case counts in them, as in the names of attributes. */
const list: OffsetList<EntitlementRow> = {
  from: 'entitlement e',
  id: 'e.id',
  where: live,
  columns: {
    id: { sql: 'e.id', type: 'uuid' },
    name: { sql: 'e.name_key', type: 'folded' },
    kind: { sql: 'e.kind', type: 'exact' },
    attribute: { sql: '(e.attribute collate "C")', type: 'exact' },
    value: { sql: '(e.value collate "C")', type: 'exact' },
    connectorId: { sql: 'e.connector_id', type: 'uuid' },
    created: { sql: 'e.created_at', type: 'instant' },
    modified: { sql: 'e.modified_at', type: 'instant' },
  },
  orders: {
    id: 'e.id',
    name: 'e.name_key',
    kind: '(e.kind collate "C")',
    attribute: '(e.attribute collate "C")',
    value: '(e.value collate "C")',
    connectorId: 'e.connector_id',
    created: 'e.created_at',
    modified: 'e.modified_at',
  },
  rows: (page) =>
    `select ${columns} from ${page} join entitlement e on e.organization_id = $1 and e.id = page.id ${connector}`,
};

const getEntitlement = statement<EntitlementRow>(
  'entitlement.by-id',
  `select ${columns} from entitlement e ${connector}
    where e.organization_id = $1 and e.id = $2 and c.deleted_at is null and ($3::uuid is null or ${ofOwnConnectors('$3', 'e')})`,
);
const getHolder = statement<{ id: string }>(
  'entitlement.holder',
  `select a.id from account a
    where a.organization_id = $1 and a.id = $2 and a.deleted_at is null and ($3::uuid is null or ${ofOwnConnectors('$3')})`,
);

/** Reads entitlements. A SOURCE_SUBADMIN meets only those of the connectors he owns. */
@Injectable()
export class EntitlementService {
  constructor(private readonly database: Database) {}

  async search(caller: Principal, { heldBy, ...search }: EntitlementSearch): Promise<OffsetPageOf<EntitlementRow>> {
    const own = narrowedTo(caller, reads);
    const narrowing: Narrowing[] = [
      ...(own === null ? [] : [(bind: Bind) => ofOwnConnectors(bind(own), 'e')]),
      ...(heldBy === undefined ? [] : [(bind: Bind) => isHeldBy(heldBy, bind)]),
    ];
    return readOffsetPage(this.database, caller, list, search, narrowing);
  }

  async get(caller: Principal, id: string): Promise<EntitlementRow> {
    const values = [id, narrowedTo(caller, reads)];
    const [entitlement] = isId(id) ? await this.database.query(caller, getEntitlement, values) : [];
    if (!entitlement) throw new NotFoundError('entitlement');
    return entitlement;
  }

  /** What an account holds that the caller may see. */
  async ofAccount(
    caller: Principal,
    accountId: string,
    slice: Pick<OffsetSearch, 'limit' | 'offset' | 'withTotal'>,
  ): Promise<OffsetPageOf<EntitlementRow>> {
    const values = [accountId, narrowedTo(caller, reads)];
    const [holder] = isId(accountId) ? await this.database.query(caller, getHolder, values) : [];
    if (!holder) throw new NotFoundError('account');
    return this.search(caller, { ...slice, where: everything, sort: [], heldBy: accountId });
  }
}

type Bind = Parameters<Narrowing>[0];

function isHeldBy(accountId: string, bind: Bind): string {
  if (!isId(accountId)) return 'false';
  return `e.id in (
    select h.entitlement_id from account_entitlement h
      join account a on a.organization_id = $1 and a.id = h.account_id and a.deleted_at is null
     where h.organization_id = $1 and h.account_id = ${bind(accountId)}::uuid)`;
}
