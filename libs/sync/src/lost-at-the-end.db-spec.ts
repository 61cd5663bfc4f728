import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { newId } from '@app/kernel';
import type { GivenOrganization, Row } from '../../../test/support/given.js';
import { Workbench } from '../../../test/support/workbench.js';
import { LeasedRun } from './leased-run.js';
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

const claim = async () => (await LeasedRun.claim(bench.database, newId()))!;
const execute = (run: LeasedRun) => bench.get(RunExecutor).execute(run);
const set = (run: LeasedRun, columns: string) =>
  bench.given.sql(`update sync_run set ${columns} where id = $1`, [run.id]);
const outcomes = () =>
  bench.given.sql(
    'select state, error, accounts_created from sync_run where organization_id = $1 order by created_at, id',
    [company.id],
  );
const wiki = () => bench.connector(company, 'Wiki', { kind: 'delimited-file', mapping: { login: 'nativeIdentity' } });

/** Does something between the last step of a run and its end. */
function before(run: LeasedRun, work: () => Promise<unknown>): void {
  const finish = run.finish.bind(run);
  run.finish = async (state, error) => {
    await work();
    return finish(state, error);
  };
}

describe('a run that its worker loses between the last step and the end', () => {
  it('because it was paused succeeds when it is resumed', async () => {
    await bench.queue(company, await wiki(), 'login\na\nb\n');
    const run = await claim();
    before(run, () => set(run, `state = 'paused', lease_until = null`));
    await execute(run);
    await set(run, `state = 'queued', stage = 'waiting'`);
    await execute(await claim());
    expect(await outcomes()).toEqual([{ state: 'succeeded', error: null, accounts_created: 2 }]);
  });

  it('to another worker leaves that one what is staged', async () => {
    await bench.queue(company, await wiki(), 'login\na\nb\n');
    const first = await claim();
    before(first, async () => {
      await set(first, `lease_until = now() - interval '1 second'`);
      const second = await claim();
      const ended = new Promise<void>((resolve, reject) => {
        before(second, () => handBack);
        execute(second).then(resolve, reject);
      });
      void ended;
      seconds.push(ended);
    });
    let release: () => void = () => undefined;
    const handBack = new Promise<void>((resolve) => (release = resolve));
    const seconds: Promise<void>[] = [];
    await execute(first);
    release();
    await Promise.all(seconds);
    expect(await outcomes()).toEqual([{ state: 'succeeded', error: null, accounts_created: 2 }]);
  });
});

const hrConfig = {
  kind: 'delimited-file',
  authoritative: true,
  mapping: { Id: 'nativeIdentity', Name: 'name', Mail: 'email' },
  ownerMapping: { name: 'name', email: 'email' },
};
const people = (connector: Row, id: string) =>
  bench.queue(company, connector, `Id,Name,Mail\n${id},Ada,ada@example.com\n`);

describe('two connectors that make people', () => {
  it('are read one after the other, in the order of their priority', async () => {
    const [later, sooner] = [
      await bench.connector(company, 'HR', { ...hrConfig, priority: 20 }),
      await bench.connector(company, 'Contractors', { ...hrConfig, priority: 10 }),
    ];
    await people(later, 'E1');
    const first = await people(sooner, 'X1');
    const run = await claim();
    expect(run.id).toBe(first);
    expect(await LeasedRun.claim(bench.database, newId())).toBeUndefined();
    await execute(run);
    await execute(await claim());
    expect((await outcomes()).map(({ state }) => state)).toEqual(['succeeded', 'succeeded']);
    const owners = await bench.given.sql('select identity_id from owner where organization_id = $1', [company.id]);
    expect(owners).toEqual([{ identity_id: 'X1' }]);
  });
});

describe('an address that is taken while the run already applies', () => {
  it('makes it compare once more, not fail', async () => {
    await people(await bench.connector(company, 'HR', hrConfig), 'E1');
    const run = await claim();
    const enter = run.enter.bind(run);
    let meanwhile: Row | undefined;
    run.enter = async (stage, totals) => {
      if (stage === 'applying') meanwhile ??= await company.owner({ name: 'Made by hand', email: 'ada@example.com' });
      await enter(stage, totals);
    };
    await execute(run);
    expect(await outcomes()).toEqual([{ state: 'succeeded', error: null, accounts_created: 1 }]);
    const accounts = await bench.given.sql('select owner_id from account where organization_id = $1', [company.id]);
    expect(accounts).toEqual([{ owner_id: meanwhile?.id }]);
  });
});

describe('a person whose row is refused', () => {
  it('is not absent, whoever has his account', async () => {
    const hr = await bench.connector(company, 'HR', hrConfig);
    await bench.queue(company, hr, 'Id,Name,Mail\nE1,Ada,ada@example.com\nE2,Bo,bo@example.com\n');
    await execute(await claim());
    await bench.given.sql(
      `update account set correlation = 'manual', owner_id = (select id from owner where organization_id = $1 and identity_id = 'E2')
        where organization_id = $1 and native_identity = 'E1'`,
      [company.id],
    );
    await bench.queue(company, hr, 'Id,Name,Mail\nE1,Ada,no address\nE2,Bo,bo@example.com\n');
    await execute(await claim());
    const owners = await bench.given.sql(
      'select identity_id, status from owner where organization_id = $1 order by 1',
      [company.id],
    );
    expect(owners.map(({ status }) => status)).toEqual(['active', 'active']);
  });
});

describe('a file that lost a part in the database', () => {
  it('fails the run instead of looking shorter', async () => {
    const connector = await wiki();
    const lines = Array.from({ length: 40_000 }, (_, i) => `somebody with a rather long name ${i}`);
    const id = await bench.queue(company, connector, ['login', ...lines].join('\n'));
    await bench.given.sql(
      `delete from connector_file_chunk where position > 0 and file_id = (select file_id from sync_run where id = $1)`,
      [id],
    );
    await execute(await claim());
    expect(await outcomes()).toEqual([
      { state: 'failed', error: expect.stringContaining('not whole any more'), accounts_created: 0 },
    ]);
  });
});
