import { type Database, statement } from '@app/persistence';
import type { LeasedRun } from './leased-run.js';

/** Later lines about something a former line has taken already are refused; `$1` organization, `$2` run. */
const refuseRepeated = (key: string, reason: string, message: string) =>
  statement<never>(
    undefined,
    `with repeated as (
       select line, native_key, first_value(line) over same as first_line, row_number() over same as n
         from staged_account where run_id = $2 and ${key} is not null window same as (partition by ${key} order by line)),
     gone as (delete from staged_account s using repeated r where s.run_id = $2 and s.line = r.line and r.n > 1)
     insert into refused_row (organization_id, run_id, line, reason, message, native_key)
     select $1, $2, line, '${reason}', '${message} of line ' || first_line || '.', native_key from repeated where n > 1
     on conflict do nothing`,
  );

const repetitions = [
  refuseRepeated('native_key', 'duplicate_account', 'The row repeats the account'),
  refuseRepeated('identity_key', 'duplicate_identity', 'The row repeats the identity id'),
  refuseRepeated('owner_email_key', 'duplicate_email', 'The row repeats the e-mail address'),
];

/**
 * An owner who lost his address to somebody else, or was absent, has a mark for a hash and is written again although his
 * row is as before.
 */
const ownerToRewrite = `exists (select from owner o where o.organization_id = $1 and o.connector_id = $2
    and o.identity_key = t.identity_key and length(coalesce(o.source_hash, '')) < 16)`;

const compareAccounts = statement<never>(
  undefined,
  `update staged_account s
      set account_id = coalesce(a.id, new_id()),
          change = case when a.id is null then 'create' when a.deleted_at is not null then 'return' else 'update' end
     from staged_account t
     left join account a on a.organization_id = $1 and a.connector_id = $2 and a.native_key = t.native_key
    where s.run_id = $3 and t.run_id = $3 and s.line = t.line
      and (a.id is null or a.deleted_at is not null or a.source_hash is distinct from t.source_hash
        or ${ownerToRewrite})`,
);

/** The connector's own owner of that identity, else a live owner made elsewhere with that e-mail, else a new one. */
const compareOwners = statement<never>(
  undefined,
  `update staged_account s
      set owner_id = coalesce(own.id, other.id, new_id()),
          owner_change = case when own.id is not null then 'update' when other.id is not null then 'adopt' else 'create' end
     from staged_account t
     left join owner own on own.organization_id = $1 and own.connector_id = $2 and own.identity_key = t.identity_key
     left join owner other on own.id is null and other.organization_id = $1 and other.deleted_at is null
       and other.email_key = t.owner_email_key and other.connector_id is distinct from $2
    where s.run_id = $3 and t.run_id = $3 and s.line = t.line and t.change is not null`,
);

/** An owner of elsewhere keeps his address: a known person of this connector cannot take it. */
const refuseTakenEmails = statement<never>(
  undefined,
  `with gone as (
     delete from staged_account s using owner holder
      where s.run_id = $3 and s.owner_change = 'update' and holder.organization_id = $1 and holder.deleted_at is null
        and holder.email_key = s.owner_email_key and holder.id <> s.owner_id and holder.connector_id is distinct from $2
     returning s.line, s.native_key)
   insert into refused_row (organization_id, run_id, line, reason, message, native_key)
   select $1, $3, line, 'email_taken', 'The e-mail address belongs to another owner, whom this connector did not make',
     native_key from gone
   on conflict do nothing`,
);

const totals = statement<Totals>(
  undefined,
  `select count(*)::integer as staged, count(s.change)::integer as to_apply,
     count(*) filter (where s.change = 'create')::integer as to_create,
     count(*) filter (where s.change = 'return')::integer as to_return,
     (select count(*) from refused_row where organization_id = $1 and run_id = $3)::integer as refused,
     (select count(*) from refused_row where organization_id = $1 and run_id = $3 and native_key is null)::integer as unidentified,
     (select count(*) from account where organization_id = $1 and connector_id = $2 and deleted_at is null)::integer as live
     from staged_account s where s.run_id = $3`,
);

/** Live accounts that neither a staged nor a refused row is about. */
export const absentAccounts = `a.organization_id = $1 and a.connector_id = $2 and a.deleted_at is null
  and not exists (select 1 from staged_account s where s.run_id = $3 and s.native_key = a.native_key)
  and not exists (select 1 from refused_row f where f.organization_id = $1 and f.run_id = $3 and f.native_key = a.native_key)`;

const countAbsent = statement<{ count: number }>(
  undefined,
  `select count(*)::integer as count from account a where ${absentAccounts}`,
);

interface Totals {
  staged: number;
  to_apply: number;
  to_create: number;
  to_return: number;
  refused: number;
  unidentified: number;
  live: number;
}

export interface Comparison {
  readonly refused: number;
  readonly toApply: number;
  readonly toCreate: number;
  readonly toUpdate: number;
  readonly toReturn: number;
  readonly unchanged: number;
  /** Every row says whom it is about. Where one does not, nobody counts as absent. */
  readonly complete: boolean;
  /** Accounts that would be removed; zero when the file is not complete. */
  readonly absent: number;
  /** More accounts would go than the connector's threshold lets pass without a confirmation. */
  readonly aboveThreshold: boolean;
}

/** One set-based difference between what the file says and what is stored; it writes staging rows only. */
export async function compare(database: Database, run: LeasedRun): Promise<Comparison> {
  const { caller } = run;
  for (const refuse of repetitions) await database.query(caller, refuse, [run.id]);
  await database.query(caller, compareAccounts, [run.connectorId, run.id]);
  if (run.config.authoritative) {
    await database.query(caller, compareOwners, [run.connectorId, run.id]);
    await database.query(caller, refuseTakenEmails, [run.connectorId, run.id]);
  }

  const [found] = await database.query(caller, totals, [run.connectorId, run.id]);
  if (!found) throw new Error('a run without totals');
  const complete = found.unidentified === 0;
  const [gone] = complete ? await database.query(caller, countAbsent, [run.connectorId, run.id]) : [];
  const absent = gone?.count ?? 0;
  const { percent, rows } = run.config.deletionThreshold;
  return {
    refused: found.refused,
    toApply: found.to_apply,
    toCreate: found.to_create,
    toReturn: found.to_return,
    toUpdate: found.to_apply - found.to_create - found.to_return,
    unchanged: found.staged - found.to_apply,
    complete,
    absent,
    aboveThreshold: absent > rows && absent * 100 > percent * found.live,
  };
}
