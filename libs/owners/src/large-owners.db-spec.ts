import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Principal } from '@app/access';
import { AuditTrail } from '@app/audit';
import { principalOf } from '../../../test/support/callers.js';
import type { GivenOrganization, Row } from '../../../test/support/given.js';
import { Workbench } from '../../../test/support/workbench.js';
import { OwnerWrites } from './owner-writes.js';

const count = 30;

let bench: Workbench;
let company: GivenOrganization;
let caller: Principal;
let owner: Row;

/** Rows that take their time to be written: together longer than a statement of a request may. */
beforeAll(async () => {
  bench = await Workbench.open([AuditTrail, OwnerWrites], [], { statementMs: 1_000, lockMs: 1_000 });
  await bench.given.sql(`create function write_slowly() returns trigger language plpgsql
    as $$ begin perform pg_sleep(0.05); return new; end $$`);
  await bench.given.sql('create trigger slow before update on account for each row execute function write_slowly()');
  await bench.given.sql('create trigger slow before update on owner for each row execute function write_slowly()');
});
afterAll(() => bench.close());

beforeEach(async () => {
  company = await bench.given.organization();
  caller = principalOf(company.id, ['Administrator']);
  owner = await company.owner({ name: 'Ada', email: 'ada@example.com' });
});

describe('an owner with more accounts than a request may write', () => {
  beforeEach(async () => {
    const connector = await company.connector(await company.application());
    for (let i = 0; i < count; i++) await company.account(connector, owner);
  });

  const ownersInAccounts = () =>
    bench.given.sql('select distinct owner_id, owner_name_key from account where organization_id = $1', [company.id]);

  it('is renamed', async () => {
    await bench.get(OwnerWrites).change(caller, owner.id, { name: 'Bea' });
    expect(await ownersInAccounts()).toEqual([{ owner_id: owner.id, owner_name_key: 'bea' }]);
  });

  it('is deleted', async () => {
    await bench.get(OwnerWrites).delete(caller, owner.id);
    expect(await ownersInAccounts()).toEqual([{ owner_id: null, owner_name_key: null }]);
  });
});

it('an owner to whom more people report than a request may write is deleted', async () => {
  for (let i = 0; i < count; i++) await company.owner({ manager_id: owner.id });
  await bench.get(OwnerWrites).delete(caller, owner.id);
  expect(
    await bench.given.sql('select from owner where organization_id = $1 and manager_id is not null', [company.id]),
  ).toEqual([]);
});
