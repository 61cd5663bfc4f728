import { Injectable } from '@nestjs/common';
import { narrowedTo, type Principal } from '@app/access';
import { fold, isId } from '@app/kernel';
import { Database, escapeLike, type Statement, statement } from '@app/persistence';

/** An account with the application it is on and the user whose it is. */
export interface AppUserRow {
  readonly id: string;
  readonly application_id: string;
  readonly name: string;
  readonly display_name: string | null;
  readonly email: string | null;
  readonly description: string | null;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly disabled: boolean;
  readonly locked: boolean;
  readonly system_account: boolean;
  readonly last_login_at: string | null;
  readonly created_at: string;
  readonly modified_at: string;
  /** Who owns it, if he signs in here. */
  readonly user_id: string | null;
  readonly owner_type: 'human' | 'service' | 'federated' | null;
  /** Where this account made its owner. */
  readonly identity_id: string | null;
}

export interface AppUserSearch {
  readonly applicationIds?: readonly string[] | undefined;
  readonly userIds?: readonly string[] | undefined;
  /** Part of the name, the native identity or the address. */
  readonly query?: string | undefined;
  readonly ids?: readonly string[] | undefined;
  /** Ids too, each on that application if one is said. */
  readonly refs?: readonly { readonly applicationId: string | null; readonly id: string }[] | undefined;
  readonly exceptIds?: readonly string[] | undefined;
  /** Of what is, or is not, true of an account: one of these. */
  readonly disabled?: readonly boolean[] | undefined;
  readonly locked?: readonly boolean[] | undefined;
  readonly external?: readonly boolean[] | undefined;
  readonly types?: readonly ('user' | 'service' | 'system')[] | undefined;
  readonly limit: number;
  /** The id to go on after. */
  readonly after: string | null;
}

const own = `c.id in (select w.connector_id from connector_owner w where w.organization_id = $1 and w.user_id = $3)`;
const reached = `($2::uuid[] is null or c.application_id = any($2)) and ($3::uuid is null or ${own})`;
const live = `a.organization_id = $1 and a.deleted_at is null and ($4::uuid is null or a.id > $4)`;
const texts = ['a.name_key', 'a.native_identity_key', 'a.email_key'];
const ownerType = `(select w.owner_type from owner w where w.organization_id = $1 and w.id = a.owner_id and w.deleted_at is null)`;
const isExternal = `coalesce(${ownerType} = 'federated', false)`;
const accountType = `case when a.system_account then 'system' when ${ownerType} = 'service' then 'service' else 'user' end`;

/** Each connector, or each owner, gives a page of its own from an index that ends in the id; of those the first are taken. */
const ofConnectors = (more: string) => `connector c cross join lateral (
    select a.id from account a where ${live} and a.connector_id = c.id ${more} order by a.id limit $5) found
  where c.organization_id = $1 and ${reached} and $6::uuid[] is null`;
const ofUsers = (more: string) => `owner o cross join lateral (
    select a.id from account a join connector c on c.organization_id = $1 and c.id = a.connector_id and ${reached}
     where ${live} and a.owner_id = o.id ${more} order by a.id limit $5) found
  where o.organization_id = $1 and o.user_id = any($6::uuid[]) and o.deleted_at is null`;
const ofIds = (more: string) => `account a
    join connector c on c.organization_id = $1 and c.id = a.connector_id and ${reached}
    cross join lateral (select a.id) found
  where ${live} and ($6::uuid[] is null or a.owner_id in (
    select o.id from owner o where o.organization_id = $1 and o.user_id = any($6) and o.deleted_at is null)) ${more}`;

const page = (from: string) => `
  select a.id, c.application_id, a.name, a.display_name, a.email, a.description, a.attributes, a.disabled, a.locked,
    a.system_account, a.last_login_at, a.created_at, a.modified_at, u.id as user_id, o.owner_type,
    case when o.connector_id = a.connector_id then o.identity_id end as identity_id
   from (select found.id from ${from} order by found.id limit $5) p
   join account a on a.organization_id = $1 and a.id = p.id
   join connector c on c.organization_id = $1 and c.id = a.connector_id
   left join owner o on o.organization_id = $1 and o.id = a.owner_id and o.deleted_at is null
   left join app_user u on u.organization_id = $1 and u.id = o.user_id and u.deleted_at is null
  order by a.id`;

const byConnectors = statement<AppUserRow>('app-user.by-connectors', page(ofConnectors('')));
const byUsers = statement<AppUserRow>('app-user.by-users', page(ofUsers('')));

/** Accounts as what a user has on an application. */
@Injectable()
export class AppUsers {
  constructor(private readonly database: Database) {}

  /** By id; a SOURCE_SUBADMIN meets only those of own connectors. */
  async search(
    caller: Principal,
    { applicationIds, userIds, limit, after, ...filter }: AppUserSearch,
  ): Promise<{ items: AppUserRow[]; hasNextPage: boolean }> {
    const scope = [applicationIds?.filter(isId) ?? null, narrowedTo(caller, 'accounts:read')];
    const values = [...scope, after, limit + 1, userIds?.filter(isId) ?? null];
    const { more, bound } = testsOf(filter, values.length + 2);
    const from = (filter.ids ?? filter.refs) ? ofIds : userIds === undefined ? ofConnectors : ofUsers;
    const rows = await this.database.query(caller, statementFor(from, more), [...values, ...bound]);
    return { items: rows.slice(0, limit), hasNextPage: rows.length > limit };
  }
}

/** What is asked of each account, and the values from this parameter on. */
function testsOf(filter: Omit<AppUserSearch, 'applicationIds' | 'userIds' | 'limit' | 'after'>, first: number) {
  const bound: unknown[] = [];
  const bind = (value: unknown) => `$${bound.push(value) + first - 1}`;
  const tests: string[] = [];
  const among = (sql: string, type: string, values: readonly unknown[] | undefined) => {
    if (values !== undefined) tests.push(`${sql} = any(${bind(values)}::${type}[])`);
  };
  if (filter.query !== undefined) {
    const pattern = bind(`%${fold(escapeLike(filter.query))}%`);
    tests.push(`(${texts.map((key) => `${key} like ${pattern}`).join(' or ')})`);
  }
  among('a.id', 'uuid', filter.ids?.filter(isId));
  if (filter.refs !== undefined) {
    const known = filter.refs.filter(
      ({ applicationId, id }) => isId(id) && (applicationId === null || isId(applicationId)),
    );
    among(
      'a.id',
      'uuid',
      known.map(({ id }) => id),
    );
    tests.push(`exists (select from jsonb_to_recordset(${bind(JSON.stringify(known))}::jsonb) as ref ("applicationId" uuid, id uuid)
      where ref.id = a.id and coalesce(ref."applicationId", c.application_id) = c.application_id)`);
  }
  if (filter.exceptIds !== undefined) tests.push(`a.id <> all(${bind(filter.exceptIds.filter(isId))}::uuid[])`);
  among('a.disabled', 'boolean', filter.disabled);
  among('a.locked', 'boolean', filter.locked);
  among(isExternal, 'boolean', filter.external);
  among(accountType, 'text', filter.types);
  return { more: tests.map((test) => `and ${test}`).join(' '), bound };
}

/** What is asked of each account is planned for what it looks for. */
function statementFor(from: (more: string) => string, more: string): Statement<AppUserRow> {
  if (more === '' && from === ofConnectors) return byConnectors;
  if (more === '' && from === ofUsers) return byUsers;
  return statement<AppUserRow>(undefined, page(from(more)));
}
