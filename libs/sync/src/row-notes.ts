import { type Database, statement } from '@app/persistence';
import type { LeasedRun } from './leased-run.js';

/** Reasons of rows that are taken over all the same: they are listed beside the refused ones, and not counted as such. */
export const noteReasons = ['email_given_up', 'no_email', 'unknown_manager', 'manager_loop'] as const;

const noteGivenUp = statement<never>(
  undefined,
  `insert into refused_row (organization_id, run_id, line, reason, message, native_key)
   select $1, $2, s.line, 'email_given_up', 'Somebody else has the address now: the leaver is taken over without it.', s.native_key
     from staged_account s where s.owner_fields ? 'email_given_up'
   on conflict do nothing`,
);

/** Of a row that is as before only the keys are at hand: its owner tells what kind he is. */
const noteMissing = statement<never>(
  undefined,
  `insert into refused_row (organization_id, run_id, line, reason, message, native_key)
   select $1, $2, k.line, 'no_email', 'The person has no e-mail address: accounts are found by the identity id only.', k.native_key
     from staged_key k left join staged_account s on s.line = k.line
     left join owner o on o.organization_id = $1 and o.connector_id = $3 and o.identity_key = k.identity_key
    where k.owner_email_key is null and coalesce(s.owner_fields ->> 'owner_type', o.owner_type, 'human') = 'human'
   on conflict do nothing`,
);

/** What is odd about rows that are taken over. */
export async function noteOddRows(database: Database, run: LeasedRun): Promise<void> {
  const { caller, id, connectorId, config } = run;
  await database.query(caller, run.own(noteGivenUp), [id]);
  const readsEmails = Object.values(config.ownerMapping).includes('email');
  if (readsEmails) await database.query(caller, run.own(noteMissing), [id, connectorId]);
}
