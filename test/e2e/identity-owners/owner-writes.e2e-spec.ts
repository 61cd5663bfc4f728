import type { Response } from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '@app/kernel';
import { type BusinessRole, BusinessRoles } from '@app/owners';
import { type Client, TestApi } from '../../support/api.js';
import { principalOf } from '../../support/callers.js';
import { rawRequest } from '../../support/http/raw-request.js';

const path = '/api/v1/owners';
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const instant = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);

let api: TestApi;
let admin: Client;

beforeAll(async () => {
  api = await TestApi.start();
  admin = await api.as('Administrator');
});
afterAll(async () => api.close());

let serial = 0;
const someone = (fields: object = {}) => ({ name: 'Ada', email: `ada${++serial}@example.com`, ...fields });
type Owner = { id: string; email: string; updated_at: string } & Record<string, unknown>;
const made = async (fields: object = {}): Promise<Owner> =>
  (await admin.post(path).send(someone(fields)).expect(201)).body;
const put = (id: string, body: object) => admin.put(`${path}/${id}`).send(body);
const trail = async (id: string): Promise<{ action: string; before?: unknown; after?: unknown; actor: object }[]> =>
  (await admin.get(`/api/v1/audit-events?filter[subjectId][EQ]=${id}`).expect(200)).body.data;

const sorted = (answers: readonly Response[]) => answers.map(({ status }) => status).toSorted((a, b) => a - b);

function expectRefusal({ status, body }: Response, expected: number, code: string, field?: string): void {
  const fields: string[] = (body.error?.details ?? []).map((detail: { field: string }) => detail.field);
  const named = field === undefined || fields.includes(field) ? field : fields;
  expect([status, body.error?.code, named]).toEqual([expected, code, field]);
  expect(body.error.message).toEqual(expect.stringMatching(/\S/));
}

describe('POST /api/v1/owners', () => {
  it('takes the published example, and answers the complete owner and where he is', async () => {
    const body = {
      name: 'Jane Smith',
      email: 'jane.smith@company.com',
      department: 'Finance',
      title: 'Financial Analyst',
      owner_type: 'human',
    };
    const answer = await admin.post(path).send(body).expect(201);
    expect(answer.body).toEqual({
      ...body,
      id: expect.stringMatching(uuid),
      status: 'active',
      created_at: instant,
      alt_email: null,
      location: null,
      manager_id: null,
      employment_type: null,
      identity_id: null,
      mobile_phone: null,
      phone: null,
      start_date: null,
      end_date: null,
      metadata: {},
      source_id: null,
      updated_at: instant,
    });
    expect(answer.headers['location']).toBe(`${path}/${answer.body.id}`);
    expect((await admin.get(answer.headers['location']!).expect(200)).body).toEqual(answer.body);
    expect(await trail(answer.body.id)).toMatchObject([
      { action: 'owner.created', after: body, actor: { id: admin.user.id } },
    ]);
    const roles: BusinessRole[] = await api.app
      .get(BusinessRoles, { strict: false })
      .rolesOf(principalOf(api.organization.id, ['AUDITOR']), answer.body.id);
    expect(roles).toMatchObject([{ name: 'Finance - Financial Analyst' }]);
  });

  it('takes every writable field, trimmed, and words in whatever letters', async () => {
    const manager = await made();
    const fields = {
      name: '  Zoe\u0308 ',
      alt_email: ' z@home.example ',
      department: ' R&D ',
      title: 'Boss',
      location: 'New York',
      owner_type: 'Federated',
      employment_type: 'Contractor',
      status: 'INACTIVE',
      manager_id: manager.id.toUpperCase(),
      identity_id: 'E-1',
      mobile_phone: '+1-555-0123',
      phone: '+1-555-0199',
      start_date: '2020-01-15',
      end_date: '2020-01-15',
      metadata: { cost_center: 'CC-7', grade: 7.5, remote: true, nothing: null },
    };
    expect(await made(fields)).toMatchObject({
      ...fields,
      name: 'Zo\u00eb',
      alt_email: 'z@home.example',
      department: 'R&D',
      owner_type: 'federated',
      status: 'inactive',
      manager_id: manager.id,
      metadata: { cost_center: 'CC-7', grade: 7.5, remote: true },
    });
  });

  it('needs no address of a service, and takes null for what has no value', async () => {
    const answer = await admin.post(path).send({ name: 'Backup', owner_type: 'service', email: null, title: null });
    expect([answer.status, answer.body.email]).toEqual([201, null]);
    expectRefusal(await admin.post(path).send({ name: 'Bo' }), 400, 'VALIDATION_ERROR', 'email');
    expectRefusal(await admin.post(path).send({ name: 'Bo', email: null }), 400, 'VALIDATION_ERROR', 'email');
  });

  it('lets one of eight have an address, whatever its letters', async () => {
    const eight = await Promise.all(
      Array.from({ length: 8 }, (_, i) =>
        admin.post(path).send({ name: 'Eve', email: i % 2 ? 'eve@example.com' : 'EVE@Example.com' }),
      ),
    );
    expect(sorted(eight)).toEqual([201, ...Array<number>(7).fill(409)]);
    for (const answer of eight.filter(({ status }) => status === 409)) expectRefusal(answer, 409, 'CONFLICT');
  });

  it('is found by searches for what was written', async () => {
    const owner = await made({ location: 'KÖLN', metadata: { cost: 'ÄB-9' } });
    for (const [field, value] of [
      ['location', 'köln'],
      ['metadata.cost', 'äb-9'],
    ]) {
      const query = { field_queries: [{ field, operator: 'equals', value }] };
      const { body } = await admin.post(`${path}/search`).send(query).expect(200);
      expect(body.owners.map(({ id }: { id: string }) => id)).toEqual([owner.id]);
    }
  });
});

describe('PUT /api/v1/owners/{id}', () => {
  it('changes what is named alone, later each time, and tells it once', async () => {
    const owner = await made({ department: 'Sales', title: 'Clerk' });
    const { body } = await put(owner.id, { title: 'Boss', department: null }).expect(200);
    expect(body).toEqual({ ...owner, title: 'Boss', department: null, updated_at: expect.any(String) });
    expect(body.updated_at > owner.updated_at).toBe(true);
    const told = (await trail(owner.id)).filter(({ action }) => action === 'owner.updated');
    expect(told).toMatchObject([
      { before: { title: 'Clerk', department: 'Sales' }, after: { title: 'Boss', department: null } },
    ]);
  });

  it('of nothing is 200 and changes nothing', async () => {
    const owner = await made();
    for (const body of [{}, { name: owner['name'] }, { metadata: {} }]) {
      expect((await put(owner.id, body).expect(200)).body).toEqual(owner);
    }
    expect(await trail(owner.id)).toHaveLength(1);
  });

  it('changes metadata by key', async () => {
    const owner = await made({ metadata: { a: 1, b: 'x' } });
    expect((await put(owner.id, { metadata: { b: null, c: false } }).expect(200)).body.metadata).toEqual({
      a: 1,
      c: false,
    });
  });

  it.each(['name', 'owner_type', 'status', 'metadata', 'email'])('has no %s of null', async (field) => {
    const owner = await made();
    expectRefusal(await put(owner.id, { [field]: null }), 400, 'VALIDATION_ERROR', field);
    expect((await admin.get(`${path}/${owner.id}`)).body).toEqual(owner);
  });

  it.each([
    'alt_email',
    'department',
    'title',
    'location',
    'employment_type',
    'manager_id',
    'identity_id',
    'mobile_phone',
    'phone',
    'start_date',
    'end_date',
  ])('takes %s away with null', async (field) => {
    const manager = await made();
    const text = { department: 'a', title: 'b', location: 'c', employment_type: 'd', identity_id: 'e', phone: '1' };
    const rest = { mobile_phone: '2', alt_email: 'a@b', start_date: '2020-01-01', end_date: '2020-01-02' };
    const owner = await made({ ...text, ...rest, manager_id: manager.id });
    expect((await put(owner.id, { [field]: null }).expect(200)).body[field]).toBeNull();
  });

  it('refuses an address that somebody has, and a manager who reports to the owner', async () => {
    const [one, two] = [await made(), await made()];
    expectRefusal(await put(one.id, { email: two.email.toUpperCase() }), 409, 'CONFLICT');
    await put(two.id, { manager_id: one.id }).expect(200);
    for (const id of [one.id, two.id, newId(), 'x']) {
      expectRefusal(await put(one.id, { manager_id: id }), 400, 'VALIDATION_ERROR', 'manager_id');
    }
    const [three, four] = [await made(), await made()];
    const both = await Promise.all([put(three.id, { manager_id: four.id }), put(four.id, { manager_id: three.id })]);
    expect(sorted(both)).toEqual([200, 400]);
  });

  it('refuses an end before the start, also where only one of them is named', async () => {
    const owner = await made({ start_date: '2020-06-01', end_date: '2021-06-01' });
    for (const body of [
      { start_date: '2021-06-02' },
      { end_date: '2020-05-31' },
      { start_date: '2020-02-01', end_date: '2020-01-01' },
    ]) {
      expectRefusal(await put(owner.id, body), 400, 'VALIDATION_ERROR', 'end_date');
    }
    await put(owner.id, { start_date: '2022-01-01', end_date: '2022-01-01' }).expect(200);
  });

  it('knows nobody by another id', async () => {
    for (const id of [newId(), 'x', 'accounts', 'search', 'sync']) {
      const answer = await put(id, { title: 'x' });
      expect([id, [404, 405].includes(answer.status)]).toEqual([id, true]);
    }
  });
});

describe('DELETE /api/v1/owners/{id}', () => {
  it('is 204 and empty, and 404 from then on', async () => {
    const owner = await made();
    const answer = await admin.delete(`${path}/${owner.id}`).expect(204);
    expect(answer.text).toBe('');
    expectRefusal(await admin.delete(`${path}/${owner.id}`), 404, 'NOT_FOUND');
    expectRefusal(await admin.get(`${path}/${owner.id}`), 404, 'NOT_FOUND');
    expectRefusal(await put(owner.id, {}), 404, 'NOT_FOUND');
    expectRefusal(await admin.get(`${path}/${owner.id}/statistics`), 404, 'NOT_FOUND');
    await made({ email: owner.email });
  });

  it('leaves his accounts to nobody in every list', async () => {
    const { organization } = api;
    const connector = await organization.connector(await organization.application());
    const boss = await organization.owner({ name: 'Boss', email: 'boss@example.com' });
    const account = await organization.account(connector, boss, { name: 'root' });
    await admin.delete(`${path}/${boss.id}`).expect(204);
    const { body } = await admin.get(`/accounts/${account.id}`).expect(200);
    expect([body.identityId, body.uncorrelated]).toEqual([null, true]);
    const counted = await admin.get(
      `/accounts?count=true&filters=${encodeURIComponent(`sourceId eq "${connector.id}" and uncorrelated eq true`)}`,
    );
    expect(counted.headers['x-total-count']).toBe('1');
  });

  it('takes from his user at once what he read as this owner', async () => {
    const user = await api.as([]);
    const owner = await made();
    await api.given.sql('update owner set user_id = $2 where id = $1', [owner.id, user.user.id]);
    await user.get(`${path}/${owner.id}`).expect(200);
    await admin.delete(`${path}/${owner.id}`).expect(204);
    expectRefusal(await user.get(`${path}/${owner.id}`), 403, 'FORBIDDEN');
    expect((await trail(user.user.id)).map(({ action }) => action)).toContain('user.ownerReleased');
  });
});

describe('POST /api/v1/owners/{id}/restore', () => {
  it('answers the complete owner as he was', async () => {
    const owner = await made({ department: 'Sales', metadata: { a: 1 } });
    await admin.delete(`${path}/${owner.id}`).expect(204);
    const { body } = await admin.post(`${path}/${owner.id}/restore`).expect(200);
    expect(body).toEqual({ ...owner, updated_at: instant });
    expect((await admin.get(`${path}/${owner.id}`).expect(200)).body).toEqual(body);
    await admin.get(`${path}/${owner.id}/statistics`).expect(200);
    expect((await trail(owner.id)).map(({ action }) => action)).toContain('owner.restored');
  });

  it('is 409 for one who is here or whose address somebody has by now, and 404 for nobody', async () => {
    const owner = await made();
    expectRefusal(await admin.post(`${path}/${owner.id}/restore`), 409, 'CONFLICT');
    await admin.delete(`${path}/${owner.id}`).expect(204);
    const other = await made({ email: owner.email.toUpperCase() });
    expectRefusal(await admin.post(`${path}/${owner.id}/restore`), 409, 'CONFLICT');
    await put(other.id, { email: 'free@example.com' }).expect(200);
    await admin.post(`${path}/${owner.id}/restore`).expect(200);
    for (const id of [newId(), 'x']) expectRefusal(await admin.post(`${path}/${id}/restore`), 404, 'NOT_FOUND');
  });
});

describe('the order of refusals', () => {
  it('is the right, then the body, then whether there is such an owner', async () => {
    const auditor = await api.as('ORG_ADMIN');
    expectRefusal(await auditor.put(`${path}/${newId()}`).send({ name: 1 }), 403, 'FORBIDDEN');
    expectRefusal(await api.client().post(path).send({ name: 1 }), 401, 'UNAUTHORIZED');
    expectRefusal(await put(newId(), { name: 1 }), 400, 'VALIDATION_ERROR', 'name');
    expectRefusal(await put(newId(), {}), 404, 'NOT_FOUND');
  });

  it.each([
    ['email', { email: 'nobody' }],
    ['name', { name: ' ' }],
    ['title', { title: 'x'.repeat(10_000) }],
    ['start_date', { start_date: '2024-02-30' }],
    ['end_date', { start_date: '2024-03-01', end_date: '2024-02-01' }],
    ['metadata', { metadata: { 'a key': 1 } }],
    ['metadata.cost', { metadata: { cost: [] } }],
  ])('is a bad %s, then whether there is such an owner', async (field, body) => {
    const gone = await made();
    await admin.delete(`${path}/${gone.id}`).expect(204);
    for (const id of [newId(), gone.id]) expectRefusal(await put(id, body), 400, 'VALIDATION_ERROR', field);
  });

  it('is whether there is such an owner before all that only he could be judged by', async () => {
    for (const body of [{ email: null }, { end_date: '1990-01-01' }, { owner_type: 'human' }, { title: 'Clerk' }]) {
      expectRefusal(await put(newId(), body), 404, 'NOT_FOUND');
    }
  });
});

/** A body as its bytes, for what no object can say. */
async function sent(method: 'POST' | 'PUT', target: string, body: string, type = 'application/json'): Promise<number> {
  const head = [`${method} ${target} HTTP/1.1`, 'host: x', 'connection: close', `authorization: Bearer ${admin.token}`];
  const length = `content-length: ${Buffer.byteLength(body)}`;
  const request = `${[...head, `content-type: ${type}`, length].join('\r\n')}\r\n\r\n${body}`;
  return Number((await rawRequest(api.server, request)).slice(9, 12));
}

/** Neither makes an owner nor changes one. */
async function expectNothingDone(status: number, body: string, type?: string): Promise<void> {
  const owner = await made();
  const before = await countOwners();
  expect(await sent('POST', path, body, type)).toBe(status);
  expect(await sent('PUT', `${path}/${owner.id}`, body, type)).toBe(status);
  expect(await countOwners()).toBe(before);
  expect((await admin.get(`${path}/${owner.id}`).expect(200)).body).toEqual(owner);
}

const countOwners = async () => (await api.given.sql<{ n: number }>('select count(*)::int as n from owner'))[0]!.n;
const text = JSON.stringify(someone());
const withField = (field: string) => `{"name":"Ada","email":"x@example.com",${field}}`;

describe('a body that is not one', () => {
  it.each([
    ['nothing', '', 400],
    ['no JSON', '{', 400],
    ['null', 'null', 400],
    ['a text', '"Ada"', 400],
    ['a list', `[${text}]`, 400],
    ['an unknown field', withField('"role":"Administrator"'), 400],
    ['a prototype', withField('"__proto__":{"admin":true}'), 400],
    ['a constructor', withField('"constructor":{"prototype":{}}'), 400],
    ['a prototype in metadata', withField('"metadata":{"__proto__":1}'), 400],
    ['a constructor in metadata', withField('"metadata":{"constructor":1}'), 400],
    ['U+0000', withField('"title":"a\\u0000b"'), 400],
    ['U+0000 in a key', withField('"metadata":{"a\\u0000":1}'), 400],
    ['a lone surrogate', withField('"title":"\\ud800"'), 400],
    ['a lone surrogate in metadata', withField('"metadata":{"a":"\\udc00"}'), 400],
    ['a control character', withField('"title":"a\\u0007"'), 400],
    ['a list for a text', withField('"title":["Boss"]'), 400],
    ['an object for a text', withField('"title":{"en":"Boss"}'), 400],
    ['a number for a text', withField('"title":7'), 400],
    ['a truth for a status', withField('"status":true'), 400],
    ['an unknown status', withField('"status":"retired"'), 400],
    ['an unknown type', withField('"owner_type":"robot"'), 400],
    ['a list for metadata', withField('"metadata":[1]'), 400],
    ['a text for metadata', withField('"metadata":"a"'), 400],
    ['an object in metadata', withField('"metadata":{"a":{"b":1}}'), 400],
    ['a list in metadata', withField('"metadata":{"a":[1]}'), 400],
    ['a number too large for one', withField('"metadata":{"a":1e999}'), 400],
    ['a key of metadata that no search knows', withField('"metadata":{"a b":1}'), 400],
    ['too many keys', withField(`"metadata":{${Array.from({ length: 101 }, (_, i) => `"k${i}":1`).join()}}`), 400],
    ['deep nesting', withField(`"metadata":${'{"a":'.repeat(2_000)}1${'}'.repeat(2_000)}`), 400],
    ['deep lists', `${'['.repeat(5_000)}${']'.repeat(5_000)}`, 400],
    ['a day there is not', withField('"start_date":"2021-02-29"'), 400],
    ['a time for a day', withField('"start_date":"2021-02-28T00:00:00Z"'), 400],
    ['a number for a day', withField('"start_date":20210228'), 400],
    ['a long text', withField(`"title":"${'x'.repeat(257)}"`), 400],
    ['a very long text', withField(`"title":"${'x'.repeat(500_000)}"`), 400],
  ])('is refused with %s', async (_what, body, status) => {
    await expectNothingDone(status, body);
  });

  it('is refused with ten megabytes', async () => {
    const large = JSON.stringify(someone({ title: 'x'.repeat(10_000_000) }));
    const { id } = await made();
    for (const request of [admin.post(path), admin.put(`${path}/${id}`)]) {
      expectRefusal(await request.type('json').send(large), 413, 'PAYLOAD_TOO_LARGE');
    }
  });

  it.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=b',
    'application/xml',
    'text/csv',
  ])('is refused as %s', async (type) => {
    await expectNothingDone(415, text, type);
  });
});

describe('a column of the table', () => {
  const writable = new Set(
    `name email alt_email department title location owner_type employment_type status manager_id identity_id mobile_phone
     phone start_date end_date metadata`.split(/\s+/),
  );

  it('that is not published as writable is an unknown field, under every spelling', async () => {
    const owner = await made();
    const columns = await api.given.sql<{ name: string }>(
      `select column_name as name from information_schema.columns where table_schema = 'public' and table_name = 'owner'`,
    );
    expect(columns.length).toBeGreaterThan(30);
    const camel = (name: string) => name.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
    const closed = columns
      .flatMap(({ name }) => (writable.has(name) ? [] : [name]))
      .concat('source_id', 'user', 'role');
    for (const field of new Set([...closed, ...closed.map(camel), ...[...writable].map(camel)])) {
      if (writable.has(field)) continue;
      expectRefusal(await admin.post(path).send(someone({ [field]: 'x' })), 400, 'VALIDATION_ERROR', field);
      expectRefusal(await put(owner.id, { [field]: 'x' }), 400, 'VALIDATION_ERROR', field);
    }
    expect((await admin.get(`${path}/${owner.id}`).expect(200)).body).toEqual(owner);
  });
});

describe('writes at the same moment', () => {
  it('of one owner each find what the one before left, and none is lost', async () => {
    const owner = await made();
    const fields = ['title', 'department', 'location', 'phone', 'mobile_phone', 'employment_type'];
    const answers = await Promise.all([
      ...fields.map((field) => put(owner.id, { [field]: field })),
      ...fields.map((field) => put(owner.id, { metadata: { [field]: field } })),
    ]);
    expect(answers.map(({ status }) => status)).toEqual(Array<number>(12).fill(200));
    const { body } = await admin.get(`${path}/${owner.id}`).expect(200);
    const expected = Object.fromEntries(fields.map((field) => [field, field]));
    expect(body).toMatchObject({ ...expected, metadata: expected });
    expect(new Set(answers.map((answer) => answer.body.updated_at)).size).toBe(12);
  });

  it('of links and deletions leave no account with whoever is gone', async () => {
    const { organization } = api;
    const connector = await organization.connector(await organization.application());
    for (let i = 0; i < 4; i++) {
      const owner = await made();
      const rows: object[] = [];
      for (let n = 0; n < 4; n++) {
        rows.push({ accountId: (await organization.account(connector)).id, identityId: owner.id });
      }
      const [, deleted] = await Promise.all([
        admin.post('/accounts/correlate').send(rows),
        admin.delete(`${path}/${owner.id}`),
      ]);
      expect(deleted.status).toBe(204);
      const left = await api.given.sql('select id from account where owner_id = $1', [owner.id]);
      expect(left).toEqual([]);
    }
  });
});
