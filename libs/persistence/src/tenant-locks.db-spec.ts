import { type EntityManager, wrap } from '@mikro-orm/postgresql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { serverCaller } from '@app/access';
import { newId } from '@app/kernel';
import type { GivenOrganization, Row } from '../../../test/support/given.js';
import { Application, Connector, Organization, productEntities } from '../../../test/support/product-entities.js';
import { openTestBed, type TestBed } from '../../../test/support/test-bed.js';
import type { Transaction } from './transaction.js';

let bed: TestBed;
let company: GivenOrganization;
let other: GivenOrganization;
let ours: Row;
let theirs: Row;

beforeAll(async () => {
  bed = await openTestBed(productEntities);
  [company, other] = [await bed.given.organization(), await bed.given.organization()];
  ours = await company.application({ name: 'Ours' });
  theirs = await other.application({ name: 'Theirs' });
});
afterAll(() => bed.close());

/** One transaction in the company. */
async function working<T>(work: (em: EntityManager, tx: Transaction) => Promise<T>): Promise<T> {
  const caller = serverCaller(company.id, 'system', 'test', null);
  return bed.database.inTransaction(caller, (tx) => work(tx.em, tx));
}

async function names(): Promise<unknown[]> {
  const found = await bed.given.sql<{ organization_id: string; name: string }>(
    `select organization_id, name from application where organization_id = any($1) order by name`,
    [[company.id, other.id]],
  );
  return found.map(({ organization_id, name }) => [organization_id, name]);
}
const asGiven = () => [
  [company.id, 'Ours'],
  [other.id, 'Theirs'],
];

describe('a read of entities', () => {
  it('finds the rows of its organization only, by list, by id and by count', async () => {
    await working(async (em) => {
      expect((await em.findAll(Application)).map(({ id }) => id)).toEqual([ours.id]);
      expect(await em.count(Application)).toBe(1);
      expect(await em.findAndCount(Application, { name: 'Theirs' })).toEqual([[], 0]);
      expect(await em.findOne(Application, ours.id)).toMatchObject({ name: 'Ours' });
      expect(await em.findOne(Application, theirs.id)).toBeNull();
      expect(await em.findOne(Application, { id: theirs.id, organizationId: other.id })).toBeNull();
      await expect(em.findOneOrFail(Application, theirs.id)).rejects.toThrow(/not found/);
    });
  });

  it('finds of organizations its own only', async () => {
    await working(async (em) => {
      expect((await em.findAll(Organization)).map(({ id }) => id)).toEqual([company.id]);
      expect(await em.findOne(Organization, other.id)).toBeNull();
    });
  });

  it('refuses to load a reference to a row of another organization', async () => {
    await working(async (em) => {
      const reference = em.getReference(Application, theirs.id);
      expect(await wrap(reference).init()).toBeNull();
    });
  });

  it('fails where nobody has said for which organization', async () => {
    const em = bed.orm.em.fork();
    await expect(em.findAll(Application)).rejects.toThrow(/organization/);
    await expect(em.findOne(Application, ours.id)).rejects.toThrow(/organization/);
    await expect(em.count(Application)).rejects.toThrow(/organization/);
    em.setFilterParams('organization', {});
    expect(await em.findAll(Application).catch(() => [])).toEqual([]);
  });
});

describe('a flush', () => {
  const applicationIn = (organization: GivenOrganization, name: string) => Application.named(organization.id, name);

  it.each<[string, (em: EntityManager) => Promise<unknown>]>([
    ['makes a row in another organization', async (em) => em.persist(applicationIn(other, 'Smuggled'))],
    ['makes another organization', async (em) => em.create(Organization, { slug: 'smuggled', name: 'Smuggled' })],
    [
      'moves a row to another organization',
      async (em) => {
        (await em.findOneOrFail(Application, ours.id)).organizationId = other.id;
      },
    ],
    [
      'changes a row that a former look, past the filter, has loaded',
      async (em) => {
        const loaded = await em.findOneOrFail(Application, theirs.id, { filters: false });
        loaded.name = 'Taken over';
      },
    ],
    [
      'deletes a row that a former look, past the filter, has loaded',
      async (em) => em.remove(await em.findOneOrFail(Application, theirs.id, { filters: false })),
    ],
    [
      'claims a row of another organization for its own',
      async (em) => {
        const loaded = await em.findOneOrFail(Application, theirs.id, { filters: false });
        loaded.organizationId = company.id;
      },
    ],
    [
      'changes what it knows by id alone',
      async (em) => {
        em.getReference(Application, theirs.id).name = 'Taken over';
      },
    ],
    [
      'changes what it knows by id alone and says to be its own',
      async (em) => {
        em.assign(em.getReference(Application, theirs.id), { organizationId: company.id, name: 'Taken over' });
      },
    ],
    ['deletes what it knows by id alone', async (em) => em.remove(em.getReference(Application, theirs.id))],
    [
      'merges a row of another organization',
      async (em) => {
        const merged = em.merge(Application, { id: theirs.id, organizationId: other.id, name: 'Theirs' });
        merged.name = 'Taken over';
      },
    ],
  ])('is refused and writes nothing when it %s', async (_title, work) => {
    await expect(working(work)).rejects.toThrow(/of another organization|never loaded/);
    expect(await names()).toEqual(asGiven());
  });

  it('is refused outside any organization', async () => {
    const em = bed.orm.em.fork();
    em.persist(applicationIn(company, 'Nowhere'));
    await expect(em.flush()).rejects.toThrow(/outside any organization/);
  });

  it('writes rows of its own organization', async () => {
    await working(async (em) => {
      const application = applicationIn(company, 'Passing');
      em.persist(application);
      await em.flush();
      application.description = 'changed';
      await em.flush();
      em.remove(application);
    });
    expect(await names()).toEqual(asGiven());
  });
});

describe('the database', () => {
  it('refuses an entity that refers to a row of another organization', async () => {
    const config = { kind: 'delimited-file', authoritative: false, priority: 1 };
    const smuggled = Connector.of({ organizationId: company.id, id: theirs.id }, 'Smuggled');
    smuggled.configure(config as never);
    await expect(working(async (em) => em.persist(smuggled))).rejects.toThrow(/connector_application_exists/);
  });

  it.each([
    ['connector', () => ({ application_id: theirs.id, name: 'x', name_key: 'x', kind: 'delimited-file', config: {} })],
    ['role_assignment', async () => ({ user_id: (await other.user()).id, role: 'Administrator' })],
    ['session', async () => ({ user_id: (await other.user()).id, credential_version: 1, expires_at: new Date() })],
    ['membership', async () => ({ group_id: newId(), user_id: (await other.user()).id })],
    ['owner', async () => ({ name: 'x', name_key: 'x', user_id: (await other.user()).id })],
    ['owner', async () => ({ name: 'x', name_key: 'x', manager_id: (await other.owner()).id })],
  ])('refuses a row of %s that refers to another organization', async (table, columns) => {
    const row = { id: newId(), organization_id: company.id, ...(await columns()) };
    await expect(bed.given.insert(table, row)).rejects.toThrow(/violates foreign key constraint/);
  });
});
