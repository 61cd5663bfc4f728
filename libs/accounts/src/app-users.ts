import { Injectable } from '@nestjs/common';
import { narrowedTo, type Principal } from '@app/access';
import { isId } from '@app/kernel';
import { type ColumnTable, conditionToSql, Database, type Statement, statement } from '@app/persistence';
import { type Condition, everything } from '@app/query';

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
  readonly where: Condition;
  readonly limit: number;
  /** The id to go on after. */
  readonly after: string | null;
}

const own = `c.id in (select w.connector_id from connector_owner w where w.organization_id = $1 and w.user_id = $3)`;
const reached = `($2::uuid[] is null or c.application_id = any($2)) and ($3::uuid is null or ${own})`;
const live = `a.organization_id = $1 and a.deleted_at is null and ($4::uuid is null or a.id > $4)`;
const ownerType = `(select w.owner_type from owner w where w.organization_id = $1 and w.id = a.owner_id and w.deleted_at is null)`;
const isExternal = `coalesce(${ownerType} = 'federated', false)`;
const isService = `coalesce(${ownerType} = 'service', false)`;

/** What a search may ask of an account, by our own paths. */
const columns = {
  id: { sql: 'a.id', type: 'uuid' },
  applicationId: { sql: 'c.application_id', type: 'uuid' },
  name: { sql: 'a.name_key', type: 'folded' },
  nativeIdentity: { sql: 'a.native_identity_key', type: 'folded' },
  email: { sql: 'a.email_key', type: 'folded' },
  status: { type: 'choice', choices: { enabled: 'not a.disabled', disabled: 'a.disabled' } },
  lock: { type: 'choice', choices: { open: 'not a.locked', locked: 'a.locked' } },
  domain: { type: 'choice', choices: { external: isExternal, trusted: `not ${isExternal}` } },
  type: {
    type: 'choice',
    choices: {
      system: 'a.system_account',
      service: `(not a.system_account and ${isService})`,
      user: `(not a.system_account and not ${isService})`,
    },
  },
} as const satisfies ColumnTable;

/** Each connector, or each owner, gives a page of its own from an index that ends in the id; of those the first are taken. */
const ofConnectors = (test: string) => `connector c cross join lateral (
    select a.id from account a where ${live} and a.connector_id = c.id and (${test}) order by a.id limit $5) found
  where c.organization_id = $1 and ${reached} and $6::uuid[] is null`;
const ofUsers = (test: string) => `owner o cross join lateral (
    select a.id from account a join connector c on c.organization_id = $1 and c.id = a.connector_id and ${reached}
     where ${live} and a.owner_id = o.id and (${test}) order by a.id limit $5) found
  where o.organization_id = $1 and o.user_id = any($6::uuid[]) and o.deleted_at is null`;
const ofIds = (test: string) => `account a
    join connector c on c.organization_id = $1 and c.id = a.connector_id and ${reached}
    cross join lateral (select a.id) found
  where ${live} and ($6::uuid[] is null or a.owner_id in (
    select o.id from owner o where o.organization_id = $1 and o.user_id = any($6) and o.deleted_at is null)) and (${test})`;

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

const unasked = conditionToSql(everything, columns, 1).text;
const byConnectors = statement<AppUserRow>('app-user.by-connectors', page(ofConnectors(unasked)));
const byUsers = statement<AppUserRow>('app-user.by-users', page(ofUsers(unasked)));

/** Accounts as what a user has on an application. */
@Injectable()
export class AppUsers {
  constructor(private readonly database: Database) {}

  /** By id; a SOURCE_SUBADMIN meets only those of own connectors. */
  async search(
    caller: Principal,
    { applicationIds, userIds, where, limit, after }: AppUserSearch,
  ): Promise<{ items: AppUserRow[]; hasNextPage: boolean }> {
    const scope = [applicationIds?.filter(isId) ?? null, narrowedTo(caller, 'accounts:read')];
    const values = [...scope, after, limit + 1, userIds?.filter(isId) ?? null];
    const asked = conditionToSql(where, columns, values.length + 2);
    const from = namesAccounts(where) ? ofIds : userIds === undefined ? ofConnectors : ofUsers;
    const rows = await this.database.query(caller, statementFor(from, asked.text), [...values, ...asked.values]);
    return { items: rows.slice(0, limit), hasNextPage: rows.length > limit };
  }
}

/** What is asked of each account is planned for what it looks for. */
function statementFor(from: (test: string) => string, test: string): Statement<AppUserRow> {
  if (test === unasked && from === ofConnectors) return byConnectors;
  if (test === unasked && from === ofUsers) return byUsers;
  return statement<AppUserRow>(undefined, page(from(test)));
}

/** All that is asked for is among few: they are looked up, and then asked. */
function namesAccounts(where: Condition): boolean {
  return (where.kind === 'and' ? where.of : [where]).some((part) => part.kind === 'in' && part.path === 'id');
}
