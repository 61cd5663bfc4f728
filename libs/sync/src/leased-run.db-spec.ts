import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { newId } from '@app/kernel';
import type { GivenOrganization, Row } from '../../../test/support/given.js';
import { runsOf, syncedState } from '../../../test/support/synced-state.js';
import { Workbench } from '../../../test/support/workbench.js';
import { LeasedRun, RunInterrupted } from './leased-run.js';
import { RunExecutor } from './run-executor.js';
import { RunNotices } from './run-notices.js';

let bench: Workbench;
let company: GivenOrganization;

beforeAll(async () => {
  bench = await Workbench.open([RunExecutor, RunNotices]);
});
afterAll(() => bench.close());
beforeEach(async () => {
  company = await bench.given.organization();
});
afterEach(() => bench.given.sql(`update sync_run set state = 'cancelled' where state in ('queued', 'running')`));

const hr = (organization = company) =>
  bench.connector(organization, 'HR', {
    kind: 'delimited-file',
    authoritative: true,
    mapping: { Id: 'nativeIdentity', Name: 'name', Mail: 'email', Boss: 'attributes.boss' },
    ownerMapping: { name: 'name', email: 'email', 'attributes.boss': 'manager' },
    deletionThreshold: { percent: 100, rows: 100 },
  });
const wiki = (organization = company) =>
  bench.connector(organization, 'Wiki', {
    kind: 'delimited-file',
    mapping: { login: 'nativeIdentity', staff: 'identityId', groups: 'groups' },
    privilegedEntitlements: ['Admins'],
    deletionThreshold: { percent: 100, rows: 100 },
  });
const claim = (holder = newId()) => LeasedRun.claim(bench.database, holder);
const execute = (run: LeasedRun) => bench.get(RunExecutor).execute(run);
const expire = () =>
  bench.given.sql(`update sync_run set lease_until = now() - interval '1 second' where state = 'running'`);

describe('the next run', () => {
  it('is the oldest, and of an authoritative connector before all others, who wait until it is done', async () => {
    const [people, pages] = [await hr(), await wiki()];
    const later = await bench.queue(company, pages, 'login,staff,groups\n');
    const first = await bench.queue(company, people, 'Id,Name,Mail,Boss\n');
    const run = await claim();
    expect(run?.id).toBe(first);
    expect(await claim()).toBeUndefined();
    await run?.finish('succeeded', null);
    expect((await claim())?.id).toBe(later);
  });

  it('of another organization does not wait', async () => {
    const other = await bench.given.organization();
    const theirs = await bench.queue(other, await wiki(other), 'login,staff,groups\n');
    await bench.queue(company, await hr(), 'Id,Name,Mail,Boss\n');
    const claimed = [(await claim())?.id, (await claim())?.id];
    expect(claimed).toContain(theirs);
    expect(new Set(claimed).size).toBe(2);
  });

  it('is taken by one worker only, however many ask at once', async () => {
    const people = await wiki();
    const id = await bench.queue(company, people, 'login,staff,groups\n');
    const claimed = await Promise.all(Array.from({ length: 6 }, () => claim()));
    expect(claimed.flatMap((run) => run?.id ?? [])).toEqual([id]);
  });

  it('may be one whose worker went silent, but not one that is held', async () => {
    const id = await bench.queue(company, await wiki(), 'login,staff,groups\n');
    const silent = await claim();
    await silent?.heartbeat();
    expect(await claim()).toBeUndefined();
    await expire();
    expect((await claim())?.id).toBe(id);
    await expect(silent?.heartbeat()).rejects.toBeInstanceOf(RunInterrupted);
  });
});

describe('a run of an organization that is suspended', () => {
  const storedRuns = () =>
    bench.given.sql('select state, stage from sync_run where organization_id = $1', [company.id]);
  const account = (type: string) =>
    bench.given.sql('update organization set account_type = $2 where id = $1', [company.id, type]);

  it('is taken by nobody until that is over, and keeps nobody else waiting', async () => {
    const id = await bench.queue(company, await hr(), 'Id,Name,Mail,Boss\n');
    await account('DISABLED');
    expect(await claim()).toBeUndefined();
    const other = await bench.given.organization();
    const theirs = await bench.queue(other, await wiki(other), 'login,staff,groups\n');
    expect((await claim())?.id).toBe(theirs);
    await account('MANAGED');
    expect((await claim())?.id).toBe(id);
  });

  it('is lost to its worker with the step under way, and goes on where it was once that is over', async () => {
    const pages = await wiki();
    const id = await bench.queue(company, pages, wikiFirst.join('\n'));
    const run = (await claim())!;
    await run.enter('reading');
    await account('DISABLED');
    await expect(run.heartbeat()).rejects.toBeInstanceOf(RunInterrupted);
    await expect(run.enter('applying')).rejects.toBeInstanceOf(RunInterrupted);
    await execute(run);
    expect(await bench.given.sql('select id from account where organization_id = $1', [company.id])).toEqual([]);
    expect(await storedRuns()).toMatchObject([{ state: 'running', stage: 'reading' }]);
    await expire();
    expect(await claim()).toBeUndefined();

    await account('TRIAL');
    const next = (await claim())!;
    expect(next.id).toBe(id);
    await execute(next);
    expect(await storedRuns()).toMatchObject([{ state: 'succeeded' }]);
    expect(await bench.given.sql('select id from account where organization_id = $1', [company.id])).toHaveLength(4);
  });
});

const hrFirst = [
  'Id,Name,Mail,Boss',
  'E1,Ada Amir,ada@example.com,',
  'E2,Bo Berg,bo@example.com,E1',
  'E3,Cy,cy@example.com,E2',
];
const hrThen = ['Id,Name,Mail,Boss', 'E1,Ada Amir-Berg,ada@example.com,', 'E2,Bo Berg,cy@example.com,E1', 'E4,Dee,,E9'];
const wikiFirst = ['login,staff,groups', 'ada,E1,Readers|Admins', 'bo,E2,Readers', 'cy,E3,', 'nobody,,Readers'];
const wikiThen = ['login,staff,groups', 'ada,E1,Readers', 'bo,E4,Writers', 'nobody,,Readers', 'dee,E4,Admins|Writers'];

/** Both connectors' first and second files; `disturb` may do to each run what it likes. */
async function history(organization: GivenOrganization, disturb: (run: LeasedRun) => Promise<void>): Promise<void> {
  const [people, pages] = [await hr(organization), await wiki(organization)];
  const files: [Row, string[]][] = [
    [people, hrFirst],
    [pages, wikiFirst],
    [people, hrThen],
    [pages, wikiThen],
  ];
  for (const [connector, lines] of files) {
    await bench.queue(organization, connector, lines.join('\n'));
    const run = await claim();
    if (run) await disturb(run);
  }
}

/** The lease runs out just before the worker's step of that number, and `taken` is called with the next holder's run. */
function losing(run: LeasedRun, step: number, taken: (run: LeasedRun) => void): LeasedRun {
  let steps = 0;
  const original = run.step.bind(run);
  run.step = async (work) => {
    if (++steps !== step) return original(work);
    return original(async (tx) => {
      const result = await work(tx);
      await expire();
      const next = await claim();
      if (next) taken(next);
      return result;
    });
  };
  return run;
}

describe('a run whose lease is lost in the middle', () => {
  let undisturbed: Record<string, unknown[]>;
  beforeAll(async () => {
    const model = await bench.given.organization();
    await history(model, execute);
    undisturbed = await syncedState(bench.given, model);
  });

  it.each(Array.from({ length: 14 }, (_, i) => i + 1))(
    'at step %i applies nothing more, and is finished by another worker as if nothing had happened',
    async (step) => {
      await history(company, async (run) => {
        let next: LeasedRun | undefined;
        await execute(losing(run, step, (taken) => (next = taken)));
        if (next) await execute(next);
      });
      expect((await runsOf(bench.given, company)).map(({ state }) => state)).toEqual(Array(4).fill('succeeded'));
      expect(await syncedState(bench.given, company)).toEqual(undisturbed);
    },
  );

  it('is compared with runs that changed something of every kind', () => {
    for (const [kind, rows] of Object.entries(undisturbed)) expect([kind, rows.length > 1]).toEqual([kind, true]);
  });

  it('writes nothing after the loss', async () => {
    await bench.queue(company, await wiki(), wikiFirst.join('\n'));
    const run = (await claim())!;
    await bench.given.sql(`update sync_run set state = 'paused', lease_until = null where id = $1`, [run.id]);
    await execute(run);
    expect((await syncedState(bench.given, company))['accountState']).toEqual([]);
    expect((await runsOf(bench.given, company)).map(({ state }) => state)).toEqual(['paused']);
  });
});

describe('a run that is cancelled while it goes', () => {
  it('leaves nothing staged', async () => {
    await bench.queue(company, await wiki(), wikiFirst.join('\n'));
    const run = (await claim())!;
    const original = run.step.bind(run);
    let steps = 0;
    run.step = async (work) => {
      if (++steps === 4) await bench.given.sql(`update sync_run set state = 'cancelled' where id = $1`, [run.id]);
      return original(work);
    };
    await execute(run);
    const table = `staged_account_${run.staging!.id.replaceAll('-', '')}`;
    expect(await bench.given.sql('select to_regclass($1) as found', [table])).toEqual([{ found: null }]);
  });
});
