import type { Response } from 'supertest';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { newId } from '@app/kernel';
import { type Client, TestApi } from '../../support/api.js';
import type { GivenOrganization } from '../../support/given.js';

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const instant = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,3})?Z$/;
const listed = 'created_at,department,email,id,name,owner_type,status,title'.split(',');
const further =
  'alt_email,location,manager_id,employment_type,identity_id,mobile_phone,phone,start_date,end_date,metadata,source_id,updated_at';
const complete = [...listed, ...further.split(',')].toSorted();

let api: TestApi;
let organization: GivenOrganization;
let client: Client;

beforeAll(async () => {
  api = await TestApi.start();
});
afterAll(async () => api.close());
beforeEach(async () => {
  organization = await api.given.organization();
  client = await api.as('AUDITOR', organization);
});

const list = (query: Record<string, string> = {}) =>
  client.get(`/api/v1/owners?${new URLSearchParams(query).toString()}`);
const names = async (query: Record<string, string> = {}): Promise<string[]> =>
  (await list(query).expect(200)).body.owners.map(({ name }: { name: string }) => name);

function expectRefusal({ status, body }: Response, expected: number, code: string): void {
  expect([status, body.error?.code]).toEqual([expected, code]);
  expect(Object.keys(body)).toEqual(['error']);
  expect(body.error.message).toEqual(expect.stringMatching(/\S/));
}

describe('GET /api/v1/owners', () => {
  it('answers the published list form', async () => {
    await organization.owner({
      name: 'John Doe',
      email: 'john.doe@company.com',
      department: 'Engineering',
      title: 'Senior Developer',
    });
    const { body } = await list().expect(200);
    expect(body).toEqual({
      owners: [
        {
          id: expect.stringMatching(uuid),
          name: 'John Doe',
          email: 'john.doe@company.com',
          department: 'Engineering',
          title: 'Senior Developer',
          owner_type: 'human',
          status: 'active',
          created_at: expect.stringMatching(instant),
        },
      ],
      pageInfo: { hasNextPage: false, endCursor: expect.any(String) },
    });
  });

  it('answers an empty page with no cursor', async () => {
    expect((await list().expect(200)).body).toEqual({ owners: [], pageInfo: { hasNextPage: false, endCursor: null } });
  });

  it('hides deleted owners', async () => {
    await organization.owner({ name: 'Gone', deleted_at: new Date() });
    expect(await names()).toEqual([]);
  });

  it('searches name and e-mail address for a literal part, ignoring case', async () => {
    await organization.owner({ name: '100% Ada_Amir\\', email: 'one@example.com' });
    await organization.owner({ name: 'Zoë O’Neil "Zo"', email: 'Two@Example.com' });
    await organization.owner({ name: 'Bo', department: 'ada' });
    const first = ['100% Ada_Amir\\'];
    const second = ['Zoë O’Neil "Zo"'];
    const cases: [string, string[]][] = [
      ['ADA', first],
      ['0% a', first],
      ['%', first],
      ['_', first],
      ['\\', first],
      ['a%a', []],
      ['a_i', []],
      ['two@', second],
      ['TWO@EXAMPLE', second],
      ['zoe\u0308', second],
      ['O’n', second],
      ['"zo"', second],
      ['  bo  ', ['Bo']],
      ["'; drop table owner; --", []],
      ['x'.repeat(200), []],
    ];
    for (const [search, expected] of cases) expect([search, await names({ search })]).toEqual([search, expected]);
    for (const search of ['', '   ']) expect(await names({ search })).toHaveLength(3);
  });

  it('filters by the whole department, by status and by type, and by all of them at once', async () => {
    await organization.owner({ name: 'A', department: 'Sales', status: 'inactive' });
    await organization.owner({ name: 'B', department: 'Sales West', owner_type: 'service' });
    await organization.owner({ name: 'C', department: 'sales', owner_type: 'federated', email: 'c@example.com' });
    expect(await names({ department: 'SALES' })).toEqual(['A', 'C']);
    expect(await names({ department: 'Sale' })).toEqual([]);
    expect(await names({ department: 'sale%' })).toEqual([]);
    expect(await names({ status: 'Inactive' })).toEqual(['A']);
    expect(await names({ status: 'ACTIVE' })).toEqual(['B', 'C']);
    expect(await names({ owner_type: 'Service' })).toEqual(['B']);
    expect(await names({ department: 'sales', status: 'active', owner_type: 'federated', search: 'C@' })).toEqual([
      'C',
    ]);
    expect(await names({ department: 'sales', status: 'inactive', owner_type: 'federated' })).toEqual([]);
    expect(await names({ status: '', department: ' ', owner_type: '' })).toHaveLength(3);
  });

  it('ignores a parameter it does not know', async () => {
    await organization.owner({ name: 'A' });
    expect(await names({ sort: 'name', limit: '0', constructor: 'x' })).toEqual(['A']);
  });

  it('pages in the order owners were made, losing and repeating none while others come and go', async () => {
    const instantOfAll = new Date('2026-01-01T00:00:00.123Z');
    const made = [];
    for (let i = 0; i < 7; i++) made.push((await organization.owner({ name: `N${i}`, created_at: instantOfAll })).id);
    const seen: string[] = [];
    let after: string | null = null;
    for (const first of [2, 1, 3, 50]) {
      const { body }: Response = await list({ first: String(first), ...(after !== null && { after }) }).expect(200);
      seen.push(...body.owners.map(({ id }: { id: string }) => id));
      expect(body.pageInfo.hasNextPage).toBe(seen.length < 7);
      after = body.pageInfo.endCursor;
      if (seen.length === 2) {
        await organization.owner({ name: 'Late, but made before', created_at: new Date('2020-01-01') });
        await api.given.sql('update owner set deleted_at = now() where id = $1', [made[1]]);
      }
    }
    expect(seen).toEqual([...made].toSorted());
    expect((await list({ after: after! }).expect(200)).body).toEqual({
      owners: [],
      pageInfo: { hasNextPage: false, endCursor: null },
    });
  });

  it('shows 50 a page unless told, and at most 250', async () => {
    await api.given.sql(
      `insert into owner (organization_id, id, name, name_key) select $1, new_id(), 'n' || i, 'n' || i from generate_series(1, 251) i`,
      [organization.id],
    );
    expect(await names()).toHaveLength(50);
    const { body } = await list({ first: '250' }).expect(200);
    expect([body.owners.length, body.pageInfo.hasNextPage]).toEqual([250, true]);
  });

  it('takes a cursor for no other query', async () => {
    await organization.owner({ name: 'A', department: 'X' });
    const { endCursor } = (await list({ department: 'x' }).expect(200)).body.pageInfo;
    await list({ department: 'X', first: '7', after: endCursor }).expect(200);
    for (const other of [{}, { department: 'y' }, { department: 'x', status: 'active' }, { search: 'x' }]) {
      expectRefusal(await list({ ...other, after: endCursor }), 400, 'VALIDATION_ERROR');
    }
    expectRefusal(await list({ department: 'x', after: `A${endCursor.slice(1)}` }), 400, 'VALIDATION_ERROR');
    expectRefusal(await list({ department: 'x', after: endCursor.slice(0, -4) }), 400, 'VALIDATION_ERROR');
  });

  it.each([
    ['first', '0'],
    ['first', '251'],
    ['first', '-1'],
    ['first', '1.5'],
    ['first', '1e3'],
    ['first', '0x10'],
    ['first', ' 5 '],
    ['first', '+5'],
    ['first', '９'],
    ['first', 'ten'],
    ['first', ''],
    ['first', '99999999999999999999'],
    ['first', 'NaN'],
    ['after', 'garbage'],
    ['after', ''],
    ['after', 'eyJ2IjoxfQ'],
    ['after', 'x'.repeat(2_000)],
    ['status', 'retired'],
    ['status', 'active,inactive'],
    ['owner_type', 'robot'],
    ['owner_type', '__proto__'],
    ['search', 'x'.repeat(201)],
    ['department', 'x'.repeat(257)],
    ['search', 'a\u0000b'],
    ['department', '\u0000'],
  ])('refuses %s=%.30s', async (name, value) => {
    const response = await list({ [name]: value });
    expectRefusal(response, 400, 'VALIDATION_ERROR');
  });

  it.each(['search', 'department', 'status', 'owner_type', 'first', 'after'])(
    'refuses %s given twice',
    async (name) => {
      const response = await client.get(`/api/v1/owners?${name}=1&${name}=2`);
      expectRefusal(response, 400, 'VALIDATION_ERROR');
      expect(response.body.error.details).toEqual([{ field: name, message: expect.stringContaining(name) }]);
    },
  );

  it.each([
    'search=%',
    'search=%zz',
    'search=%ED%A0%80',
    'search[a]=1',
    'search[]=1',
    '__proto__=1',
    '=',
    '&&&',
    '?a',
    'a=%00',
  ])('answers ?%s without breaking', async (query) =>
    expect([200, 400]).toContain((await client.get(`/api/v1/owners?${query}`)).status),
  );

  it('names every bad parameter', async () => {
    const { body } = await list({ first: 'x', status: 'y' }).expect(400);
    expect(body.error.details.map(({ field }: { field: string }) => field).toSorted()).toEqual(['first', 'status']);
  });
});

describe('GET /api/v1/owners/{id}', () => {
  it('answers the complete form', async () => {
    const boss = await organization.owner({ name: 'Jane Manager' });
    const feed = await organization.connector(await organization.application());
    const { id } = await organization.owner({
      name: 'John Doe',
      email: 'John.Doe@company.com',
      alt_email: 'jdoe@personal.com',
      department: 'Engineering',
      title: 'Senior Developer',
      location: 'New York',
      manager_id: boss.id,
      employment_type: 'Employee',
      identity_id: 'user-123',
      mobile_phone: '+1-555-0123',
      phone: '+1-555-0199',
      start_date: '2020-01-15',
      end_date: '2030-12-31',
      metadata: { cost_centre: 'X1', level: 7 },
      connector_id: feed.id,
    });
    const { body } = await client.get(`/api/v1/owners/${id}`).expect(200);
    expect(Object.keys(body).toSorted()).toEqual(complete);
    expect(body).toMatchObject({
      id,
      email: 'John.Doe@company.com',
      manager_id: boss.id,
      start_date: '2020-01-15',
      end_date: '2030-12-31',
      metadata: { cost_centre: 'X1', level: 7 },
      source_id: feed.id,
      created_at: expect.stringMatching(instant),
      updated_at: expect.stringMatching(instant),
    });
    const [summary] = (await list({ search: 'john' }).expect(200)).body.owners;
    expect(Object.keys(summary).toSorted()).toEqual(listed);
    expect(body).toMatchObject(summary);
  });

  it('prints what is unknown as null, and metadata as an object', async () => {
    const { id } = await organization.owner({ name: 'Bare' });
    const { body } = await client.get(`/api/v1/owners/${id}`).expect(200);
    const { metadata, ...rest } = body;
    expect(metadata).toEqual({});
    expect(Object.values(rest).filter((value) => value === null)).toHaveLength(complete.length - 7);
  });

  it.each([
    '',
    '/accounts',
    '/manager',
    '/direct-reports',
    '/roles',
    '/audit-trail',
    '/statistics',
    '/risk-assessment',
  ])('answers 404 for %s of nobody', async (tail) => {
    const gone = await organization.owner({ deleted_at: new Date() });
    const bodies = [];
    for (const id of [
      newId(),
      gone.id,
      'own-123',
      '1',
      'undefined',
      '%00',
      'x'.repeat(400),
      '..%2f..',
      '%F0%9F%98%80',
    ]) {
      const response = await client.get(`/api/v1/owners/${id}${tail}`);
      expectRefusal(response, 404, 'NOT_FOUND');
      bodies.push(response.body.error.message);
    }
    expect(bodies.slice(0, 5)).toEqual(Array(5).fill(bodies[0]));
  });

  it('takes an id in capitals for the same owner', async () => {
    const { id } = await organization.owner();
    expect((await client.get(`/api/v1/owners/${id.toUpperCase()}`).expect(200)).body.id).toBe(id);
  });
});

describe('GET /api/v1/owners/{id}/accounts', () => {
  it('lists what the owner owns, by application, name and id, with the posture behind every figure', async () => {
    const owner = await organization.owner();
    const [payroll, crm] = [
      await organization.application({ name: 'payroll' }),
      await organization.application({ name: 'CRM' }),
    ];
    const [feed, other] = [await organization.connector(payroll), await organization.connector(crm)];
    await organization.account(feed, owner, { name: 'b', disabled: true, locked: true });
    await organization.account(feed, owner, { name: 'A', locked: true, email: 'a@example.com' });
    await organization.account(other, owner, {
      name: 'z',
      mfa_enabled: true,
      failed_logins: 4,
      failed_logins_at: new Date(),
    });
    await organization.account(feed, owner, { name: 'gone', deleted_at: new Date() });
    const shared = await organization.account(feed, await organization.owner(), { name: 'shared' });
    await api.given.insert('account_co_user', {
      organization_id: organization.id,
      account_id: shared.id,
      owner_id: owner.id,
    });

    const { body } = await client.get(`/api/v1/owners/${owner.id}/accounts`).expect(200);
    expect(body.count).toBe(3);
    const told = body.accounts.map((a: Record<string, unknown>) => [a['application'], a['name'], a['status']]);
    expect(told).toEqual([
      ['CRM', 'z', 'active'],
      ['payroll', 'A', 'locked'],
      ['payroll', 'b', 'disabled'],
    ]);
    expect(body.accounts[0]).toEqual({
      id: expect.stringMatching(uuid),
      name: 'z',
      email: null,
      application: 'CRM',
      status: 'active',
      created_at: expect.stringMatching(instant),
      last_login_at: null,
      mfa_enabled: true,
      password_enabled: true,
      password_last_set_at: null,
      privileged: false,
      vaulted: false,
      shared: false,
      breached: false,
      failed_logins_last_hour: 4,
      in_privileged_group: false,
      in_highly_privileged_group: false,
      has_highly_privileged_role: false,
      group_deviation: false,
    });
    expect(body.accounts[1]).toMatchObject({ email: 'a@example.com', mfa_enabled: null });
  });

  it('answers an empty list for an owner of nothing', async () => {
    const { id } = await organization.owner();
    expect((await client.get(`/api/v1/owners/${id}/accounts`).expect(200)).body).toEqual({ accounts: [], count: 0 });
  });
});
