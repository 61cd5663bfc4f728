import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { serverCaller } from '@app/access';
import { ConnectorService } from '@app/connectors';
import { InsightsService } from '@app/insights';
import { newId } from '@app/kernel';
import type { GivenOrganization, Row } from '../../../test/support/given.js';
import { runsOf } from '../../../test/support/synced-state.js';
import { Workbench } from '../../../test/support/workbench.js';
import { LeasedRun } from './leased-run.js';
import { RunExecutor } from './run-executor.js';

let bench: Workbench;

beforeAll(async () => {
  bench = await Workbench.open([RunExecutor]);
});
afterAll(() => bench.close());

const hrConfig = {
  kind: 'delimited-file',
  authoritative: true,
  mapping: { Id: 'nativeIdentity', Name: 'name', Mail: 'email', Status: 'attributes.status' },
  ownerMapping: { name: 'name', email: 'email', 'attributes.status': 'status' },
  deletionThreshold: { percent: 100, rows: 100 },
};
const wikiConfig = {
  kind: 'delimited-file',
  mapping: { login: 'nativeIdentity', staff: 'identityId', mail: 'email', off: 'disabled', groups: 'groups' },
  privilegedEntitlements: ['A'],
  deletionThreshold: { percent: 100, rows: 100 },
};

type Step =
  | { readonly do: 'hr' | 'wiki'; readonly rows: readonly string[] }
  | { readonly do: 'link by hand'; readonly login: string }
  | { readonly do: 'rename'; readonly name: string };

const one = (...values: string[]) => fc.constantFrom(...values);
const joined = (...cells: fc.Arbitrary<string>[]) => fc.tuple(...cells).map((parts) => parts.join(','));
const mails = one('', 'a@example.com', 'b@example.com', 'C@example.com');
const hrRow = joined(one('E1', 'E2', 'E3'), one('Ada', 'bo', 'Ärger'), mails, one('', 'active', 'inactive'));
const logins = ['u1', 'u2', 'u3', 'u4'];
const wikiRow = joined(
  one(...logins),
  one('', 'E1', 'E2', 'E3', 'E9'),
  mails,
  one('', 'true'),
  one('', 'A', 'A|b', 'c'),
);
const rowsOf = (row: fc.Arbitrary<string>) => fc.array(row, { minLength: 1, maxLength: 5 });
const step: fc.Arbitrary<Step> = fc.oneof(
  { arbitrary: rowsOf(hrRow).map((rows) => ({ do: 'hr' as const, rows })), weight: 3 },
  { arbitrary: rowsOf(wikiRow).map((rows) => ({ do: 'wiki' as const, rows })), weight: 3 },
  one(...logins).map((login) => ({ do: 'link by hand' as const, login })),
  one('Wiki', 'Pages', 'Ångström').map((name) => ({ do: 'rename' as const, name })),
);

class History {
  private constructor(
    private readonly organization: GivenOrganization,
    private readonly hr: Row,
    private readonly wiki: Row,
  ) {}

  static async begin(): Promise<History> {
    const organization = await bench.given.organization();
    const hr = await bench.connector(organization, 'HR', hrConfig);
    return new History(organization, hr, await bench.connector(organization, 'Wiki', wikiConfig));
  }

  async take(step: Step): Promise<void> {
    if (step.do === 'hr') await this.sync(this.hr, ['Id,Name,Mail,Status', ...step.rows]);
    if (step.do === 'wiki') await this.sync(this.wiki, ['login,staff,mail,off,groups', ...step.rows]);
    if (step.do === 'rename') await this.rename(step.name);
    if (step.do === 'link by hand') await this.linkByHand(step.login);
  }

  private async sync(connector: Row, lines: readonly string[]): Promise<void> {
    await bench.queue(this.organization, connector, lines.join('\n'));
    const run = await LeasedRun.claim(bench.database, newId());
    if (run) await bench.get(RunExecutor).execute(run);
  }

  private async rename(name: string): Promise<void> {
    const caller = serverCaller(this.organization.id, 'system', 'test', null);
    await bench.get(ConnectorService).update(caller, String(this.wiki['application_id']), this.wiki.id, { name });
  }

  private async linkByHand(login: string): Promise<void> {
    await bench.given.sql(
      `update account set correlation = 'manual' where organization_id = $1 and native_key = $2 and correlation = 'rule'`,
      [this.organization.id, login],
    );
  }

  private rows(text: string) {
    return bench.given.sql<Record<string, unknown>>(text, [this.organization.id]);
  }

  /** What is stored, and the same counted anew. */
  async states(): Promise<{ stored: unknown; counted: unknown }> {
    const kept = 'organization_id = $1';
    const tally = `select connector_id, correlated, sum(delta)::int as n from account_tally where ${kept}
      group by 1, 2 having sum(delta) <> 0 order by 1, 2`;
    const live = `select connector_id, owner_id is not null as correlated, count(*)::int as n from account
      where ${kept} and deleted_at is null group by 1, 2 order by 1, 2`;
    const repeated = `select native_key, owner_name_key, owner_state, connector_name_key, entitlement_count from account
      where ${kept} and deleted_at is null order by connector_id, 1`;
    const original = `select a.native_key, o.name_key as owner_name_key, o.status as owner_state, c.name_key as connector_name_key,
        (select count(*)::int from account_entitlement h where h.organization_id = $1 and h.account_id = a.id) as entitlement_count
      from account a join connector c on c.id = a.connector_id left join owner o on o.id = a.owner_id
     where a.organization_id = $1 and a.deleted_at is null order by a.connector_id, 1`;
    const figures = `select owner_id, to_jsonb(s) - 'calculated_at' as figures from owner_statistics s where ${kept} order by 1`;
    const stored = {
      tally: await this.rows(tally),
      repeated: await this.rows(repeated),
      figures: await this.rows(figures),
    };
    await this.recount();
    const counted = {
      tally: await this.rows(live),
      repeated: await this.rows(original),
      figures: await this.rows(figures),
    };
    return { stored, counted };
  }

  private async recount(): Promise<void> {
    await this.rows('delete from owner_statistics where organization_id = $1');
    const owners = await this.rows('select id from owner where organization_id = $1');
    const ids = owners.map(({ id }) => String(id));
    const caller = serverCaller(this.organization.id, 'system', 'test', null);
    await bench.database.inTransaction(caller, (tx) => bench.get(InsightsService).recompute(tx, ids));
  }

  async runs(): Promise<unknown[]> {
    return (await runsOf(bench.given, this.organization)).map(({ state }) => state);
  }
}

async function played(steps: readonly Step[]): Promise<void> {
  const history = await History.begin();
  for (const step of steps) await history.take(step);
  const { stored, counted } = await history.states();
  expect(stored).toEqual(counted);
  expect((await history.runs()).filter((state) => state !== 'succeeded')).toEqual([]);
}

describe('totals, repeated columns and figures', () => {
  it('are what counting anew would give, after whatever files have come', async () => {
    await fc.assert(fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 8 }), played), {
      numRuns: 15,
      interruptAfterTimeLimit: 20_000,
    });
  });

  it('are right for an account that was linked by hand and away while its owner changed', async () => {
    await played([
      { do: 'hr', rows: ['E1,Ada,,'] },
      { do: 'wiki', rows: ['u1,E1,,,', 'u2,,,,'] },
      { do: 'link by hand', login: 'u1' },
      { do: 'wiki', rows: ['u2,,,,'] },
      { do: 'hr', rows: ['E1,Ärger,,inactive'] },
      { do: 'wiki', rows: ['u1,E1,,,', 'u2,,,,'] },
    ]);
  });
});
