import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '@app/kernel';
import { SecretBox } from '@app/secrets';
import { principalOf } from '../../../test/support/callers.js';
import type { GivenOrganization, Row } from '../../../test/support/given.js';
import { openTestBed, type TestBed } from '../../../test/support/test-bed.js';
import { type OwnerSearch, OwnerService } from './owner.service.js';

const box = new SecretBox(Buffer.alloc(32, 1));
let bed: TestBed;
let owners: OwnerService;
let here: GivenOrganization;
let elsewhere: GivenOrganization;

beforeAll(async () => {
  bed = await openTestBed();
  owners = new OwnerService(bed.database, box);
  here = await bed.given.organization();
  elsewhere = await bed.given.organization();
});
afterAll(() => bed.close());

const caller = (organization = here) => principalOf(organization.id, ['AUDITOR']);
const names = async (search: Partial<OwnerSearch>, organization = here) =>
  (await owners.search(caller(organization), { limit: 250, ...search })).items.map(({ name }) => name);

async function allPages(search: OwnerSearch, organization: GivenOrganization): Promise<string[]> {
  const seen: string[] = [];
  for (let after: string | undefined; ;) {
    const page = await owners.search(caller(organization), { ...search, after });
    seen.push(...page.items.map(({ id }) => id));
    expect(page.items.length).toBeLessThanOrEqual(search.limit);
    if (!page.hasNextPage) return seen;
    after = page.endCursor!;
  }
}

describe('the list of owners', () => {
  it('has each owner once over all pages, although a bulk load shares its instant', async () => {
    const company = await bed.given.organization();
    const made: Row[] = [];
    for (let i = 0; i < 25; i++) {
      made.push(
        await company.owner({ created_at: `2024-01-09T11:01:00.${i % 3}00Z`, status: i % 2 ? 'active' : 'inactive' }),
      );
    }
    for (const limit of [1, 2, 7, 24, 25, 26, 250]) {
      const seen = await allPages({ limit }, company);
      expect(seen.toSorted()).toEqual(made.map(({ id }) => id).toSorted());
    }
    expect(await allPages({ limit: 3, status: 'active' }, company)).toHaveLength(12);
  });

  it('goes by creation, then id', async () => {
    const company = await bed.given.organization();
    const ids = [newId(), newId()].toSorted();
    await company.owner({ name: 'third', id: ids[0], created_at: '2024-01-02T00:00:00Z' });
    await company.owner({ name: 'second', id: ids[1], created_at: '2024-01-01T00:00:00.001Z' });
    await company.owner({ name: 'first', created_at: '2024-01-01T00:00:00.000Z' });
    expect(await names({}, company)).toEqual(['first', 'second', 'third']);
  });

  it('loses and repeats nobody when owners come and go between pages', async () => {
    const company = await bed.given.organization();
    const made: Row[] = [];
    for (const day of [1, 2, 3, 4]) made.push(await company.owner({ created_at: `2024-01-0${day}T00:00:00Z` }));
    const first = await owners.search(caller(company), { limit: 2 });
    await bed.given.sql('update owner set deleted_at = now() where id = $1', [made[1]!.id]);
    const late = await company.owner();
    const rest = await owners.search(caller(company), { limit: 250, after: first.endCursor! });
    expect(rest.items.map(({ id }) => id)).toEqual([made[2]!.id, made[3]!.id, late.id]);
  });

  it('ends with a cursor unless it is empty', async () => {
    const company = await bed.given.organization();
    expect(await owners.search(caller(company), { limit: 5 })).toEqual({
      items: [],
      hasNextPage: false,
      endCursor: null,
    });
    await company.owner();
    const page = await owners.search(caller(company), { limit: 1 });
    expect(page).toMatchObject({ hasNextPage: false, endCursor: expect.any(String) });
    const after = page.endCursor!;
    expect(await owners.search(caller(company), { limit: 1, after })).toMatchObject({ items: [], endCursor: null });
  });

  it('prints what is stored', async () => {
    const company = await bed.given.organization();
    const { id } = await company.owner({ name: 'Zoë', email: 'Zoe@x.test', created_at: '2024-01-15T10:30:00.120Z' });
    const page = await owners.search(caller(company), { limit: 1 });
    expect(page.items).toEqual([
      {
        id,
        name: 'Zoë',
        email: 'Zoe@x.test',
        department: null,
        title: null,
        owner_type: 'human',
        status: 'active',
        created_at: '2024-01-15T10:30:00.120Z',
      },
    ]);
  });

  it('hides deleted owners', async () => {
    const company = await bed.given.organization();
    await company.owner({ deleted_at: new Date() });
    expect(await names({}, company)).toEqual([]);
  });
});

describe('a cursor', () => {
  it('may be used with another page size and another spelling of the same filters', async () => {
    const company = await bed.given.organization();
    for (let i = 0; i < 3; i++) await company.owner({ department: 'Sales', name: `seller ${i}` });
    const { endCursor } = await owners.search(caller(company), { limit: 1, department: 'Sales', search: ' SELLER ' });
    const rest = { limit: 9, department: 'SALES', search: 'seller', after: endCursor! };
    expect((await owners.search(caller(company), rest)).items).toHaveLength(2);
  });

  it.each<[string, Partial<OwnerSearch>]>([
    ['a search', { search: 'x' }],
    ['a department', { department: 'x' }],
    ['a status', { status: 'active' }],
    ['a type', { ownerType: 'human' }],
  ])('is refused with %s it was not made for', async (_name, filters) => {
    const company = await bed.given.organization();
    await company.owner();
    const { endCursor } = await owners.search(caller(company), { limit: 1 });
    const search = owners.search(caller(company), { limit: 1, after: endCursor!, ...filters });
    await expect(search).rejects.toMatchObject({ code: 'invalid', details: [{ field: 'after' }] });
  });

  it.each(['', 'cursor-token', 'W10', 'A'.repeat(5_000), '\u0000'])('is refused when made up: %j', async (after) => {
    await expect(owners.search(caller(), { limit: 1, after })).rejects.toMatchObject({ code: 'invalid' });
  });

  it('is refused when another server signed it', async () => {
    const company = await bed.given.organization();
    await company.owner();
    const foreign = new OwnerService(bed.database, new SecretBox(Buffer.alloc(32, 2)));
    const { endCursor } = await foreign.search(caller(company), { limit: 1 });
    const search = owners.search(caller(company), { limit: 1, after: endCursor! });
    await expect(search).rejects.toMatchObject({ code: 'invalid' });
  });
});

describe('the filters of the list', () => {
  beforeAll(async () => {
    await here.owner({ name: '100% Müller', email: 'a_b@x.test', department: 'R&D', status: 'inactive' });
    await here.owner({ name: 'Back\\slash', email: 'C@X.test', department: 'Sales', owner_type: 'service' });
    await here.owner({ name: 'Élodie Ó Briain', department: 'Sales Europe', owner_type: 'federated' });
  });

  it.each([
    ['a part of the name, whatever the case', 'MÜLL', ['100% Müller']],
    ['a decomposed letter', 'mu\u0308ller', ['100% Müller']],
    ['a decomposed capital', 'E\u0301LODIE', ['Élodie Ó Briain']],
    ['a part of the e-mail address', 'c@x', ['Back\\slash']],
    ['either of both', 'x.test', ['100% Müller', 'Back\\slash']],
    ['a percent sign, literally', '%', ['100% Müller']],
    ['an underscore, literally', '_', ['100% Müller']],
    ['a backslash, literally', '\\', ['Back\\slash']],
    ['an escaped percent sign, literally', '\\%', []],
    ['blanks around it', '  briain  ', ['Élodie Ó Briain']],
    ['nothing but blanks', '   ', ['100% Müller', 'Back\\slash', 'Élodie Ó Briain']],
    ['an injection', "' or true --", []],
  ])('search for %s', async (_name, search, found) => {
    expect(await names({ search })).toEqual(found);
  });

  it.each<[Partial<OwnerSearch>, string[]]>([
    [{ department: 'SALES' }, ['Back\\slash']],
    [{ department: 'Sale' }, []],
    [{ department: 'Sales%' }, []],
    [{ status: 'inactive' }, ['100% Müller']],
    [{ status: 'active', ownerType: 'federated' }, ['Élodie Ó Briain']],
    [{ ownerType: 'service', search: 'back', department: 'sales', status: 'active' }, ['Back\\slash']],
    [{ ownerType: 'service', status: 'inactive' }, []],
  ])('hold together: %j', async (search, found) => {
    expect(await names(search)).toEqual(found);
  });
});

describe('one owner', () => {
  it('comes complete', async () => {
    const application = await here.application();
    const connector = await here.connector(application);
    const manager = await here.owner();
    const { id } = await here.owner({
      name: 'Jane',
      email: 'jane@x.test',
      alt_email: 'jane@home.test',
      manager_id: manager.id,
      connector_id: connector.id,
      identity_id: 'E-7',
      start_date: '2020-01-15',
      end_date: '2030-12-31',
      metadata: { badge: 7 },
      updated_at: '2024-02-01T10:00:00.001Z',
      created_at: '2024-01-01T00:00:00Z',
    });
    expect(await owners.get(caller(), id.toUpperCase())).toEqual({
      id,
      name: 'Jane',
      email: 'jane@x.test',
      alt_email: 'jane@home.test',
      department: null,
      title: null,
      location: null,
      owner_type: 'human',
      employment_type: null,
      status: 'active',
      manager_id: manager.id,
      identity_id: 'E-7',
      mobile_phone: null,
      phone: null,
      start_date: '2020-01-15',
      end_date: '2030-12-31',
      metadata: { badge: 7 },
      source_id: connector.id,
      created_at: '2024-01-01T00:00:00.000Z',
      updated_at: '2024-02-01T10:00:00.001Z',
    });
  });

  it.each(['', 'account', "' or true", newId(), '\u0000'])('is unknown by the id %j', async (id) => {
    await expect(owners.get(caller(), id)).rejects.toMatchObject({ code: 'not_found' });
    await expect(owners.managerOf(caller(), id)).rejects.toMatchObject({ code: 'not_found' });
  });

  it('is unknown once deleted', async () => {
    const { id } = await here.owner({ deleted_at: new Date() });
    await expect(owners.get(caller(), id)).rejects.toMatchObject({ code: 'not_found' });
    await expect(owners.managerOf(caller(), id)).rejects.toMatchObject({ code: 'not_found' });
  });

  it('has the manager’s complete record, or null', async () => {
    const manager = await here.owner({ name: 'Boss' });
    const { id } = await here.owner({ manager_id: manager.id });
    expect(await owners.managerOf(caller(), id)).toEqual(await owners.get(caller(), manager.id));
    expect(await owners.managerOf(caller(), manager.id)).toBeNull();
    await bed.given.sql('update owner set deleted_at = now() where id = $1', [manager.id]);
    expect(await owners.managerOf(caller(), id)).toBeNull();
  });
});

describe('another organization', () => {
  it('is never seen in lists, by id or as a manager', async () => {
    const stranger = await elsewhere.owner({ name: 'Stranger', email: 'stranger@x.test' });
    await elsewhere.owner({ manager_id: stranger.id });

    expect(await names({ search: 'stranger' })).toEqual([]);
    await expect(owners.get(caller(), stranger.id)).rejects.toMatchObject({ code: 'not_found' });
    await expect(owners.managerOf(caller(), stranger.id)).rejects.toMatchObject({ code: 'not_found' });
    expect(await names({ search: 'stranger' }, elsewhere)).toEqual(['Stranger']);
  });
});
