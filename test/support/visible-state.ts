import { createHash } from 'node:crypto';
import type { Client } from 'pg';

/** Table by table, lines of JSON in order, without ids and instants: two servers that show the same have the same. */
export type VisibleState = Readonly<Record<string, readonly string[]>>;

const uuid = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;
const ids =
  'id organization_id connector_id file_id run_id owner_id account_id manager_id user_id last_run_id lease_holder';
const instants = `created_at updated_at modified_at status_changed_at calculated_at next_change_at deleted_at started_at
  finished_at lease_until`;
const transient = [ids, instants].flatMap((names) => names.split(/\s+/));
const plain = (alias: string) => `to_jsonb(${alias}) - array[${transient.map((name) => `'${name}'`).join(', ')}]`;

const texts: Readonly<Record<string, string>> = {
  owners: `select ${plain('o')} || jsonb_build_object('connector', c.name, 'manager', m.identity_key, 'user', u.user_name,
      'deleted', o.deleted_at is not null) as line
    from owner o left join connector c on c.id = o.connector_id left join owner m on m.id = o.manager_id
    left join app_user u on u.id = o.user_id`,
  accounts: `select ${plain('a')} || jsonb_build_object('connector', c.name, 'owner', o.identity_key, 'deleted', a.deleted_at is not null,
      'holds', array(select e.attribute || '=' || e.value from account_entitlement h join entitlement e on e.id = h.entitlement_id
        where h.account_id = a.id order by 1)) as line
    from account a join connector c on c.id = a.connector_id left join owner o on o.id = a.owner_id`,
  entitlements: `select ${plain('e')} || jsonb_build_object('connector', c.name) as line
    from entitlement e join connector c on c.id = e.connector_id`,
  totals: `select jsonb_build_array(c.name, t.correlated, sum(t.delta)) as line
    from account_tally t join connector c on c.id = t.connector_id group by c.name, t.correlated having sum(t.delta) <> 0`,
  statistics: `select ${plain('s')} || jsonb_build_object('owner', o.identity_key) as line
    from owner_statistics s join owner o on o.id = s.owner_id`,
  runs: `select ${plain('r')} || jsonb_build_object('connector', c.name,
      'number', row_number() over (partition by c.id order by r.created_at, r.id)) as line
    from sync_run r join connector c on c.id = r.connector_id`,
  'refused rows': `select ${plain('f')} || jsonb_build_object('connector', c.name,
      'number', (select count(*) from sync_run b where b.connector_id = r.connector_id and b.created_at <= r.created_at)) as line
    from refused_row f join sync_run r on r.id = f.run_id join connector c on c.id = r.connector_id`,
  'run totals': `select jsonb_build_array(outcome, runs, rows_read, rows_refused, rows_applied) as line from run_total`,
  trail: `select jsonb_build_object('action', action, 'actor', actor_name, 'subject', subject_id, 'type', subject_type,
      'before', before, 'after', after) as line from audit_event where action not like 'session.%'`,
};

/** What stands for an id: what the record is called, which is the same on another server. */
const names = `select id, 'owner ' || coalesce(identity_key, name) as name from owner
  union all select a.id, 'account ' || c.name || ' ' || a.native_key from account a join connector c on c.id = a.connector_id
  union all select id, 'connector ' || name from connector
  union all select id, 'application ' || name from application
  union all select id, 'user ' || user_name from app_user
  union all select r.id, 'run of ' || c.name from sync_run r join connector c on c.id = r.connector_id
  union all select f.id, 'file of ' || c.name from connector_file f join connector c on c.id = f.connector_id`;

export async function visibleState(client: Client): Promise<VisibleState> {
  const { rows } = await client.query<{ id: string; name: string }>(names);
  const nameOf = new Map(rows.map(({ id, name }) => [id, name]));
  const state: Record<string, string[]> = {};
  for (const [table, text] of Object.entries(texts)) {
    const found = await client.query<{ line: string }>(`select line::text from (${text}) l`);
    state[table] = found.rows.map(({ line }) => line.replaceAll(uuid, (id) => nameOf.get(id) ?? 'an id')).toSorted();
  }
  return state;
}

export function hashOf(state: VisibleState): string {
  return createHash('sha256').update(JSON.stringify(state)).digest('hex');
}

/** Which table differs and how: the first lines that only one of both has. */
export function differences(expected: VisibleState, actual: VisibleState): string[] {
  return Object.keys(expected).flatMap((table) => {
    const [missing, surplus] = [
      surplusOf(expected[table]!, actual[table]!),
      surplusOf(actual[table]!, expected[table]!),
    ];
    if (missing.length + surplus.length === 0) return [];
    const shown = [
      ...missing.slice(0, 3).map((line) => `- ${line}`),
      ...surplus.slice(0, 3).map((line) => `+ ${line}`),
    ];
    return [`${table}: ${missing.length} lines are missing, ${surplus.length} are too many`, ...shown];
  });
}

function surplusOf(lines: readonly string[], others: readonly string[]): string[] {
  const left = new Map<string, number>();
  for (const line of others) left.set(line, (left.get(line) ?? 0) + 1);
  return lines.filter((line) => {
    const n = left.get(line) ?? 0;
    left.set(line, n - 1);
    return n <= 0;
  });
}
