import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { newId } from '@app/kernel';
import type { GivenOrganization, Row } from '../../../test/support/given.js';
import { Workbench } from '../../../test/support/workbench.js';
import { LeasedRun } from './leased-run.js';
import { RunExecutor } from './run-executor.js';
import { RunNotices } from './run-notices.js';

let bench: Workbench;
let company: GivenOrganization;
let hr: Row;

beforeAll(async () => {
  bench = await Workbench.open([RunExecutor, RunNotices]);
});
afterAll(() => bench.close());
beforeEach(async () => {
  company = await bench.given.organization();
  hr = await bench.connector(company, 'HR', {
    kind: 'delimited-file',
    authoritative: true,
    mapping: { Login: 'nativeIdentity', Id: 'identityId', Name: 'name', Mail: 'email' },
    ownerMapping: { identityId: 'identityId', name: 'name', email: 'email' },
    deletionThreshold: { percent: 100, rows: 100 },
  });
});

/** @returns how the run ended, and the reasons of refused rows */
async function sync(...rows: string[]): Promise<unknown[]> {
  const id = await bench.queue(company, hr, ['Login,Id,Name,Mail', ...rows].join('\n'));
  const run = await LeasedRun.claim(bench.database, newId());
  if (run) await bench.get(RunExecutor).execute(run);
  const [ended] = await bench.given.sql('select state, error from sync_run where id = $1', [id]);
  const refused = await bench.given.sql('select reason from refused_row where run_id = $1 order by line', [id]);
  return [ended?.['state'], ...refused.map(({ reason }) => reason)];
}

async function owners(): Promise<Record<string, unknown>> {
  const found = await bench.given.sql(
    'select name, email, status from owner where organization_id = $1 order by name',
    [company.id],
  );
  return Object.fromEntries(found.map(({ name, email, status }) => [name, [email, status]]));
}

describe('an address', () => {
  it('of an owner whom the connector did not make stays his, and the row that claims it is refused', async () => {
    await company.owner({ name: 'Made by hand', email: 'x@example.com' });
    expect(await sync('a,E1,Ada,ada@example.com', 'b,E2,Bo,bo@example.com')).toEqual(['succeeded']);
    expect(await sync('a,E1,Ada,X@example.com', 'b,E2,Bo Berg,bo@example.com')).toEqual(['succeeded', 'email_taken']);
    expect(await owners()).toEqual({
      Ada: ['ada@example.com', 'active'],
      'Bo Berg': ['bo@example.com', 'active'],
      'Made by hand': ['x@example.com', 'active'],
    });
  });

  it('returns to the person who lost it, though his row is as it was', async () => {
    const ada = 'a,E1,Ada,ada@example.com';
    expect(await sync(ada)).toEqual(['succeeded']);
    expect(await sync('b,E2,Bo,ada@example.com', 'a,E1,,ada@example.com')).toEqual(['succeeded', 'no_owner_name']);
    expect(await owners()).toEqual({ Ada: [null, 'active'], Bo: ['ada@example.com', 'active'] });
    expect(await sync(ada, 'b,E2,Bo,bo@example.com')).toEqual(['succeeded']);
    expect(await owners()).toEqual({ Ada: ['ada@example.com', 'active'], Bo: ['bo@example.com', 'active'] });
  });

  it('is recorded as it was written when its holder gives it up', async () => {
    await sync('a,E1,Ada,Ada@Example.com');
    await sync('a,E1,Ada,', 'b,E2,Bo,ada@example.com');
    await sync('a,E1,Ada,ada@example.com', 'b,E2,Bo,');
    await sync('a,E1,Ada,Ada@Example.com', 'b,E2,Bo,');
    await sync('c,E3,Cy,ada@example.com', 'a,E1,,', 'b,E2,Bo,');
    const given = await bench.given.sql(
      `select before from audit_event where organization_id = $1 and action = 'owner.updated' and after = '{"email": null}'
        order by at desc, id desc limit 1`,
      [company.id],
    );
    expect(given).toEqual([{ before: { email: 'Ada@Example.com' } }]);
  });

  it('links its holder to the user who has it, which both trails tell', async () => {
    const user = await company.user({ email: 'uma@example.com' });
    await sync('u,E9,Uma,Uma@Example.com');
    const [owner] = await bench.given.sql('select id from owner where user_id = $1', [user.id]);
    const told = `select action, subject_id, after from audit_event
      where organization_id = $1 and action in ('owner.userLinked', 'user.ownerLinked') order by action`;
    expect(await bench.given.sql(told, [company.id])).toEqual([
      { action: 'owner.userLinked', subject_id: owner!['id'], after: { userId: user.id } },
      { action: 'user.ownerLinked', subject_id: user.id, after: { ownerId: owner!['id'] } },
    ]);
  });

  it('may be exchanged by two people at once', async () => {
    await sync('a,E1,Ada,one@example.com', 'b,E2,Bo,two@example.com');
    expect(await sync('a,E1,Ada,two@example.com', 'b,E2,Bo,one@example.com')).toEqual(['succeeded']);
    expect(await owners()).toEqual({ Ada: ['two@example.com', 'active'], Bo: ['one@example.com', 'active'] });
  });
});

describe('a person', () => {
  it('whom no row names any more becomes inactive, though no account went', async () => {
    await sync('a,E1,Ada,a@example.com', 'b,E2,Bo,b@example.com');
    expect(await sync('a,E9,Ada the second,a2@example.com', 'b,E2,Bo,b@example.com')).toEqual(['succeeded']);
    expect(await owners()).toEqual({
      Ada: ['a@example.com', 'inactive'],
      'Ada the second': ['a2@example.com', 'active'],
      Bo: ['b@example.com', 'active'],
    });
  });

  it('who is named again is active again, though the connector tells of no status', async () => {
    const [ada, bo] = ['a,E1,Ada,', 'b,E2,Bo,'];
    await sync(ada, bo);
    await sync(bo);
    expect((await owners())['Ada']).toEqual([null, 'inactive']);
    await sync(ada, bo);
    expect((await owners())['Ada']).toEqual([null, 'active']);
  });

  it('who was made inactive by hand stays so, also when he loses his address', async () => {
    await sync('a,E1,Ada,ada@example.com', 'b,E2,Bo,');
    await bench.given.sql(`update owner set status = 'inactive' where organization_id = $1 and name = 'Ada'`, [
      company.id,
    ]);
    await sync('b,E2,Bo,ada@example.com', 'a,E1,Ada Amir,ada2@example.com');
    await sync('a,E1,Ada Amir,ada3@example.com', 'b,E2,Bo,ada@example.com');
    expect((await owners())['Ada Amir']).toEqual(['ada3@example.com', 'inactive']);
  });

  it('stays active when a row does not say whom it is about', async () => {
    const ada = 'a,E1,Ada,a@example.com';
    await sync(ada, 'b,E2,Bo,b@example.com');
    expect(await sync(ada, ',E2,Bo,b@example.com')).toEqual(['succeeded', 'no_native_identity']);
    expect(await owners()).toEqual({ Ada: ['a@example.com', 'active'], Bo: ['b@example.com', 'active'] });
  });
});

describe('a file of a header alone', () => {
  it('fails the run, and nobody becomes inactive', async () => {
    await sync('a,E1,Ada,');
    expect(await sync()).toEqual(['failed']);
    expect(await owners()).toEqual({ Ada: [null, 'active'] });
  });
});

describe('a run that loses the database', () => {
  it('is not given up, but taken up again when its lease has run out', async () => {
    const id = await bench.queue(company, hr, 'Login,Id,Name,Mail\na,E1,Ada,');
    const run = (await LeasedRun.claim(bench.database, newId()))!;
    const original = run.step.bind(run);
    let steps = 0;
    run.step = (work) =>
      original(async (tx) => {
        if (++steps === 4) await tx.run('select pg_terminate_backend(pg_backend_pid())', []);
        return work(tx);
      });
    await bench.get(RunExecutor).execute(run);
    const state = () => bench.given.sql('select state from sync_run where id = $1', [id]);
    expect(await state()).toEqual([{ state: 'running' }]);

    await bench.given.sql(`update sync_run set lease_until = now() - interval '1 second' where id = $1`, [id]);
    const again = (await LeasedRun.claim(bench.database, newId()))!;
    await bench.get(RunExecutor).execute(again);
    expect(await state()).toEqual([{ state: 'succeeded' }]);
    expect(await owners()).toEqual({ Ada: [null, 'active'] });
  });
});
