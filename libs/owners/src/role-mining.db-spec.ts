import { Client } from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Principal } from '@app/access';
import { AuditTrail } from '@app/audit';
import { newId, NotFoundError } from '@app/kernel';
import { migrate } from '@app/persistence';
import { migrations } from '../../../database/migrations/index.js';
import { principalOf } from '../../../test/support/callers.js';
import { Given, type GivenOrganization, type Row } from '../../../test/support/given.js';
import { HeldTransaction } from '../../../test/support/held-transaction.js';
import { brokenInvariants } from '../../../test/support/invariants.js';
import { createEmptyDatabase } from '../../../test/support/test-database.js';
import { Workbench } from '../../../test/support/workbench.js';
import { BusinessRoles } from './business-roles.js';
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

const made = ({ name = 'Ada', ...job }: OwnerChanges) => writes.create(caller, { name, owner_type: 'service', ...job });
const rolesOf = (id: string) => bench.get(BusinessRoles).rolesOf(caller, id);
const nameOf = async ({ id }: { id: string }) => (await rolesOf(id)).map(({ name }) => name);
const roles = () => bench.given.sql('select * from business_role where organization_id = $1', [company.id]);
const changed = (...owners: { id: string }[]) =>
  bench.database.inTransaction(caller, async (tx) =>
    tx.announce({ kind: 'owner.changed', ids: owners.map(({ id }) => id) }),
  );
const told = (id: string) =>
  bench.given.sql<{ action: string; before: unknown; after: unknown }>(
    `select action, before, after from audit_event where subject_id = $1 and action like 'owner.role%' order by at, id`,
    [id],
  );

describe('the role of an owner', () => {
  it.each([
    [{ department: 'Sales', title: 'Clerk' }, ['Sales - Clerk']],
    [{ department: 'Sales' }, ['Sales']],
    [{ title: 'Clerk' }, ['Clerk']],
    [{}, []],
  ])('follows from %j', async (job, expected) => {
    const owner = await made(job);
    expect(await nameOf(owner)).toEqual(expected);
    const { department, title } = owner;
    expect(await rolesOf(owner.id)).toMatchObject(expected.map((name) => ({ name, department, title })));
  });

  it('is one for all who write department and title in whatever letters, spelled as the first has them', async () => {
    const first = await made({ department: 'Café', title: 'CLERK' });
    const second = await made({ department: 'CAFE\u0301', title: 'clerk' });
    expect(await rolesOf(second.id)).toEqual(await rolesOf(first.id));
    await writes.change(caller, first.id, { title: 'Clerk' });
    expect(await nameOf(second)).toEqual(['Café - CLERK']);
    expect(await roles()).toHaveLength(1);
  });

  it('moves with either of the two, and that is told on the owner', async () => {
    const owner = await made({ department: 'Sales', title: 'Clerk' });
    expect(await told(owner.id)).toEqual([]);
    await writes.change(caller, owner.id, { title: 'Boss' });
    await writes.change(caller, owner.id, { title: null, department: null });
    await writes.change(caller, owner.id, { department: 'Sales' });
    const named = (name: string) => ({ role: { id: expect.any(String), name } });
    expect(await told(owner.id)).toEqual([
      { action: 'owner.roleRemoved', before: named('Sales - Clerk'), after: null },
      { action: 'owner.roleAdded', before: null, after: named('Sales - Boss') },
      { action: 'owner.roleRemoved', before: named('Sales - Boss'), after: null },
      { action: 'owner.roleAdded', before: null, after: named('Sales') },
    ]);
    expect(await brokenInvariants(bench.given, company)).toEqual([]);
  });

  it('is not written again while it stays', async () => {
    const owner = await made({ department: 'Sales', title: 'Clerk' });
    const rows = () =>
      bench.given.sql(
        `select r.xmin::text as role, x.xmin::text as link from owner_role x join business_role r on r.id = x.role_id
          where x.owner_id = $1`,
        [owner.id],
      );
    const before = await rows();
    await writes.change(caller, owner.id, { department: 'SALES', name: 'Zoë' });
    expect(await rows()).toEqual(before);
    expect(await told(owner.id)).toEqual([]);
  });

  it('is no other while somebody was given that role by hand, and what was given stays', async () => {
    const owner = await made({ department: 'Sales' });
    const [sales] = await roles();
    const extra = { organization_id: company.id, id: newId(), name: 'A fire warden', mined: false };
    await bench.given.insert('business_role', extra);
    const given = { organization_id: company.id, owner_id: owner.id, role_id: extra.id, origin: 'assigned' };
    await bench.given.insert('owner_role', given);
    await bench.given.sql(`update owner_role set origin = 'assigned' where role_id = $1`, [sales!.id]);
    await writes.change(caller, owner.id, { title: 'Clerk' });
    expect(await nameOf(owner)).toEqual(['A fire warden', 'Sales', 'Sales - Clerk']);
    await writes.change(caller, owner.id, { title: null });
    expect(await nameOf(owner)).toEqual(['A fire warden', 'Sales']);
    await writes.delete(caller, owner.id);
    expect(await bench.given.sql('select from owner_role where owner_id = $1', [owner.id])).toEqual([]);
  });

  it('is asked of owners who are here, in the own organization', async () => {
    const gone = await made({ department: 'Sales' });
    await writes.delete(caller, gone.id);
    const elsewhere = await (await bench.given.organization()).owner({ department: 'Sales' });
    for (const id of [gone.id, elsewhere.id, newId(), 'x']) await expect(rolesOf(id)).rejects.toThrow(NotFoundError);
  });
});

describe('the roles of many owners', () => {
  it('are made by two statements however many they are, and without an event each', async () => {
    const people: Row[] = [];
    for (let i = 0; i < 300; i++) {
      people.push(await company.owner({ department: `Dept ${i % 7}`, title: i % 3 ? `Title ${i % 5}` : null }));
    }
    const statements: string[] = [];
    await bench.database.inTransaction(caller, async (tx) => {
      const run = tx.run.bind(tx);
      tx.run = async (text, values, name) => {
        statements.push(text);
        return run(text, values, name);
      };
      tx.announce({ kind: 'owner.changed', ids: people.map(({ id }) => id) });
    });
    expect(statements.filter((text) => /business_role/.test(text))).toHaveLength(2);
    expect(await brokenInvariants(bench.given, company)).toEqual([]);
    expect(await bench.given.sql('select from audit_event where organization_id = $1', [company.id])).toEqual([]);
  });

  it('are one each when several meet on them at the same moment, in whatever order they come', async () => {
    const people: Row[] = [];
    for (let i = 0; i < 60; i++) people.push(await company.owner({ department: `Dept ${i % 20}`, title: 'Clerk' }));
    const groups = [0, 1, 2]
      .map((n) => people.filter((_, i) => i % 3 === n))
      .map((some, n) => (n ? some.toReversed() : some));
    const before = await deadlocks();
    await Promise.all(groups.map((some) => changed(...some)));
    expect(await roles()).toHaveLength(20);
    expect(await brokenInvariants(bench.given, company)).toEqual([]);
    expect(await deadlocks()).toBe(before);
  });

  it('wait for whoever makes one of them, and take his', async () => {
    const owner = await company.owner({ department: 'Sales', title: 'Clerk' });
    const id = newId();
    const other = await HeldTransaction.begin(
      bench.ownerUrl,
      `insert into business_role (organization_id, id, name, department, department_key, title, title_key)
       values ($1, $2, 'Sales - Clerk', 'Sales', 'sales', 'Clerk', 'clerk')`,
      [company.id, id],
    );
    const changing = changed(owner);
    await other.untilInTheWayOf(1);
    await other.commit();
    await changing;
    expect(await rolesOf(owner.id)).toMatchObject([{ id }]);
  });
});

async function deadlocks(): Promise<number> {
  const [row] = await bench.given.sql<{ n: string }>(
    'select deadlocks::text as n from pg_stat_database where datname = current_database()',
  );
  return Number(row!.n);
}

describe('the migration', () => {
  it('mines the roles of whoever is there already, in every organization, and gives them back', async () => {
    const database = await createEmptyDatabase();
    const client = new Client({ connectionString: database.ownerUrl });
    await client.connect();
    const given = await Given.on(database.ownerUrl);
    try {
      const at = migrations.findIndex(({ name }) => name === '0024-mined-roles');
      const role = new URL(database.serverUrl).username;
      await migrate(database.ownerUrl, migrations.slice(0, at), role);
      const [one, two] = [await given.organization(), await given.organization()];
      for (const organization of [one, two]) {
        await organization.owner({
          name: 'A',
          department: 'SALES',
          title: 'Clerk',
          created_at: new Date('2020-01-02'),
        });
        await organization.owner({
          name: 'B',
          department: 'Sales',
          title: 'clerk',
          created_at: new Date('2020-01-01'),
        });
        await organization.owner({ name: 'C', department: 'Sales' });
        await organization.owner({ name: 'D', title: 'Sales' });
        await organization.owner({ name: 'E' });
        await organization.owner({ name: 'F', department: 'Gone', deleted_at: new Date() });
      }
      await migrate(database.ownerUrl, migrations.slice(0, at + 1), role);
      for (const organization of [one, two]) {
        const { rows } = await client.query(
          `select o.name, r.name as role from owner o left join owner_role x on x.organization_id = o.organization_id and x.owner_id = o.id
             left join business_role r on r.organization_id = o.organization_id and r.id = x.role_id
            where o.organization_id = $1 order by 1`,
          [organization.id],
        );
        expect(rows.map((row) => [row.name, row.role])).toEqual([
          ['A', 'Sales - clerk'],
          ['B', 'Sales - clerk'],
          ['C', 'Sales'],
          ['D', 'Sales'],
          ['E', null],
          ['F', null],
        ]);
        const { rowCount } = await client.query('select from business_role where organization_id = $1', [
          organization.id,
        ]);
        expect(rowCount).toBe(3);
      }
    } finally {
      await given.close();
      await client.end();
      await database.drop();
    }
  });
});
