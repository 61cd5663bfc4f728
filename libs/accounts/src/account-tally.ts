import { Injectable } from '@nestjs/common';
import type { Caller } from '@app/access';
import { isId } from '@app/kernel';
import type { Condition } from '@app/query';
import { Database, statement, systemStatement } from '@app/persistence';

/** The filters whose totals are kept: by connectors, by whether somebody owns the account, by both, by neither. */
export interface TallyFilter {
  readonly connectorIds?: readonly string[];
  readonly correlated?: boolean;
}

/** The total as SQL; the parameters are the filter's two values, null for "any". */
export function tallyTotal(connectorIds: string, correlated: string): string {
  return `select coalesce(sum(t.delta), 0)::bigint as total from account_tally t
    where t.organization_id = $1 and (${connectorIds}::uuid[] is null or t.connector_id = any(${connectorIds}))
      and (${correlated}::boolean is null or t.correlated = ${correlated})`;
}

const sumOfDeltas = statement<{ total: number }>('account.tally-total', tallyTotal('$2', '$3'));

/** Deleting and adding in one statement: no reader sees a sum in between, and two folds at once share the rows out. */
const foldDeltas = systemStatement<never>(
  undefined,
  `with several as (
     select organization_id, connector_id, correlated from account_tally group by 1, 2, 3 having count(*) > 1),
   taken as (
     delete from account_tally t using several s
      where t.organization_id = s.organization_id and t.connector_id = s.connector_id and t.correlated = s.correlated
     returning t.organization_id, t.connector_id, t.correlated, t.delta)
   insert into account_tally (organization_id, connector_id, correlated, delta)
   select organization_id, connector_id, correlated, sum(delta) from taken group by 1, 2, 3 having sum(delta) <> 0`,
);

/** Exact totals of the common lists as a sum of signed differences, one or two rows a write. */
@Injectable()
export class AccountTally {
  constructor(private readonly database: Database) {}

  async total(caller: Caller, filter: TallyFilter): Promise<number> {
    const [row] = await this.database.query(caller, sumOfDeltas, tallyValues(filter));
    return row?.total ?? 0;
  }

  /** One row for each connector and kind is left; for a job. */
  async fold(): Promise<void> {
    const reason = 'totals of every organization are folded by one job';
    await this.database.asSystem(reason, (system) => system.execute(foldDeltas));
  }
}

export function tallyValues({ connectorIds, correlated }: TallyFilter): readonly unknown[] {
  return [connectorIds ?? null, correlated ?? null];
}

/** The tally that answers a condition, if one does. */
export function tallyFilterOf(where: Condition): TallyFilter | undefined {
  let filter: TallyFilter = {};
  for (const part of where.kind === 'and' ? where.of : [where]) {
    const connectorIds = connectorIdsIn(part);
    const correlated = correlatedIn(part);
    if (connectorIds) {
      filter = { ...filter, connectorIds: common(filter.connectorIds ?? connectorIds, connectorIds) };
    } else if (correlated !== undefined && filter.correlated === undefined) {
      filter = { ...filter, correlated };
    } else {
      return undefined;
    }
  }
  return filter;
}

function common(some: readonly string[], others: readonly string[]): readonly string[] {
  return some.filter((id) => others.includes(id));
}

/** The connectors whose accounts alone meet a part, in our spelling; a malformed id is nobody's. */
export function connectorIdsIn(part: Condition): readonly string[] | undefined {
  if (part.kind !== 'in' && !(part.kind === 'compare' && part.op === 'eq')) return undefined;
  if (part.path !== 'connectorId') return undefined;
  const values = part.kind === 'in' ? part.values : [part.value];
  return [...new Set(values.map((value) => String(value).toLowerCase()))].filter(isId);
}

function correlatedIn(part: Condition): boolean | undefined {
  const isAsked = part.kind === 'compare' && part.op === 'eq' && part.path === 'uncorrelated';
  return isAsked && typeof part.value === 'boolean' ? !part.value : undefined;
}
