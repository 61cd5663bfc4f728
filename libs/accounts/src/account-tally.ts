import { Injectable } from '@nestjs/common';
import type { Caller } from '@app/access';
import { isId } from '@app/kernel';
import type { Condition } from '@app/query';
import { Database, statement, systemStatement } from '@app/persistence';

/** The filters whose totals are kept: by connector, by whether somebody owns the account, by both, by neither. */
export interface TallyFilter {
  readonly connectorId?: string;
  readonly correlated?: boolean;
}

/** The total as SQL; the parameters are the filter's two values, null for "any". */
export function tallyTotal(connectorId: string, correlated: string): string {
  return `select coalesce(sum(t.delta), 0)::bigint as total from account_tally t
    where t.organization_id = $1 and (${connectorId}::uuid is null or t.connector_id = ${connectorId})
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

export function tallyValues({ connectorId, correlated }: TallyFilter): readonly unknown[] {
  return [connectorId ?? null, correlated ?? null];
}

/** The tally that answers a condition, if one does. */
export function tallyFilterOf(where: Condition): TallyFilter | undefined {
  let filter: TallyFilter = {};
  for (const part of where.kind === 'and' ? where.of : [where]) {
    const known = tallyPartOf(part);
    if (!known || Object.keys(known).some((name) => name in filter)) return undefined;
    filter = { ...filter, ...known };
  }
  return filter;
}

function tallyPartOf(part: Condition): TallyFilter | undefined {
  if (part.kind !== 'compare' || part.op !== 'eq') return undefined;
  const { path, value } = part;
  if (path === 'connectorId' && typeof value === 'string' && isId(value)) return { connectorId: value };
  if (path === 'uncorrelated' && typeof value === 'boolean') return { correlated: !value };
  return undefined;
}
