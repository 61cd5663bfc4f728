import * as fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { AuditTrail } from '@app/audit';
import { DomainError } from '@app/kernel';
import type { Principal } from '@app/access';
import { principalOf } from '../../../../test/support/callers.js';
import type { GivenOrganization } from '../../../../test/support/given.js';
import { productEntities } from '../../../../test/support/product-entities.js';
import { HeldTransaction } from '../../../../test/support/held-transaction.js';
import { openTestBed, type TestBed } from '../../../../test/support/test-bed.js';
import { Administrators } from '../roles/administrators.js';
import { GroupWrites } from './group-writes.js';
import { MembershipChanges } from './membership-changes.js';
import { Memberships } from './memberships.js';

let bed: TestBed;
let company: GivenOrganization;
let caller: Principal;
let changes: MembershipChanges;
let memberships: Memberships;
let groups: GroupWrites;

beforeAll(async () => {
  bed = await openTestBed(productEntities);
  const [administrators, audit] = [new Administrators([]), new AuditTrail()];
  changes = new MembershipChanges(bed.database, administrators, audit);
  groups = new GroupWrites(bed.database, administrators, audit);
  memberships = new Memberships(bed.database);
});
afterAll(async () => bed.close());
beforeEach(async () => {
  company = await bed.given.organization();
  caller = principalOf(company.id, ['Administrator']);
});

async function newGroups(count: number): Promise<string[]> {
  const made = [];
  for (let i = 0; i < count; i++) made.push((await groups.create(caller, { name: `Group ${i}` })).id);
  return made;
}

const sql = async <R>(text: string, values: readonly unknown[] = []) => bed.given.sql<R>(text, [company.id, ...values]);

/** What is reachable over direct memberships, found by walking them. */
const walkedClosure = `with recursive way as (
    select group_id as ancestor_id, member_group_id as descendant_id from membership
     where organization_id = $1 and member_group_id is not null
    union all
    select w.ancestor_id, m.member_group_id from way w
      join membership m on m.organization_id = $1 and m.group_id = w.descendant_id and m.member_group_id is not null)
  select ancestor_id, descendant_id, count(*)::int as paths from way group by 1, 2 order by 1, 2`;
const keptClosure = `select ancestor_id, descendant_id, paths::int as paths from group_closure
  where organization_id = $1 order by 1, 2`;

async function expectClosureIsTrue(): Promise<void> {
  expect(await sql(keptClosure)).toEqual(await sql(walkedClosure));
}

const step = fc.record({
  op: fc.constantFrom('add' as const, 'add' as const, 'remove' as const),
  group: fc.nat({ max: 7 }),
  members: fc.uniqueArray(fc.nat({ max: 7 }), { minLength: 1, maxLength: 3 }),
});

describe('the closure of nested groups', () => {
  it('says after whatever edits how many ways lead from one group to another', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
        company = await bed.given.organization();
        caller = principalOf(company.id, ['Administrator']);
        const ids = await newGroups(8);
        for (const { op, group, members } of steps) {
          const operations = members.map((member) => ({ op, id: ids[member]! }));
          await changes.change(caller, ids[group]!, operations).catch(expectConflict);
        }
        await expectClosureIsTrue();
        await groups.delete(caller, ids[0]!);
        await expectClosureIsTrue();
      }),
      { numRuns: 25 },
    );
  });

  it('is true after edits that all come at once, and holds no cycle', async () => {
    const ids = await newGroups(8);
    const edits = fc.sample(step, { numRuns: 120, seed: 11 });
    for (let i = 0; i < edits.length; i += 12) {
      await Promise.all(
        edits.slice(i, i + 12).map(async ({ op, group, members }) => {
          const operations = members.map((member) => ({ op, id: ids[member]! }));
          await changes.change(caller, ids[group]!, operations).catch(expectConflict);
        }),
      );
    }
    await expectClosureIsTrue();
    expect(await sql('select from group_closure where organization_id = $1 and ancestor_id = descendant_id')).toEqual(
      [],
    );
  });

  it('counts ways beyond every fixed width', async () => {
    const layers = 40;
    const ids = await newGroups(2 * layers);
    for (let layer = layers - 2; layer >= 0; layer--) {
      const below = [ids[2 * layer + 2]!, ids[2 * layer + 3]!];
      for (const id of [ids[2 * layer]!, ids[2 * layer + 1]!]) {
        await changes.change(
          caller,
          id,
          below.map((member) => ({ op: 'add', id: member })),
        );
      }
    }
    const [row] = await sql<{ paths: string }>(
      'select max(paths)::text as paths from group_closure where organization_id = $1',
    );
    expect(row!.paths).toBe((2n ** BigInt(layers - 2)).toString());
    for (const id of ids.slice(2, 4)) await groups.delete(caller, id);
    expect(await sql('select from group_closure where organization_id = $1 and ancestor_id = $2', [ids[0]])).toEqual(
      [],
    );
  });
});

describe('the members of a group of many', () => {
  it('are the same, in the same order, whether gathered or found one after another', async () => {
    const [top, middle, bottom] = (await newGroups(3)) as [string, string, string];
    await changes.change(caller, top, [{ op: 'add', id: middle }]);
    await changes.change(caller, middle, [{ op: 'add', id: bottom }]);
    await sql(`insert into app_user (organization_id, id, user_name, user_name_key, display_name, display_name_key)
      select $1, new_id(), n::text, n::text, n::text, n::text from generate_series(1, 10300) n`);
    const join = (group: string, where: string) =>
      sql(
        `insert into membership (organization_id, group_id, user_id)
        select $1, $2, id from app_user where organization_id = $1 and ${where}`,
        [group],
      );
    await join(top, `user_name like '%1'`);
    await join(middle, `user_name_key < '5'`);
    await join(bottom, 'true');
    const page = { limit: 1_000, offset: 0 };
    for (const filter of [
      {},
      { principalType: 'User' as const },
      { principalType: 'Group' as const },
      { membershipType: 'indirect' as const },
      { membershipType: 'direct' as const, principalType: 'User' as const },
    ]) {
      const whole = await memberships.members(caller, top, filter);
      const few = await memberships.members(caller, top, filter, page);
      expect(few).toEqual(whole.slice(0, 1_000));
    }
    await sql(`insert into user_group (organization_id, id, name, name_key)
      select $1, new_id(), 'extra ' || n, 'extra ' || n from generate_series(1, 2) n`);
    const extra = (
      await sql<{ id: string }>(`select id from user_group where organization_id = $1 and name like 'extra%'`)
    ).map(({ id }) => id);
    for (const id of extra) {
      await changes.change(caller, bottom, [{ op: 'add', id }]);
      await join(id, 'true');
    }
    // More than twenty thousand memberships now, so the page is walked and the whole is gathered.
    for (const offset of [0, 400, 9_900]) {
      const whole = await memberships.members(caller, top, {});
      expect(await memberships.members(caller, top, {}, { limit: 1_000, offset })).toEqual(
        whole.slice(offset, offset + 1_000),
      );
    }
    // So many others come first that asking one after another does not end.
    await sql(`insert into app_user (organization_id, id, user_name, user_name_key, display_name, display_name_key)
      select $1, new_id(), '!' || n, '!' || n, n::text, n::text from generate_series(1, 20000) n`);
    for (const filter of [{}, { principalType: 'User' as const }]) {
      const whole = await memberships.members(caller, top, filter);
      expect(await memberships.members(caller, top, filter, { limit: 100, offset: 0 })).toEqual(whole.slice(0, 100));
    }
    const indirect = await memberships.members(caller, top, { membershipType: 'indirect' }, page);
    expect(indirect.some(({ direct }) => direct)).toBe(false);
    expect(indirect).toEqual((await memberships.members(caller, top, { membershipType: 'indirect' })).slice(0, 1_000));
  });
});

function expectConflict(error: unknown): void {
  expect(error).toBeInstanceOf(DomainError);
  expect((error as DomainError).code).toBe('conflict');
}

describe('a group of many that is deleted', () => {
  it('is told to each of its members, though others leave it at the same moment', async () => {
    const [group = ''] = await newGroups(1);
    await sql(`insert into app_user (organization_id, id, user_name, user_name_key, display_name, display_name_key)
      select $1, new_id(), n::text, n::text, n::text, n::text from generate_series(1, 10300) n`);
    await sql(
      `insert into membership (organization_id, group_id, user_id)
       select $1, $2, id from app_user where organization_id = $1`,
      [group],
    );
    // More than are left for a second slice, so some of them are in the first.
    const leave = `delete from membership where organization_id = $1 and user_id in (
      select id from app_user where organization_id = $1 and user_name::int <= 400)`;
    const held = await HeldTransaction.begin(bed.file.ownerUrl, leave, [company.id]);
    const deleting = groups.delete(caller, group);
    await held.untilInTheWayOf(1);
    await held.commit();
    await deleting;
    expect(await sql('select from membership where organization_id = $1')).toEqual([]);
    const told = `select count(*)::int as told from audit_event where organization_id = $1 and action = 'user.groupLeft'`;
    expect(await sql(told)).toEqual([{ told: 9_900 }]);
  });
});
