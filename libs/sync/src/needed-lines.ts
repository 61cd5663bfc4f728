import { rulesOf } from '@app/connectors';
import { type Database, statement } from '@app/persistence';
import type { LeasedRun } from './leased-run.js';

/** From one line to another, both included. */
export interface LineRange {
  readonly first: number;
  readonly last: number;
}

const everyLine: readonly LineRange[] = [{ first: 0, last: Number.MAX_SAFE_INTEGER }];

/** All rows of a key that several have: which of them counts is decided when they have been read. */
const severalOf = (key: string) =>
  `select k.line from keyed k join (select ${key} from keyed where ${key} is not null group by ${key} having count(*) > 1) several
     on several.${key} = k.${key}`;

/**
 * Rows that differ from what is stored or may be refused for one another, and those that are written again although they
 * are as before: of owners who carry a mark for a hash, and, where people come from, of nobody's accounts whose person is
 * there. Lines that follow one another come as one range.
 */
const findNeeded = statement<LineRange>(
  undefined,
  `with keyed as (select line, native_key, source_hash, identity_key, owner_email_key from staged_key),
   needed as (
     select k.line from keyed k
       left join account a on a.organization_id = $1 and a.connector_id = $2 and a.native_key = k.native_key
      where a.id is null or a.deleted_at is not null or a.source_hash is distinct from k.source_hash
     union
     select k.line from keyed k
       join account a on a.organization_id = $1 and a.connector_id = $2 and a.native_key = k.native_key
      where a.owner_id is null and $3::boolean and exists (
        select from owner o where o.organization_id = $1 and o.deleted_at is null
          and (o.connector_id = $2 and o.identity_key = k.identity_key or o.email_key = k.owner_email_key))
     union ${severalOf('native_key')}
     union ${severalOf('identity_key')}
     union ${severalOf('owner_email_key')}
     union select k.line from keyed k join owner o
        on o.organization_id = $1 and o.connector_id = $2 and o.identity_key = k.identity_key
      where length(coalesce(o.source_hash, '')) < 16),
   numbered as (select line, line - row_number() over (order by line) as island from needed)
   select min(line)::integer as first, max(line)::integer as last from numbered group by island order by 1`,
);

const appliedRules = statement<{ rules: string | null }>(
  undefined,
  `select applied_rules as rules from connector where organization_id = $1 and id = $2`,
);

/** Lines that have to be read in full. Under other rules than before, that is every line: each account gets new keys. */
export async function neededLines(database: Database, run: LeasedRun): Promise<readonly LineRange[]> {
  const [applied] = await database.query(run.caller, appliedRules, [run.connectorId]);
  if (applied?.rules !== rulesOf(run.config)) return everyLine;
  return database.query(run.caller, run.own(findNeeded), [run.connectorId, run.config.authoritative]);
}

/** Asks for lines in rising order; a look is a step along the ranges. */
export class LineSet {
  private at = 0;

  constructor(private readonly ranges: readonly LineRange[]) {}

  has(line: number): boolean {
    while (this.at < this.ranges.length && this.ranges[this.at]!.last < line) this.at++;
    const range = this.ranges[this.at];
    return range !== undefined && range.first <= line;
  }
}
