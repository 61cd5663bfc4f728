import * as fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Principal } from '@app/access';
import { AuditTrail } from '@app/audit';
import { ConflictError, DomainError, InvalidError, newId, NotFoundError } from '@app/kernel';
import { principalOf } from '../../../test/support/callers.js';
import type { GivenOrganization } from '../../../test/support/given.js';
import { HeldTransaction } from '../../../test/support/held-transaction.js';
import { brokenInvariants } from '../../../test/support/invariants.js';
import { Workbench } from '../../../test/support/workbench.js';
import type { OwnerChanges } from './owner-profile.js';
import { OwnerWrites } from './owner-writes.js';

let bench: Workbench;
let writes: OwnerWrites;
let company: GivenOrganization;
let caller: Principal;

beforeAll(async () => {
  bench = await Workbench.open([AuditTrail, OwnerWrites]);
  writes = bench.get(OwnerWrites);
});
afterAll(() => bench.close());
beforeEach(async () => {
  company = await bench.given.organization();
  caller = principalOf(company.id, ['Administrator']);
});

let serial = 0;
const made = ({ name = 'Ada', ...changes }: OwnerChanges = {}) =>
  writes.create(caller, { name, email: `p${++serial}@example.com`, ...changes });
const stored = async ({ id }: { id: string }) =>
  (await bench.given.sql<Record<string, unknown>>('select * from owner where id = $1', [id]))[0]!;
const trail = async (subjectId?: string) => {
  const rows = await bench.given.sql<{ action: string; subject_id: string; before: unknown; after: unknown }>(
    `select action, subject_id, before, after from audit_event where organization_id = $1 and ($2::uuid is null or subject_id = $2)
      order by at, id`,
    [company.id, subjectId ?? null],
  );
  return rows;
};
const actions = async (subjectId?: string) => (await trail(subjectId)).map(({ action }) => action);

/** Owners and accounts put in place past every service have no events of how they came. */
async function expectInOrder(): Promise<void> {
  const broken = await brokenInvariants(bench.given, company);
  expect(broken.filter((sentence) => !/^(live accounts|links): /.test(sentence))).toEqual([]);
}

async function outcomes(work: readonly Promise<unknown>[]): Promise<string[]> {
  const settled = await Promise.allSettled(work);
  return settled.map((one) => {
    if (one.status === 'fulfilled') return 'done';
    if (one.reason instanceof DomainError) return one.reason.code;
    throw one.reason;
  });
}

describe('making an owner', () => {
  it('stores him with his folded twins, his statistics and his role, and tells it once', async () => {
    const owner = await made({
      name: 'ADA',
      department: 'SALES',
      title: 'Boss',
      location: 'KÖLN',
      metadata: { a: 'B' },
    });
    expect(await stored(owner)).toMatchObject({
      name_key: 'ada',
      department_key: 'sales',
      title_key: 'boss',
      connector_id: null,
      search_keys: { location: 'köln', 'metadata.a': 'b' },
      version: 1,
    });
    expect(await trail(owner.id)).toEqual([
      {
        action: 'owner.created',
        subject_id: owner.id,
        before: null,
        after: {
          name: 'ADA',
          email: owner.email,
          department: 'SALES',
          title: 'Boss',
          location: 'KÖLN',
          owner_type: 'human',
          status: 'active',
          metadata: { a: 'B' },
        },
      },
    ]);
    await expectInOrder();
  });

  it('leaves accounts with his address to nobody, and counts them as his look-alikes', async () => {
    const connector = await company.connector(await company.application());
    await company.account(connector, null, { email: 'ADA@example.com' });
    const owner = await made({ email: 'ada@Example.com' });
    const [row] = await bench.given.sql('select * from owner_statistics where owner_id = $1', [owner.id]);
    expect(row).toMatchObject({ accounts_no_owner: 1, total_accounts: 0 });
    const moved = await writes.change(caller, owner.id, { email: 'else@example.com', alt_email: 'e@example.com' });
    expect(moved.email).toBe('else@example.com');
    expect((await bench.given.sql('select * from owner_statistics where owner_id = $1', [owner.id]))[0]).toMatchObject({
      accounts_no_owner: 0,
    });
    await expectInOrder();
  });

  it('gives an address to one of eight who want it at the same moment', async () => {
    const eight = Array.from({ length: 8 }, (_, i) => made({ email: i % 2 ? 'one@example.com' : 'ONE@example.com' }));
    expect((await outcomes(eight)).toSorted()).toEqual([...Array<string>(7).fill('conflict'), 'done']);
    await expectInOrder();
  });

  it('has an address again once its holder is deleted', async () => {
    const first = await made({ email: 'one@example.com' });
    await expect(made({ email: 'One@Example.com' })).rejects.toThrow(ConflictError);
    await writes.delete(caller, first.id);
    await made({ email: 'One@Example.com' });
    await expect(writes.restore(caller, first.id)).rejects.toThrow(ConflictError);
    await expectInOrder();
  });
});

describe('changing an owner', () => {
  it('writes, tells and counts nothing where nothing is another', async () => {
    const owner = await made({ department: 'Sales', metadata: { a: 1 } });
    const before = await stored(owner);
    for (const changes of [{}, { name: ' Ada ' }, { metadata: { a: 1, b: null } }, { department: 'Sales' }]) {
      await writes.change(caller, owner.id, changes);
    }
    expect(await stored(owner)).toEqual(before);
    expect(await actions(owner.id)).toEqual(['owner.created']);
  });

  it('tells what was and what is, of what differs alone', async () => {
    const owner = await made({ title: 'Clerk' });
    await writes.change(caller, owner.id, { title: 'Boss', name: 'Ada', phone: '1' });
    const told = (await trail(owner.id)).filter(({ action }) => action === 'owner.updated');
    expect(told).toMatchObject([{ before: { title: 'Clerk', phone: null }, after: { title: 'Boss', phone: '1' } }]);
    expect(Object.keys(told[0]!.after as object).toSorted()).toEqual(['phone', 'title']);
    await expectInOrder();
  });

  it('has a later time each time, whatever the clock says', async () => {
    const owner = await made();
    await bench.given.sql(`update owner set updated_at = now() + interval '1 hour' where id = $1`, [owner.id]);
    const before = (await stored(owner))['updated_at'] as Date;
    const after = await writes.change(caller, owner.id, { title: 'x' });
    expect(Date.parse(after.updated_at)).toBe(before.getTime() + 1);
  });

  it('dates a change of status, and nothing else so', async () => {
    const owner = await made();
    await bench.given.sql(`update owner set status_changed_at = '2020-01-01' where id = $1`, [owner.id]);
    await writes.change(caller, owner.id, { title: 'x' });
    expect((await stored(owner))['status_changed_at']).toEqual(new Date('2020-01-01'));
    await writes.change(caller, owner.id, { status: 'inactive' });
    expect(((await stored(owner))['status_changed_at'] as Date).getTime()).toBeGreaterThan(Date.now() - 60_000);
  });

  it('of his status by a person is no run’s any more to take back', async () => {
    const absent = await company.owner({ status: 'inactive', source_hash: Buffer.from([0]) });
    await writes.change(caller, absent.id, { title: 'x' });
    expect((await stored(absent))['source_hash']).toEqual(Buffer.from([0]));
    await writes.change(caller, absent.id, { status: 'active' });
    expect((await stored(absent))['source_hash']).toBeNull();
    const known = await company.owner({ source_hash: Buffer.alloc(16, 7) });
    await writes.change(caller, known.id, { status: 'inactive' });
    expect((await stored(known))['source_hash']).toEqual(Buffer.alloc(16, 7));
  });

  it('keeps what accounts repeat of him', async () => {
    const owner = await made();
    const connector = await company.connector(await company.application());
    const account = await company.account(connector, { ...owner, name_key: 'ada' });
    await writes.change(caller, owner.id, { name: 'Zoë', status: 'inactive' });
    const [row] = await bench.given.sql('select * from account where id = $1', [account.id]);
    expect(row).toMatchObject({ owner_name_key: 'zoë', owner_state: 'inactive', version: 1 });
    await expectInOrder();
  });

  it('leaves the id by which a source knows him again', async () => {
    const connector = await company.connector(await company.application());
    const owner = await company.owner({ connector_id: connector.id, identity_id: 'E1', email: 'e1@example.com' });
    for (const identity_id of ['E2', null]) {
      await expect(writes.change(caller, owner.id, { identity_id })).rejects.toThrow(InvalidError);
    }
    const same = writes.change(caller, owner.id, { identity_id: 'E1', title: 'Boss' });
    await expect(same).resolves.toMatchObject({ identity_id: 'E1', title: 'Boss' });
    const ours = await made({ identity_id: 'X1' });
    await expect(writes.change(caller, ours.id, { identity_id: 'X2' })).resolves.toMatchObject({ identity_id: 'X2' });
  });

  it('changes a human whom a run has made without an address', async () => {
    const owner = await company.owner({ name: 'Bo' });
    await expect(writes.change(caller, owner.id, { title: 'Boss' })).resolves.toMatchObject({
      title: 'Boss',
      email: null,
    });
    await expect(writes.change(caller, (await made()).id, { email: null })).rejects.toThrow(InvalidError);
  });

  it('of one who is deleted, of another organization or unknown is of nobody', async () => {
    const gone = await made();
    await writes.delete(caller, gone.id);
    const elsewhere = await (await bench.given.organization()).owner();
    for (const id of [gone.id, elsewhere.id, newId(), 'x']) {
      await expect(writes.change(caller, id, {})).rejects.toThrow(NotFoundError);
      await expect(writes.delete(caller, id)).rejects.toThrow(NotFoundError);
    }
    for (const id of [elsewhere.id, newId(), 'x'])
      await expect(writes.restore(caller, id)).rejects.toThrow(NotFoundError);
  });
});

describe('a manager', () => {
  const managing = (id: string, managerId: string | null) => writes.change(caller, id, { manager_id: managerId });

  it('is told apart from other changes', async () => {
    const [boss, owner] = [await made(), await made()];
    await writes.change(caller, owner.id, { manager_id: boss.id.toUpperCase(), title: 'Clerk' });
    expect((await trail(owner.id)).slice(1)).toMatchObject([
      { action: 'owner.updated', before: { title: null }, after: { title: 'Clerk' } },
      { action: 'owner.managerChanged', before: { managerId: null }, after: { managerId: boss.id } },
      { action: 'owner.roleAdded' },
    ]);
    expect(await managing(owner.id, null)).toMatchObject({ manager_id: null });
    await expectInOrder();
  });

  it('is somebody who is here, and reports to no one below', async () => {
    const [one, two, three] = [await made(), await made(), await made()];
    const gone = await made();
    await writes.delete(caller, gone.id);
    const elsewhere = await (await bench.given.organization()).owner();
    await managing(two.id, one.id);
    await managing(three.id, two.id);
    for (const id of [one.id, two.id, three.id, gone.id, elsewhere.id, newId(), 'nobody', '']) {
      await expect(managing(one.id, id)).rejects.toMatchObject({ code: 'invalid', details: [{ field: 'manager_id' }] });
    }
    await expect(made({ manager_id: gone.id })).rejects.toThrow(InvalidError);
    expect((await made({ manager_id: three.id })).manager_id).toBe(three.id);
    await expectInOrder();
  });

  it('is refused where more than 64 stand above each other, for nobody would see whether they close a circle', async () => {
    const line = [await made()];
    for (let i = 1; i < 65; i++) {
      line.push((await company.owner({ manager_id: line.at(-1)!.id })) as unknown as (typeof line)[number]);
    }
    await expect(managing((await made()).id, line[63]!.id)).resolves.toMatchObject({ manager_id: line[63]!.id });
    await expect(managing((await made()).id, line[64]!.id)).rejects.toThrow(InvalidError);
    await expect(managing(line[0]!.id, line[64]!.id)).rejects.toThrow(InvalidError);
  });

  it('is refused to somebody whose reports, and theirs, would make more than 64 of them', async () => {
    const line = async () => {
      const ids = [(await made()).id];
      for (let i = 1; i < 33; i++) ids.push((await company.owner({ manager_id: ids.at(-1)! })).id);
      return ids;
    };
    const [above, below] = [await line(), await line()];
    await expect(managing(below[0]!, above[32]!)).rejects.toThrow(InvalidError);
    await expect(managing(below[1]!, above[32]!)).resolves.toMatchObject({ manager_id: above[32] });
  });

  it('is given to one of two who would close a circle at the same moment', async () => {
    for (let i = 0; i < 5; i++) {
      const [one, two, three] = [await made(), await made(), await made()];
      await managing(two.id, three.id);
      const both = await outcomes([managing(one.id, two.id), managing(three.id, one.id)]);
      expect(both.toSorted()).toEqual(['done', 'invalid']);
    }
    await expectInOrder();
  });

  it('never closes a circle, whoever gives managers to whom, deletes and restores them at the same moment', async () => {
    const person = fc.nat(5);
    const step = fc.oneof(
      { arbitrary: fc.record({ what: fc.constant('manage' as const), one: person, other: person }), weight: 5 },
      {
        arbitrary: fc.record({ what: fc.constantFrom('delete' as const, 'restore' as const), one: person }),
        weight: 1,
      },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 20 }), async (steps) => {
        const people = await Promise.all(Array.from({ length: 6 }, () => made({ department: 'Sales' })));
        for (let from = 0; from < steps.length; from += 5) {
          const some = steps.slice(from, from + 5).map((one) => {
            const { id } = people[one.one]!;
            return one.what === 'manage' ? managing(id, people[one.other]!.id) : writes[one.what](caller, id);
          });
          await outcomes(some);
        }
        await expectInOrder();
      }),
      { numRuns: 12, interruptAfterTimeLimit: 20_000 },
    );
  });

  it('is nobody who is deleted while he becomes one', async () => {
    for (let i = 0; i < 5; i++) {
      const [boss, owner] = [await made(), await made()];
      await outcomes([managing(owner.id, boss.id), writes.delete(caller, boss.id), made({ manager_id: boss.id })]);
      const left = await bench.given.sql('select id from owner where manager_id = $1', [boss.id]);
      expect(left).toEqual([]);
    }
    await expectInOrder();
  });
});

describe('deleting an owner', () => {
  it('makes his accounts nobody’s, takes his reports, his user, his roles and what he shares, and tells each', async () => {
    const boss = await made({ department: 'Sales' });
    const report = await made({ manager_id: boss.id });
    const formerReport = await made({ manager_id: boss.id });
    await writes.delete(caller, formerReport.id);
    const user = await company.user();
    await bench.given.sql('update owner set user_id = $2 where id = $1', [boss.id, user.id]);
    const connector = await company.connector(await company.application());
    const row = { ...boss, name_key: 'ada' };
    const account = await company.account(connector, row, { name: 'root', correlation: 'manual' });
    const removed = await company.account(connector, row, { name: 'old', deleted_at: new Date() });
    const shared = await company.account(connector);
    const link = { organization_id: company.id, account_id: shared.id, owner_id: boss.id };
    await bench.given.insert('account_co_user', link);
    const heard: string[] = [];
    bench.database.announcements.on('auth', 'user.rightsChanged', async (_tx, events) => {
      heard.push(...events.flatMap(({ ids }) => ids));
    });
    const before = (await trail()).length;

    await writes.delete(caller, boss.id);
    const told = (await trail()).slice(before);
    const nobody = { owner_id: null, correlation: 'none', owner_name_key: null, owner_state: null, version: 2 };
    for (const { id } of [account, removed]) {
      expect((await bench.given.sql('select * from account where id = $1', [id]))[0]).toMatchObject(nobody);
    }
    expect(await stored(report)).toMatchObject({ manager_id: null, version: 2 });
    expect(await stored(boss)).toMatchObject({ user_id: null, deleted_at: expect.any(Date), department: 'Sales' });
    for (const table of ['owner_role', 'owner_statistics', 'account_co_user']) {
      expect(await bench.given.sql(`select from ${table} where owner_id = $1`, [boss.id])).toEqual([]);
    }
    expect(heard).toEqual([user.id]);
    expect(told.map(({ action, subject_id }) => `${action} ${subject_id}`).toSorted()).toEqual(
      [
        `owner.managerChanged ${report.id}`,
        `owner.managerChanged ${formerReport.id}`,
        `owner.userReleased ${boss.id}`,
        `user.ownerReleased ${user.id}`,
        `owner.deleted ${boss.id}`,
        `account.uncorrelated ${account.id}`,
        `account.uncorrelated ${removed.id}`,
        `owner.accountRemoved ${boss.id}`,
        `owner.roleRemoved ${boss.id}`,
      ].toSorted(),
    );
    expect(told.find(({ action }) => action === 'owner.deleted')).toMatchObject({
      before: { name: 'Ada', email: boss.email, department: 'Sales', owner_type: 'human', status: 'active' },
      after: null,
    });
    expect(told.find(({ action }) => action === 'owner.roleRemoved')?.before).toMatchObject({
      role: { name: 'Sales' },
    });
    await expectInOrder();
    await expect(writes.delete(caller, boss.id)).rejects.toThrow(NotFoundError);
  });

  it('counts his accounts among the look-alikes of whoever has their address', async () => {
    const [owner, other] = [await made(), await made({ alt_email: 'shared@example.com' })];
    const connector = await company.connector(await company.application());
    await company.account(connector, { ...owner, name_key: 'ada' }, { email: 'shared@example.com' });
    await writes.delete(caller, owner.id);
    const [row] = await bench.given.sql('select * from owner_statistics where owner_id = $1', [other.id]);
    expect(row).toMatchObject({ accounts_no_owner: 1 });
    await expectInOrder();
  });

  it('happens once, of eight who do it at the same moment', async () => {
    const owner = await made();
    const eight = await outcomes(Array.from({ length: 8 }, () => writes.delete(caller, owner.id)));
    expect(eight.toSorted()).toEqual(['done', ...Array<string>(7).fill('not_found')]);
    expect(await actions(owner.id)).toEqual(['owner.created', 'owner.deleted']);
  });

  it('waits for whoever makes an account his at that moment, and takes it too', async () => {
    const owner = await made();
    const connector = await company.connector(await company.application());
    const account = await company.account(connector, null);
    const linking = await HeldTransaction.begin(
      bench.ownerUrl,
      `update account set owner_id = $2, correlation = 'rule', owner_name_key = 'ada', owner_state = 'active' where id = $1`,
      [account.id, owner.id],
    );
    await linking.query('select from owner where id = $1 for no key update', [owner.id]);
    const deleting = writes.delete(caller, owner.id);
    await linking.untilMetBy(1);
    await company.tally(connector, true, 1);
    await company.tally(connector, false, -1);
    await linking.commit();
    await deleting;
    expect((await bench.given.sql('select * from account where id = $1', [account.id]))[0]).toMatchObject({
      owner_id: null,
    });
    await expectInOrder();
  });
});

describe('restoring an owner', () => {
  it('brings him back as he was, with his role and his statistics, and tells it', async () => {
    const boss = await made();
    const owner = await made({ department: 'Sales', title: 'Clerk', manager_id: boss.id, metadata: { a: 1 } });
    await writes.delete(caller, owner.id);
    const back = await writes.restore(caller, owner.id);
    const { updated_at: _now, ...as } = back;
    const { updated_at: _then, ...was } = owner;
    expect(as).toEqual(was);
    expect((await actions(owner.id)).slice(-2)).toEqual(['owner.restored', 'owner.roleAdded']);
    await expectInOrder();
  });

  it('brings no manager back who is gone meanwhile', async () => {
    const boss = await made();
    const owner = await made({ manager_id: boss.id });
    await writes.delete(caller, owner.id);
    await writes.delete(caller, boss.id);
    expect(await writes.restore(caller, owner.id)).toMatchObject({ manager_id: null });
    await expectInOrder();
  });

  it('is no way to change who is here', async () => {
    const owner = await made();
    await expect(writes.restore(caller, owner.id)).rejects.toThrow(ConflictError);
    await writes.delete(caller, owner.id);
    expect((await outcomes([writes.restore(caller, owner.id), writes.restore(caller, owner.id)])).toSorted()).toEqual([
      'conflict',
      'done',
    ]);
  });
});
