import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { AuditTrail } from '@app/audit';
import { DomainError } from '@app/kernel';
import { HeldTransaction } from '../../../test/support/held-transaction.js';
import { brokenInvariants } from '../../../test/support/invariants.js';
import { SyncHistory } from '../../../test/support/sync-history.js';
import { Workbench } from '../../../test/support/workbench.js';
import { runQueued } from './jobs.js';
import { RunExecutor } from './run-executor.js';
import { RunNotices } from './run-notices.js';
import { RunQueue } from './run-queue.js';
import { RunService } from './run.service.js';
import { RunWorker } from './run-worker.js';

let bench: Workbench;
let history: SyncHistory;

beforeAll(async () => {
  bench = await Workbench.open([AuditTrail, RunExecutor, RunNotices, RunQueue, RunService, RunWorker], [runQueued]);
});
afterAll(() => bench.close());

const ada = 'E1,Ada,a@example.com,Sales,,';
const bo = 'E2,Bo,b@example.com,Sales,,';
const pages = ['u1,E1,,,,,,,,,,', 'u2,,b@example.com,,,,,,,,,'];

beforeEach(async () => {
  history = await SyncHistory.begin(bench);
  await history.read('hr', [ada, bo]);
  await history.read('wiki', pages);
});

const owner = async (identity: string) =>
  (
    await history.rows<{ id: string; manager_id: string | null; deleted_at: Date | null; department: string | null }>(
      'select * from owner where organization_id = $1 and identity_key = $2',
      [identity],
    )
  )[0]!;
const ownersOfAccounts = async () =>
  Object.fromEntries(
    (
      await history.rows<{ native_key: string; identity_key: string | null }>(
        `select a.native_key, o.identity_key from account a left join owner o on o.id = a.owner_id where a.organization_id = $1`,
      )
    ).map(({ native_key, identity_key }) => [native_key, identity_key]),
  );
const actions = (id: string) =>
  history.rows<{ action: string }>(
    'select action from audit_event where organization_id = $1 and subject_id = $2 order by at, id',
    [id],
  );
const expectInOrder = async () => expect(await brokenInvariants(bench.given, history.organization)).toEqual([]);
/** Whoever meets somebody else's change may be told to try again. */
async function unlessRefused(change: Promise<void>): Promise<void> {
  await change.catch((error: unknown) => {
    if (!(error instanceof DomainError)) throw error;
  });
}
const rows = () =>
  history.rows(
    `select x.xmin::text, r.xmin::text as role from owner_role x join business_role r on r.id = x.role_id where x.organization_id = $1 order by x.owner_id`,
  );

describe('an owner who was deleted', () => {
  it('stays so while his row stays, and his accounts stay nobody’s', async () => {
    const { id } = await owner('e1');
    await history.byHand.delete(id);
    for (const feed of ['hr', 'wiki'] as const) await history.readAgain(feed);
    expect((await owner('e1')).deleted_at).not.toBeNull();
    expect(await ownersOfAccounts()).toEqual({ e1: null, u1: null, e2: 'e2', u2: 'e2' });
    await expectInOrder();
  });

  it('has his accounts again with the next runs once he is restored, though their rows are as before', async () => {
    const { id } = await owner('e1');
    await history.byHand.delete(id);
    await history.byHand.restore(id);
    expect(await ownersOfAccounts()).toMatchObject({ e1: null, u1: null });
    expect(await history.readAgain('hr')).toMatchObject({ accounts_linked: 1, owners_updated: 0 });
    expect(await history.readAgain('wiki')).toMatchObject({ accounts_linked: 1 });
    expect(await ownersOfAccounts()).toEqual({ e1: 'e1', u1: 'e1', e2: 'e2', u2: 'e2' });
    expect(await history.readAgain('hr')).toMatchObject({ rows_to_apply: 0, accounts_linked: 0 });
    await expectInOrder();
  });

  it('comes back when his source says something new of him, and the trail tells so', async () => {
    const { id } = await owner('e1');
    await history.byHand.delete(id);
    await history.read('hr', ['E1,Ada,a@example.com,,,', bo]);
    expect(await owner('e1')).toMatchObject({ deleted_at: null, department: null });
    expect((await actions(id)).map(({ action }) => action)).toContain('owner.restored');
    await expectInOrder();
  });
});

describe('an owner who was deleted and whose address somebody has by now', () => {
  it('comes back without it, where his source says nothing of addresses', async () => {
    const { organization } = history;
    const config = { kind: 'delimited-file', authoritative: true, mapping: { Id: 'nativeIdentity', Name: 'name' } };
    const connector = await bench.connector(organization, 'Badges', { ...config, ownerMapping: { name: 'name' } });
    const run = async (text: string) => {
      const id = await bench.queue(organization, connector, text);
      bench.get(RunWorker).wake();
      await bench.get(RunWorker).idle();
      return (await bench.given.sql('select state, error from sync_run where id = $1', [id]))[0];
    };
    await run('Id,Name\nB1,Cy\n');
    const { id } = await owner('b1');
    await history.byHand.change(id, { email: 'cy@example.com' });
    await history.byHand.delete(id);
    const other = await owner('e1');
    await history.byHand.change(other.id, { alt_email: null, email: 'CY@example.com' });
    expect(await run('Id,Name\nB1,Cyd\n')).toEqual({ state: 'succeeded', error: null });
    expect(await owner('b1')).toMatchObject({ deleted_at: null, name: 'Cyd', email: null });
    await expectInOrder();
  });
});

describe('a run', () => {
  it('mines the roles of new owners without an event each, moves those of known ones, and writes none that stay', async () => {
    const events = () =>
      history.rows(`select from audit_event where organization_id = $1 and action like 'owner.role%'`);
    expect(await events()).toEqual([]);
    const before = await rows();
    await history.readAgain('hr');
    await history.read('hr', ['E1,Ada A,a@example.com,SALES,,', bo]);
    expect(await rows()).toEqual(before);
    await history.read('hr', ['E1,Ada A,a@example.com,Legal,,', bo]);
    expect(await events()).toHaveLength(2);
    await expectInOrder();
  });

  it('leaves alone what a person has written until its source says something else', async () => {
    const { id } = await owner('e1');
    await history.byHand.change(id, { department: 'Legal', title: 'Boss' });
    await history.readAgain('hr');
    expect(await owner('e1')).toMatchObject({ department: 'Legal', title: 'Boss' });
    await history.read('hr', ['E1,Ada,a@example.com,Board,,', bo]);
    expect(await owner('e1')).toMatchObject({ department: 'Board', title: 'Boss' });
    await expectInOrder();
  });

  it('waits for whoever changes managers, and drops what would then close a circle', async () => {
    const two = await owner('e2');
    const boss = await history.organization.owner({ email: 'boss@example.com' });
    const other = await HeldTransaction.begin(
      bench.ownerUrl,
      `select pg_advisory_xact_lock(hashtextextended('manager tree ' || $1::uuid, 0))`,
      [history.organization.id],
    );
    const reading = history.read('hr', [ada, 'E2,Bo,b@example.com,Sales,boss@example.com,']);
    await other.untilInTheWayOf(1);
    await other.query('update owner set manager_id = $2 where id = $1', [boss.id, two.id]);
    await other.commit();
    const run = await reading;
    expect((await owner('e2')).manager_id).toBeNull();
    const refused = await history.rows('select reason from refused_row where organization_id = $1 and run_id = $2', [
      run.id,
    ]);
    expect(refused).toEqual([{ reason: 'manager_loop' }]);
  });

  it('and people at the same moment leave everything true, whichever of them comes first', async () => {
    for (let i = 0; i < 6; i++) {
      const { id } = await owner('e1');
      const other = await owner('e2');
      const byHand = [
        history.byHand.change(id, { name: `Ada ${i}`, department: i % 2 ? 'Sales' : 'Legal' }),
        history.byHand.change(other.id, { manager_id: id }),
        history.byHand.delete(id).then(() => history.byHand.restore(id)),
      ].map(unlessRefused);
      const dept = ['Sales', 'Board', 'Legal'][i % 3];
      const run = await history.read('hr', [`E1,Ada,a@example.com,${dept},E2,`, `E2,Bo ${i},b@example.com,${dept},,`]);
      await Promise.all(byHand);
      expect(run).toMatchObject({ state: 'succeeded' });
      await expectInOrder();
      const reading = history.read('wiki', [
        `u1,E1,,,A,,,,,,,${i}`,
        'u2,,b@example.com,,,,,,,,,',
        `u3,E1,,,,,,,,,,${i}`,
      ]);
      const again = [
        history.byHand.change(other.id, { name: `Bo B ${i}` }),
        history.byHand.delete(id).then(() => history.byHand.restore(id)),
      ].map(unlessRefused);
      await reading;
      await Promise.all(again);
      await expectInOrder();
    }
  }, 120_000);
});
