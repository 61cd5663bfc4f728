import type { ConnectorConfig, CorrelationRule } from '@app/connectors';

/**
 * Whom the rules name for each row of `keyed(id, keys)`: the first rule that finds anybody decides, and two candidates
 * are nobody. `rules` is the place of `rulesValue`. The result is `matched(id, owner_id)`.
 */
export function matches(keyed: string, rules: string): string {
  const found = (owner: CorrelationRule['owner'], column: string) =>
    `select n.id, n.position, o.id as owner_id from named n
       join owner o on o.organization_id = $1 and o.deleted_at is null and o.${column} = n.key where n.owner = '${owner}'`;
  return `keyed as materialized (${keyed}),
   named as materialized (
     select k.id, r.position, r.owner, k.keys[r.position + 1] as key from keyed k
      cross join jsonb_to_recordset(${rules}::jsonb) as r(position integer, owner text) where k.keys[r.position + 1] is not null),
   candidate as (${found('identityId', 'identity_key')} union ${found('email', 'email_key')} union ${found('email', 'alt_email_key')}),
   judged as (select id, position, (array_agg(owner_id))[1] as owner_id, count(*) as found from candidate group by id, position),
   matched as (select distinct on (id) id, case when found = 1 then owner_id end as owner_id from judged order by id, position)`;
}

export function rulesValue({ correlationRules }: ConnectorConfig): string {
  return JSON.stringify(correlationRules.map(({ owner }, position) => ({ position, owner })));
}
