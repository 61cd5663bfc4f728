import { matches, rulesValue } from '@app/accounts';
import { type Database, type Statement, statement } from '@app/persistence';
import { leavingOwners } from './absent-owners.js';
import type { LeasedRun } from './leased-run.js';
import { gaveUpEmail, lostEmailMark } from './owner-documents.js';
import { followRenamedOwners } from './renamed-owners.js';
import { noteOddRows, noteReasons } from './row-notes.js';
import { settleSharedEmails } from './shared-emails.js';
import { indexStaging } from './staging.js';

/** Later rows about something a former row has taken already are refused; `$1` organization, `$2` run. */
const refuseRepeated = (key: string, reason: string, message: string) =>
  statement<never>(
    undefined,
    `with several as (
       select ${key} from staged_account where ${key} is not null group by ${key} having count(*) > 1),
     repeated as (
       select s.line, s.native_key, s.identity_key, first_value(s.line) over same as first_line, row_number() over same as n
         from staged_account s join several on several.${key} = s.${key}
       window same as (partition by s.${key} order by s.line)),
     gone as (delete from staged_account s using repeated r where s.line = r.line and r.n > 1),
     unkeyed as (delete from staged_key k using repeated r where k.line = r.line and r.n > 1)
     insert into refused_row (organization_id, run_id, line, reason, message, native_key, identity_key)
     select $1, $2, line, '${reason}', '${message} of line ' || first_line || '.', native_key, identity_key from repeated where n > 1
     on conflict do nothing`,
  );

const refuseRepeatedAccounts = refuseRepeated('native_key', 'duplicate_account', 'The row repeats the account');
const refuseRepeatedPersons = refuseRepeated('identity_key', 'duplicate_identity', 'The row repeats the identity id');

/** An owner of elsewhere keeps his address: a known person of this connector cannot take it. */
const refuseTakenEmails = statement<never>(
  undefined,
  `with taken as (
     select s.line, s.native_key, s.identity_key from staged_account s
       join owner own on own.organization_id = $1 and own.connector_id = $2 and own.identity_key = s.identity_key
       join owner holder on holder.organization_id = $1 and holder.deleted_at is null and holder.email_key = s.owner_email_key
        and holder.id <> own.id and holder.connector_id is distinct from $2),
   gone as (delete from staged_account s using taken t where s.line = t.line),
   unkeyed as (delete from staged_key k using taken t where k.line = t.line)
   insert into refused_row (organization_id, run_id, line, reason, message, native_key, identity_key)
   select $1, $3, line, 'email_taken', 'The e-mail address belongs to another owner, whom this connector did not make.',
     native_key, identity_key from taken
   on conflict do nothing`,
);

/** What a staged row `s` with key `k` is to the account `a` of its key; null: it is as it was. */
const change = `case when a.id is null then 'create' when a.deleted_at is not null then 'return'
  when a.source_hash is distinct from k.source_hash then 'update'`;

const stagedWithAccount = `staged_account s
  join staged_key k on k.line = s.line
  left join account a on a.organization_id = $1 and a.connector_id = $2 and a.native_key = s.native_key`;

const batchSize = 5_000;

/** Ids of one statement count up from one that is made as all are: drawing bits for each costs more than all the rest. */
const countedId = `((select left(new_id()::text, 28)) || lpad(to_hex(line), 8, '0'))::uuid`;

/**
 * In the order of their owners: an owner is counted in one batch, or in two, and batches written at once seldom meet on
 * one. Other rules alone change nothing but the keys an account is correlated by.
 */
const planAccounts = statement<never>(
  undefined,
  `insert into staged_plan (batch, line, account_id, source_hash, change, owner_id)
   with ${matches('select s.line as id, s.correlation_keys as keys from staged_account s', '$3')},
   judged_rows as (
     select s.line, a.id, k.source_hash, m.owner_id,
       ${change} when a.correlation_keys is distinct from s.correlation_keys then 'rekey' end as change
       from ${stagedWithAccount} left join matched m on m.id = s.line)
   select (row_number() over (order by owner_id, line) - 1) / ${batchSize}, line,
     coalesce(id, ${countedId}), source_hash, change, owner_id
     from judged_rows where change is not null`,
);

/** An owner who was absent, or lost his address to somebody who no longer has it, is written again though his row is as before. */
const isMarked = `own.id is not null and length(coalesce(own.source_hash, '')) < 16
  and not (coalesce(own.source_hash, '') = ${lostEmailMark} and ${gaveUpEmail})`;

/** Its person was deleted, and is there again. */
const isOrphan = `a.owner_id is null and (own.id is not null and own.deleted_at is null or other.id is not null)`;

/** The connector's own owner of that identity, else a live owner made elsewhere with that e-mail, else a new one. */
const planPersons = statement<never>(
  undefined,
  `insert into staged_plan (batch, line, account_id, source_hash, change, owner_id, owner_change)
   with judged_rows as (
     select s.line, a.id, k.source_hash, own.id as own_id, other.id as other_id,
       ${change} when ${isMarked} or ${isOrphan} then 'update' end as change
       from ${stagedWithAccount}
       left join owner own on own.organization_id = $1 and own.connector_id = $2 and own.identity_key = s.identity_key
       left join owner other on own.id is null and other.organization_id = $1 and other.deleted_at is null
         and other.email_key = s.owner_email_key and other.connector_id is distinct from $2)
   select (row_number() over (order by line) - 1) / ${batchSize}, line, coalesce(id, ${countedId}), source_hash, change,
     coalesce(own_id, other_id, new_id()),
     case when own_id is not null then 'update' when other_id is not null then 'adopt' else 'create' end
     from judged_rows where change is not null`,
);

const clearPlan = statement<never>(undefined, `delete from staged_plan where $1::uuid is not null`);

const totals = statement<Totals>(
  undefined,
  `select (select count(*)::integer from staged_key) as staged,
     array(select distinct b.batch from staged_plan b order by 1) as batches,
     count(*) filter (where p.change = 'create')::integer as to_create,
     count(*) filter (where p.change = 'return')::integer as to_return,
     count(*) filter (where p.change = 'update')::integer as to_update,
     (select count(*) from refused_row where organization_id = $1 and run_id = $3 and reason <> all($4))::integer as refused,
     (select count(*) from refused_row where organization_id = $1 and run_id = $3 and native_key is null)::integer as unidentified,
     (select count(*) from account where organization_id = $1 and connector_id = $2 and deleted_at is null)::integer as live
     from staged_plan p`,
);

/** Live accounts that neither a staged nor a refused row is about. */
export const absentAccounts = (
  connector: string,
  run: string,
) => `a.organization_id = $1 and a.connector_id = ${connector}
  and a.deleted_at is null and not exists (select 1 from staged_key s where s.native_key = a.native_key)
  and not exists (select 1 from refused_row f where f.organization_id = $1 and f.run_id = ${run} and f.native_key = a.native_key)`;

const countAbsent = statement<{ count: number }>(
  undefined,
  `select count(*)::integer as count from account a where ${absentAccounts('$2', '$3')}`,
);

interface Totals {
  staged: number;
  batches: number[];
  to_create: number;
  to_return: number;
  to_update: number;
  refused: number;
  unidentified: number;
  live: number;
}

export interface Comparison {
  /** Rows that can be taken over. */
  readonly staged: number;
  readonly refused: number;
  /** The plan's batches by number. */
  readonly batches: readonly number[];
  readonly toApply: number;
  readonly toCreate: number;
  readonly toUpdate: number;
  readonly toReturn: number;
  readonly unchanged: number;
  /** Every row says whom it is about. Where one does not, nobody counts as absent. */
  readonly complete: boolean;
  /** Accounts that would be removed; zero when the file is not complete. */
  readonly absent: number;
  /** Active people of the connector who would become inactive. */
  readonly leavingOwners: number;
  /** More accounts or people would go than the connector's threshold lets pass without a confirmation. */
  readonly aboveThreshold: boolean;
}

/** One set-based difference between what the file says and what is stored, as a plan; it writes staging rows only. */
export async function compare(database: Database, run: LeasedRun): Promise<Comparison> {
  const { caller, connectorId, id, config } = run;
  const query = <Row>(text: Statement<Row>, values: readonly unknown[]) =>
    database.query(caller, run.own(text), values);
  await query(refuseRepeatedAccounts, [id]);
  await query(clearPlan, []);
  if (config.authoritative) {
    await query(refuseRepeatedPersons, [id]);
    await settleSharedEmails(database, run);
    await query(refuseTakenEmails, [connectorId, id]);
    await query(planPersons, [connectorId]);
    await followRenamedOwners(database, run);
    await noteOddRows(database, run);
  } else {
    await query(planAccounts, [connectorId, rulesValue(config)]);
  }
  await indexStaging(database, run, 'staged_plan');

  const [found] = await query(totals, [connectorId, id, noteReasons]);
  if (!found) throw new Error('a run without totals');
  const complete = found.unidentified === 0;
  const [gone] = complete ? await query(countAbsent, [connectorId, id]) : [];
  const absent = gone?.count ?? 0;
  const people = complete ? await leavingOwners(database, run) : { leaving: 0, active: 0 };
  const { percent, rows } = config.deletionThreshold;
  const above = (lost: number, all: number) => lost > rows && lost * 100 > percent * all;
  const toApply = found.to_create + found.to_update + found.to_return;
  return {
    staged: found.staged,
    refused: found.refused,
    batches: found.batches,
    toApply,
    toCreate: found.to_create,
    toReturn: found.to_return,
    toUpdate: found.to_update,
    unchanged: found.staged - toApply,
    complete,
    absent,
    leavingOwners: people.leaving,
    aboveThreshold: above(absent, found.live) || above(people.leaving, people.active),
  };
}
