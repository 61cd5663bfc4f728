import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Principal } from '@app/access';
import { AuditTrail } from '@app/audit';
import { newId } from '@app/kernel';
import { principalOf } from '../../../../test/support/callers.js';
import type { GivenOrganization } from '../../../../test/support/given.js';
import { Workbench } from '../../../../test/support/workbench.js';
import { type GroupEdits, OrganizationGroups } from './organization-groups.js';

const count = 30;

let bench: Workbench;
let company: GivenOrganization;
let caller: Principal;
let everybody: string[];

/** Rows that take their time to be written: together longer than a statement of a request may. */
beforeAll(async () => {
  bench = await Workbench.open([AuditTrail, OrganizationGroups], [], { statementMs: 1_000, lockMs: 1_000 });
  await bench.given.sql(`create function write_slowly() returns trigger language plpgsql
    as $$ begin perform pg_sleep(0.05); return coalesce(new, old); end $$`);
  await bench.given.sql(
    'create trigger slow before insert or delete on membership for each row execute function write_slowly()',
  );
});
afterAll(() => bench.close());

beforeEach(async () => {
  company = await bench.given.organization();
  caller = principalOf(company.id, ['Administrator']);
  everybody = [];
  for (let i = 0; i < 3; i++) everybody.push((await company.user()).id);
});

const apply = (edits: Partial<GroupEdits>) =>
  bench.database.inTransaction(caller, async (tx) => {
    const groups = bench.get(OrganizationGroups);
    await groups.hold(tx);
    await groups.apply(tx, { deleted: [], renamed: [], made: [], members: [], ...edits });
  });
const memberships = async () =>
  (await bench.given.sql('select from membership where organization_id = $1', [company.id])).length;

describe('groups with more members than a request may write, though they are few people', () => {
  const made = Array.from({ length: count / 3 }, (_, i) => ({ id: newId(), name: `Group ${i}` }));

  it('are made, emptied, filled again and deleted', async () => {
    const all = (userIds: string[]) => made.map(({ id: groupId }) => ({ groupId, userIds }));
    await apply({ made, members: all(everybody) });
    expect(await memberships()).toBe(count);
    await apply({ members: all([]) });
    expect(await memberships()).toBe(0);
    await apply({ members: all(everybody) });
    await apply({ deleted: made });
    expect(await memberships()).toBe(0);
  });
});
