import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Principal } from '@app/access';
import { AuditTrail } from '@app/audit';
import { ConnectorFileService, parseConnectorConfig } from '@app/connectors';
import { ConflictError, newId, NotFoundError } from '@app/kernel';
import { principalOf } from '../../../test/support/callers.js';
import type { GivenOrganization, Row } from '../../../test/support/given.js';
import { HeldTransaction } from '../../../test/support/held-transaction.js';
import { brokenInvariants } from '../../../test/support/invariants.js';
import { Workbench } from '../../../test/support/workbench.js';
import { ConnectorSyncs } from './connector-syncs.js';
import { LeasedRun } from './leased-run.js';
import { RunExecutor } from './run-executor.js';
import { RunNotices } from './run-notices.js';
import { runQueued } from './jobs.js';
import { RunQueue } from './run-queue.js';
import { RunTidying } from './run-tidying.js';

const config = {
  kind: 'delimited-file',
  mapping: {
    login: 'nativeIdentity',
    mail: 'email',
    name: 'name',
    no: 'identityId',
    groups: 'groups',
    boss: 'attributes.boss',
  },
  authoritative: true,
  ownerMapping: { name: 'name', email: 'email', identityId: 'identityId', 'attributes.boss': 'manager' },
};
const row = (i: number, round = 0) => `u${i},u${i}@x.example,Person ${i} ${round},${i},staff;g${i},${i - 1}`;
const rows = (from: number, to: number, round = 0) =>
  ['login,mail,name,no,groups,boss', ...Array.from({ length: to - from }, (_, i) => row(from + i, round))].join('\n');

let bench: Workbench;
let company: GivenOrganization;
let caller: Principal;
let feed: Row;

beforeAll(async () => {
  bench = await Workbench.open(
    [AuditTrail, ConnectorSyncs, RunExecutor, RunNotices, RunQueue, RunTidying],
    [runQueued],
  );
});
afterAll(() => bench.close());
beforeEach(async () => {
  company = await bench.given.organization();
  caller = principalOf(company.id, ['SOURCE_ADMIN']);
  feed = await bench.connector(company, 'HR', config);
});

const remove = () =>
  bench.get(ConnectorSyncs).delete(caller, { applicationId: String(feed['application_id']), connectorId: feed.id });
const claim = async () => (await LeasedRun.claim(bench.database, newId()))!;
const execute = (run: LeasedRun) => bench.get(RunExecutor).execute(run);
async function read(text: string): Promise<void> {
  await bench.queue(company, feed, text);
  await execute(await claim());
}
const count = async (text: string) =>
  (await bench.given.sql<{ n: number }>(`select count(*)::int as n ${text}`, [company.id]))[0]!.n;
const live = () => count('from account where organization_id = $1 and deleted_at is null');
const staged = () => count(`from pg_class where relname ~ '^staged_.*_[0-9a-f]{32}$' and $1::uuid is not null`);
const states = async () =>
  (
    await bench.given.sql('select state, error from sync_run where organization_id = $1 order by created_at, id', [
      company.id,
    ])
  ).map(({ state, error }) => [state, error]);

/** Does something before the run's step of this number. @returns how many steps there were */
function atStep(run: LeasedRun, wanted: number, work: () => Promise<unknown>): () => number {
  const step = run.step.bind(run);
  let steps = 0;
  run.step = async (taken) => {
    if (steps++ === wanted) await work();
    return step(taken);
  };
  return () => steps;
}

describe('a run of a connector that is deleted', () => {
  it('stops at whatever step it is, leaves no account and nothing staged, and tells why', async () => {
    let steps = Infinity;
    for (let at = 0; at < steps; at++) {
      company = await bench.given.organization();
      caller = principalOf(company.id, ['SOURCE_ADMIN']);
      feed = await bench.connector(company, 'HR', config);
      await read(rows(0, 40));
      await bench.queue(company, feed, rows(2, 60, 1));
      const run = await claim();
      let deleted = false;
      const taken = atStep(run, at, async () => {
        deleted = true;
        await remove();
      });
      await execute(run);
      if (!deleted) {
        steps = taken();
        break;
      }
      expect([at, await live(), await staged()]).toEqual([at, 0, 0]);
      expect((await states())[1]).toEqual(['cancelled', 'The connector was deleted.']);
      expect([at, await brokenInvariants(bench.given, company)]).toEqual([at, []]);
    }
    expect(steps).toBeGreaterThan(6);
  }, 120_000);

  it('stops, whenever in it the connector goes, and neither waits for the other in a circle', async () => {
    const deadlocks = async () => {
      await bench.given.sql('select pg_stat_clear_snapshot()');
      const [found] = await bench.given.sql<{ n: number }>(
        'select deadlocks::int as n from pg_stat_database where datname = current_database()',
      );
      return found!.n;
    };
    const before = await deadlocks();
    for (const wait of [0, 10, 30, 60, 100, 150]) {
      feed = await bench.connector(company, `HR ${wait}`, { ...config });
      await read(rows(0, 300, wait));
      await bench.queue(company, feed, rows(30, 600, wait + 1));
      const running = execute(await claim());
      await sleep(wait);
      await remove();
      await running;
    }
    expect(await live()).toBe(0);
    expect(await brokenInvariants(bench.given, company)).toEqual([]);
    expect(await deadlocks()).toBe(before);
  });

  it.each(['queued', 'paused', 'needs_confirmation'])('is cancelled when it is %s', async (state) => {
    await bench.queue(company, feed, rows(0, 3), { state });
    await remove();
    expect(await states()).toEqual([['cancelled', 'The connector was deleted.']]);
    const told = await bench.given.sql(
      `select action, actor_id from audit_event where organization_id = $1 and subject_type = 'run'`,
      [company.id],
    );
    expect(told).toEqual([{ action: 'run.cancelled', actor_id: caller.actor.id }]);
  });

  it('that ended is kept for ninety days, as others are, and not for longer', async () => {
    await read(rows(0, 3));
    await remove();
    await bench.get(RunTidying).tidy();
    expect(await states()).toHaveLength(1);
    await bench.given.sql(`update sync_run set finished_at = now() - interval '91 days' where organization_id = $1`, [
      company.id,
    ]);
    await bench.get(RunTidying).tidy();
    expect(await states()).toEqual([]);
  });
});

it('a file that arrives while its connector is deleted is refused, and nothing of it is kept', async () => {
  async function* content() {
    yield Buffer.from(`${rows(0, 2)}\n`);
    await remove();
    yield Buffer.from(`${row(2)}\n`);
  }
  const upload = { name: 'x.csv', content: content(), limitBytes: 1e9, takenAt: new Date() };
  const stored = bench.get(ConnectorFileService).store(caller, feed.id, parseConnectorConfig(config), upload);
  await expect(stored).rejects.toThrow(NotFoundError);
  expect(await count('from connector_file where organization_id = $1')).toBe(0);
  expect(await count('from connector_file_chunk where organization_id = $1')).toBe(0);
});

describe('in the time of a request', () => {
  let hasty: Workbench;
  let organization: GivenOrganization;

  beforeAll(async () => {
    const timeouts = { statementMs: 500, lockMs: 300 };
    hasty = await Workbench.open([AuditTrail, ConnectorSyncs, RunQueue], [runQueued], timeouts);
  });
  afterAll(() => hasty.close());
  beforeEach(async () => {
    organization = await hasty.given.organization();
  });

  const giveUp = (connector: Row) =>
    hasty.get(ConnectorSyncs).delete(principalOf(organization.id, ['SOURCE_ADMIN']), {
      applicationId: String(connector['application_id']),
      connectorId: connector.id,
    });

  it('a connector that a run is just writing to is not deleted, but the run stops, and the next time it is', async () => {
    const wiki = await hasty.connector(organization, 'Wiki', {
      kind: 'delimited-file',
      mapping: { login: 'nativeIdentity' },
    });
    const run = await hasty.queue(organization, wiki, 'login\na\n', { state: 'running' });
    const hold = 'select from connector where id = $1 for share';
    const writer = await HeldTransaction.begin(hasty.ownerUrl, hold, [wiki.id]);
    await expect(giveUp(wiki)).rejects.toThrow(ConflictError);
    const [stopped] = await hasty.given.sql('select state from sync_run where id = $1', [run]);
    expect(stopped).toEqual({ state: 'cancelled' });
    await writer.rollback();
    await giveUp(wiki);
  });

  it('a connector is deleted though its accounts take longer, and the figures of their owners are right', async () => {
    const many = await hasty.connector(organization, 'Wiki', {
      kind: 'delimited-file',
      mapping: { login: 'nativeIdentity' },
    });
    await hasty.given.sql(
      `insert into owner (organization_id, name, name_key, email, email_key, status)
       select $1, i, i, i || '@x', i || '@x', 'active' from generate_series(1, 200) i`,
      [organization.id],
    );
    await hasty.given.sql(
      `insert into account (organization_id, connector_id, owner_id, correlation, native_identity, native_key,
         native_identity_key, name, name_key, email, email_key, connector_name_key, owner_name_key, owner_state)
       select $1, $2, o.id, case when o.id is null then 'none' else 'rule' end, i, i, i, i, i, i || '@x', i || '@x', 'wiki',
         o.name_key, o.status
         from generate_series(1, 30000) i
         left join owner o on o.organization_id = $1 and i % 10 > 0 and o.name_key = (i % 200 + 1)::text`,
      [organization.id, many.id],
    );
    await hasty.given.sql(
      `insert into account_tally (organization_id, connector_id, correlated, delta) values ($1, $2, true, 27000), ($1, $2, false, 3000)`,
      [organization.id, many.id],
    );
    await giveUp(many);
    const [told] = await hasty.given.sql(
      `select (select count(*)::int from audit_event where organization_id = $1 and action = 'account.removed') as accounts,
         (select count(*)::int from audit_event where organization_id = $1 and action = 'owner.accountRemoved') as owned,
         (select count(*)::int from account where organization_id = $1 and deleted_at is null) as live,
         (select sum(delta)::int from account_tally where organization_id = $1) as counted,
         (select sum(total_accounts)::int from owner_statistics where organization_id = $1) as figures`,
      [organization.id],
    );
    expect(told).toEqual({ accounts: 30_000, owned: 27_000, live: 0, counted: 0, figures: 0 });
  });
});
