import { type Database, statement } from '@app/persistence';
import type { LeasedRun } from './leased-run.js';

/** Has left by what the row says: inactive, or past the end date. */
const gone = `coalesce(s.owner_fields ->> 'status' = 'inactive', false)
  or coalesce((s.owner_fields ->> 'end_date')::date < (now() at time zone 'UTC')::date, false)`;
const holds = `exists (select from owner o where o.organization_id = $1 and o.connector_id = $2
  and o.identity_key = s.identity_key and o.email_key = s.owner_email_key and o.deleted_at is null)`;

/**
 * Of several rows with one address those who are here come before leavers, then whoever has it already, then the first
 * line. A leaver's row goes on without the address, for it has to say that he left; another's is refused.
 */
const settle = statement<never>(
  undefined,
  `with shared as materialized (
     select owner_email_key from staged_account where owner_email_key is not null group by 1 having count(*) > 1),
   ranked as (
     select s.line, s.native_key, s.identity_key, s.gone, first_value(s.line) over same as first_line, row_number() over same as n
       from (select s.*, ${gone} as gone, ${holds} as holds from staged_account s join shared using (owner_email_key)) s
     window same as (partition by s.owner_email_key order by s.gone, s.holds desc, s.line)),
   without as (
     update staged_account s set owner_email_key = null,
         owner_fields = s.owner_fields || '{"email": null, "email_key": null, "email_given_up": true}'
       from ranked r where s.line = r.line and r.n > 1 and r.gone),
   refused as (delete from staged_account s using ranked r where s.line = r.line and r.n > 1 and not r.gone),
   unkeyed as (delete from staged_key k using ranked r where k.line = r.line and r.n > 1 and not r.gone)
   insert into refused_row (organization_id, run_id, line, reason, message, native_key, identity_key)
   select $1, $3, line, 'duplicate_email', 'The row repeats the e-mail address of line ' || first_line || '.', native_key, identity_key
     from ranked where n > 1 and not gone
   on conflict do nothing`,
);

/** Afterwards each address stands in one staged row at most. */
export async function settleSharedEmails(database: Database, run: LeasedRun): Promise<void> {
  await database.query(run.caller, run.own(settle), [run.connectorId, run.id]);
}
