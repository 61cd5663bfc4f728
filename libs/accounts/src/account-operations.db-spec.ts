import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Tasks } from '@app/jobs';
import { ConflictError, newId, NotFoundError } from '@app/kernel';
import { Announcements } from '@app/persistence';
import { principalOf } from '../../../test/support/callers.js';
import type { GivenOrganization, Row } from '../../../test/support/given.js';
import { HeldTransaction } from '../../../test/support/held-transaction.js';
import { Workbench } from '../../../test/support/workbench.js';
import { accountJobs } from './account-jobs.js';
import { AccountOperations } from './account-operations.js';

let bench: Workbench;
let operations: AccountOperations;
let company: GivenOrganization;
let connector: Row;
let changing: (ids: readonly string[]) => void;

beforeAll(async () => {
  bench = await Workbench.open([], accountJobs);
  operations = bench.get(AccountOperations);
  bench
    .get(Announcements)
    .on('sync', 'account.changed', async (_, changes) => changing(changes.flatMap(({ ids }) => ids)));
});
afterAll(() => bench.close());
beforeEach(async () => {
  company = await bench.given.organization();
  connector = await bench.connector(company, 'System', {
    kind: 'delimited-file',
    mapping: { login: 'nativeIdentity' },
  });
  changing = () => {};
});

const admin = () => principalOf(company.id, ['ORG_ADMIN']);
const disableAll = (...owners: Row[]) =>
  operations.operateOnOwners(
    admin(),
    'disable',
    owners.map(({ id }) => id),
  );
const read = (id: string | undefined) => bench.get(Tasks).get(principalOf(company.id, ['AUDITOR']), id!);

async function ownerOf(accounts: number): Promise<Row> {
  const owner = await company.owner();
  const template = await company.account(connector, owner);
  const rows = await bench.given.sql('select * from account where id = $1', [template.id]);
  await bench.given.sql(
    `insert into account select (jsonb_populate_record(null::account, $1::jsonb || jsonb_build_object('id', gen_random_uuid(),
       'native_key', 'more ' || $3 || n, 'native_identity', 'more ' || $3 || n, 'native_identity_key', 'more ' || $3 || n))).*
       from generate_series(1, $2::integer) n`,
    [JSON.stringify(rows[0]), accounts - 1, owner.id],
  );
  return owner;
}

async function disabledOf({ id }: Row): Promise<number> {
  const [row] = await bench.given.sql('select count(*)::integer as n from account where owner_id = $1 and disabled', [
    id,
  ]);
  return row!['n'] as number;
}

describe('all accounts of a person', () => {
  it.each([1, 1_000, 2_001])('are taken up however many they are: %i', async (count) => {
    const owner = await ownerOf(count);
    const sizes: number[] = [];
    changing = (ids) => void sizes.push(ids.length);
    const [outcome] = await disableAll(owner);
    expect(await read(outcome?.taskId)).toMatchObject({ state: 'succeeded', messages: [{ key: 'all_done' }] });
    expect(await disabledOf(owner)).toBe(count);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(1_000);
    expect(sizes.reduce((sum, size) => sum + size)).toBe(count);
    const parts = await bench.given.sql('select id from task where parent_id = $1', [outcome!.taskId]);
    expect(parts).toHaveLength(count);
  });

  it('fail for him alone, and nothing of a transaction that failed stays', async () => {
    const [refused, other] = [await ownerOf(2), await ownerOf(3)];
    const own = await bench.given.sql('select id from account where owner_id = $1', [refused.id]);
    changing = (ids) => {
      if (ids.includes(own[0]!.id)) throw new ConflictError('Somebody has it.');
    };
    const outcomes = await disableAll(refused, other);
    expect(outcomes).toEqual([
      { ownerId: refused.id, refusal: expect.any(ConflictError) },
      { ownerId: other.id, taskId: expect.any(String) },
    ]);
    expect([await disabledOf(refused), await disabledOf(other)]).toEqual([0, 3]);
    expect(await bench.given.sql('select id from task where subject_id = $1', [refused.id])).toEqual([]);
  });

  it('that could not all be taken up have a task that says so', async () => {
    const owner = await ownerOf(1_500);
    let batches = 0;
    changing = () => {
      if (++batches === 2) throw new ConflictError('Somebody has one of them.');
    };
    const [outcome] = await disableAll(owner);
    expect(outcome?.refusal).toMatchObject({ code: 'conflict' });
    expect(await disabledOf(owner)).toBe(1_000);
    const [whole] = await bench.given.sql('select id from task where subject_id = $1', [owner.id]);
    expect(await read(whole?.['id'] as string)).toMatchObject({ state: 'failed', messages: [{ key: 'broken_off' }] });
  });

  it('fail for everybody when the fault is on this side', async () => {
    const owner = await ownerOf(1);
    changing = () => {
      throw new TypeError('a mistake');
    };
    await expect(disableAll(owner)).rejects.toThrow('a mistake');
  });

  it('are those of a person who is there', async () => {
    const gone = await company.owner({ deleted_at: new Date() });
    const unknown = newId();
    expect(await operations.operateOnOwners(admin(), 'enable', [gone.id, unknown, 'no id'])).toEqual([
      { ownerId: gone.id },
      { ownerId: unknown },
      { ownerId: 'no id' },
    ]);
  });
});

describe('an account of a connector that is not one’s own', () => {
  it('is not waited for and not held', async () => {
    const user = await company.user();
    const narrow = principalOf(company.id, ['SOURCE_SUBADMIN'], user.id);
    const account = await company.account(connector);
    const other = `update account set description = 'x' where id = $1`;
    const held = await HeldTransaction.begin(bench.ownerUrl, other, [account.id]);
    const asking = operations.operate(narrow, 'disable', account.id, { forceProvisioning: false });
    await expect(asking).rejects.toThrow(NotFoundError);
    await expect(operations.reload(narrow, account.id)).rejects.toThrow(NotFoundError);
    await held.commit();
    await company.connectorOwner(connector, user);
    expect(await operations.reload(narrow, account.id)).toEqual(expect.any(String));
  });
});
