import { Injectable } from '@nestjs/common';
import { narrowedTo, type Principal } from '@app/access';
import { isId, NotFoundError, type OffsetPageOf } from '@app/kernel';
import {
  Database,
  type Narrowing,
  type OffsetList,
  type OffsetSearch,
  readOffsetPage,
  statement,
} from '@app/persistence';
import { sourceOwnerOf } from './source-owner.js';

/** How the last run that came to an end left a connector: its file was read, or was not, or there was none so far. */
export type ConnectorHealth = 'failing' | 'sound' | 'unread';

/** A connector whatever its application, with nothing of its configuration but what anybody may know. */
export interface ListedConnector {
  readonly id: string;
  readonly application_id: string;
  readonly name: string;
  readonly description: string;
  readonly kind: string;
  readonly authoritative: boolean;
  readonly separator: string | null;
  readonly deletion_percent: number | null;
  readonly health: ConnectorHealth;
  readonly health_since: string;
  readonly owner_id: string | null;
  readonly owner_name: string | null;
  readonly created_at: string;
  readonly updated_at: string;
}

/** Whose connectors alone are wanted: of a user, or of the user an owner is. */
export type AnsweredForBy = { readonly userId: string } | { readonly ownerId: string };

export interface ConnectorSearch extends OffsetSearch {
  readonly answeredForBy?: AnsweredForBy | undefined;
}

const lastRun = `left join lateral (
  select state, coalesce(finished_at, updated_at) as ended_at from sync_run
   where organization_id = $1 and connector_id = c.id and not dry_run
     and state in ('succeeded', 'failed', 'needs_confirmation')
   order by created_at desc, id desc limit 1) r on true`;
const health = `(case when r.state is null then 'unread' when r.state = 'succeeded' then 'sound' else 'failing' end)`;
const joins = `${sourceOwnerOf('c.id')} ${lastRun}`;
const columns = `c.id, c.application_id, c.name, c.description, c.kind, c.authoritative, c.config ->> 'separator' as separator,
  (c.config -> 'deletionThreshold' ->> 'percent')::integer as deletion_percent, ${health} as health,
  coalesce(r.ended_at, c.created_at) as health_since, s.id as owner_id, s.name as owner_name, c.created_at, c.updated_at`;

const list: OffsetList<ListedConnector> = {
  from: `connector c ${joins}`,
  id: 'c.id',
  where: 'c.organization_id = $1 and c.deleted_at is null',
  columns: {
    id: { sql: 'c.id', type: 'uuid' },
    name: { sql: 'c.name_key', type: 'folded' },
    /** There is no key of it: letter case counts. */
    description: { sql: '(c.description collate "C")', type: 'exact' },
    kind: { sql: 'c.kind', type: 'exact' },
    authoritative: { sql: 'c.authoritative', type: 'boolean' },
    health: { sql: health, type: 'exact' },
    ownerId: { sql: 's.id', type: 'uuid' },
    created: { sql: 'c.created_at', type: 'instant' },
    modified: { sql: 'c.updated_at', type: 'instant' },
  },
  orders: {
    id: 'c.id',
    name: 'c.name_key',
    description: 'c.description collate "C"',
    kind: 'c.kind collate "C"',
    authoritative: 'c.authoritative',
    health: `${health} collate "C"`,
    sound: `(${health} = 'sound')`,
    ownerId: 's.id',
    ownerName: 's.name_key',
    created: 'c.created_at',
    modified: 'c.updated_at',
  },
  rows: (page) =>
    `select ${columns} from ${page} join connector c on c.organization_id = $1 and c.id = page.id ${joins}`,
};

const isOwn = (user: string) => `exists (
  select from connector_owner w where w.organization_id = $1 and w.connector_id = c.id and w.user_id = ${user}::uuid)`;

const getConnector = statement<ListedConnector>(
  'connector.listed',
  `select ${columns} from connector c ${joins}
    where c.organization_id = $1 and c.id = $2 and c.deleted_at is null and ($3::uuid is null or ${isOwn('$3')})`,
);

/** Every connector of the organization in one list. Whoever holds SOURCE_SUBADMIN reaches what he owns. */
@Injectable()
export class ConnectorCatalogue {
  constructor(private readonly database: Database) {}

  async search(
    principal: Principal,
    { answeredForBy, ...search }: ConnectorSearch,
  ): Promise<OffsetPageOf<ListedConnector>> {
    const own = narrowedTo(principal, 'connectors:read');
    const narrowing: Narrowing[] = [
      ...(own === null ? [] : [(bind: Bind) => isOwn(bind(own))]),
      ...(answeredForBy ? [(bind: Bind) => isAnsweredForBy(answeredForBy, bind)] : []),
    ];
    return readOffsetPage(this.database, principal, list, search, narrowing);
  }

  async get(principal: Principal, id: string): Promise<ListedConnector> {
    const values = [id, narrowedTo(principal, 'connectors:read')];
    const [connector] = isId(id) ? await this.database.query(principal, getConnector, values) : [];
    if (!connector) throw new NotFoundError('connector');
    return connector;
  }
}

type Bind = Parameters<Narrowing>[0];

function isAnsweredForBy(who: AnsweredForBy, bind: Bind): string {
  if ('userId' in who) return isOwn(bind(who.userId));
  if (!isId(who.ownerId)) return 'false';
  return `exists (
    select from connector_owner w join owner o on o.organization_id = $1 and o.user_id = w.user_id and o.deleted_at is null
     where w.organization_id = $1 and w.connector_id = c.id and o.id = ${bind(who.ownerId)}::uuid)`;
}
