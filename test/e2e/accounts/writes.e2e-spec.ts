import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '@app/kernel';
import { type Client, TestApi } from '../../support/api.js';
import { Feed } from '../../support/feed.js';
import type { Row } from '../../support/given.js';
import { brokenInvariants } from '../../support/invariants.js';
import { Trail } from '../../support/trail.js';
import { AccountCalls, header, messagesOf, systemOf, type WireAccount } from '../../support/writes-company.js';

let api: TestApi;
let admin: Client;
let accounts: AccountCalls;
let trail: Trail;
let feed: Feed;
let ada: Row;
let bob: Row;

const rows = [
  'ada,Ada Amir,ada@example.com,E1,false,false,2026-01-01T08:00:00Z,staff|admins,Board',
  'bob,Bob,bob@example.com,E2,true,true,,staff,',
  'svc,Service,,,false,false,,,',
];

beforeAll(async () => {
  api = await TestApi.start();
  admin = await api.as('Administrator');
  accounts = new AccountCalls(admin);
  trail = new Trail(api.given, api.organization.id);
  ada = await api.organization.owner({ name: 'Ada Amir', email: 'ada@example.com', identity_id: 'E1' });
  bob = await api.organization.owner({ name: 'Bob', email: 'bob@example.com', identity_id: 'E2' });
  feed = await systemOf(api, admin);
  await read();
});
afterAll(() => api.close());

/** Every figure, link and event must be what counting anew gives, whatever was written. */
async function expectInOrder(): Promise<void> {
  const broken = await brokenInvariants(api.given, api.organization);
  expect(broken.filter((sentence) => !/has no statistics/.test(sentence))).toEqual([]);
}

async function read(...more: string[]): Promise<void> {
  expect((await feed.sync([header, ...rows, ...more].join('\n')))['state']).toBe('succeeded');
}

let serial = 0;
/** An account of its own, made by a request. */
async function made(attributes: object = {}): Promise<WireAccount> {
  const login = `made-${++serial}`;
  await accounts.done(await create({ login, ...attributes }));
  return accounts.named(login);
}

const create = (attributes: object) =>
  accounts.post('/accounts', { attributes: { sourceId: feed.connectorId, ...attributes } });

const numbered = (count: number, value = 'x') =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`a${i}`, value] as const));

describe('POST /accounts', () => {
  it('makes an account that is read like a row of its file, and correlated at once', async () => {
    await trail.mark();
    const given = { login: 'carl', 'full name': 'Carl', staff: 'e1', off: 'yes', 'last seen': '2026-02-03' };
    const task = await accounts.done(
      await create({ ...given, groups: 'staff|admins|new group', Department: 'Sales', city: 'Cairo' }),
    );
    expect([task.completionStatus, messagesOf(task)]).toEqual(['SUCCESS', ['made_here_only']]);
    const account = await accounts.named('carl');
    expect(account).toMatchObject({
      id: task.attributes['accountId'],
      name: 'Carl',
      disabled: true,
      identityId: ada.id,
      manuallyCorrelated: false,
      hasEntitlements: true,
      origin: 'PROVISIONED',
      attributes: { department: 'Sales', city: 'Cairo' },
    });
    const events = await trail.events();
    expect(events.map(({ action, subject_id }) => [action, subject_id])).toEqual([
      ['account.created', account.id],
      ['account.correlated', account.id],
      ['owner.accountAdded', ada.id],
    ]);
    expect(events[0]).toMatchObject({ actor_id: admin.user.id, request_id: expect.any(String) });
    const { body } = await admin.get(`/api/v1/owners/${ada.id}/accounts`).expect(200);
    expect(body.accounts.find(({ id }: Row) => id === account.id)).toMatchObject({ privileged: true });
    await expectInOrder();
  });

  it.each([
    ['id', { id: 'by id', userName: 'not this' }, 'by id', 'by id'],
    ['userName', { userName: 'by user name', displayName: 'D' }, 'by user name', 'by user name'],
  ])('names it by %s where its column is not given', async (_, given, nativeIdentity, name) => {
    await accounts.done(await create(given));
    expect(await accounts.named(nativeIdentity)).toMatchObject({ name, attributes: given });
  });

  it.each([
    [{ id: 'n1', name: 'By name', displayName: 'Not this' }, 'By name'],
    [{ id: 'n2', displayName: 'By display name' }, 'By display name'],
    [{ id: 'n3' }, 'n3'],
  ])('calls it after %o where no column is its name', async (given, name) => {
    const plain = await feedOf('Plain ' + given.id, { login: 'nativeIdentity' });
    await accounts.done(await accounts.post('/accounts', { attributes: { sourceId: plain.connectorId, ...given } }));
    expect(await accounts.named(given.id)).toMatchObject({ name, nativeIdentity: given.id });
  });

  it('takes numbers and truths as texts, and null as nothing', async () => {
    await accounts.done(await create({ id: 4711, off: true, badge: 12.5, vip: false, mail: null, note: null }));
    expect(await accounts.named('4711')).toMatchObject({
      disabled: true,
      attributes: { id: '4711', badge: '12.5', vip: 'false' },
    });
  });

  it('changes one that is there by what is said, and leaves the rest', async () => {
    const { id } = await made({ 'full name': 'First', mail: 'first@example.com', groups: 'staff', city: 'Cairo' });
    const { nativeIdentity } = await accounts.get(id);
    await trail.mark();
    const task = await accounts.done(
      await create({ login: String(nativeIdentity).toUpperCase(), Department: 'Sales', floor: '3' }),
    );
    expect([task['uniqueName'], messagesOf(task)]).toEqual([`Update account ${task.id}`, ['changed_here_only']]);
    expect(await accounts.get(id)).toMatchObject({
      name: 'First',
      hasEntitlements: true,
      attributes: { city: 'Cairo', department: 'Sales', floor: '3' },
    });
    expect(await trail.told()).toEqual([
      [
        'account.updated',
        { nativeIdentity, attributes: { city: 'Cairo' } },
        {
          nativeIdentity: String(nativeIdentity).toUpperCase(),
          attributes: { city: 'Cairo', department: 'Sales', floor: '3' },
        },
      ],
    ]);
    await expectInOrder();
  });

  it('that says nothing new changes nothing and tells so', async () => {
    const { id, nativeIdentity } = await made({ Department: 'Sales', mail: 'x@example.com', groups: 'b|a' });
    const before = await accounts.get(id);
    await trail.mark();
    const task = await accounts.done(await create({ login: nativeIdentity, Department: 'Sales', groups: 'a|b' }));
    expect(messagesOf(task)).toEqual(['unchanged']);
    expect(await accounts.get(id)).toEqual(before);
    expect(await trail.events()).toEqual([]);
  });

  it('brings a removed one back with its id and a link made by hand, and as it is described now', async () => {
    const { id, nativeIdentity } = await made({ Department: 'Sales', groups: 'staff', mail: 'ada@example.com' });
    await accounts.patch(id, [{ op: 'replace', path: '/identityId', value: bob.id }]).expect(202);
    await accounts.done(await admin.delete(`/accounts/${id}`));
    await admin.get(`/accounts/${id}`).expect(404);
    await expectInOrder();

    await trail.mark();
    await accounts.done(await create({ login: nativeIdentity, city: 'Cairo' }));
    expect(await accounts.get(id)).toMatchObject({
      id,
      identityId: bob.id,
      manuallyCorrelated: true,
      hasEntitlements: false,
      attributes: { city: 'Cairo' },
    });
    const told = (await trail.events()).map(({ action }) => action);
    expect(told).toEqual(['account.returned', 'account.correlated', 'owner.accountAdded']);
    await expectInOrder();
  });

  it('brings one back disabled and locked as it was, unless it says otherwise', async () => {
    const { id, nativeIdentity } = await made({ off: 'true', blocked: 'true' });
    const again = async (given: object) => {
      await accounts.done(await admin.delete(`/accounts/${id}`));
      await accounts.done(await create({ login: nativeIdentity, ...given }));
      const { disabled, locked } = await accounts.get(id);
      return [disabled, locked];
    };
    expect(await again({ city: 'Cairo' })).toEqual([true, true]);
    expect(await again({ blocked: false })).toEqual([true, false]);
    await expectInOrder();
  });

  it('brings one back to whom the rules name now, where only a rule had linked it', async () => {
    const { id, nativeIdentity } = await made({ mail: 'ada@example.com' });
    expect((await accounts.get(id)).identityId).toBe(ada.id);
    await accounts.done(await admin.delete(`/accounts/${id}`));
    await accounts.done(await create({ login: nativeIdentity, mail: 'bob@example.com' }));
    expect(await accounts.get(id)).toMatchObject({ identityId: bob.id, manuallyCorrelated: false });
    await accounts.done(await admin.delete(`/accounts/${id}`));
    await accounts.done(await create({ login: nativeIdentity }));
    expect(await accounts.get(id)).toMatchObject({ identityId: null, uncorrelated: true });
    await expectInOrder();
  });

  it('is forgotten by the next complete run, unless the file names it', async () => {
    const [gone, kept] = [await made(), await made({ Department: 'Sales' })];
    await read(`${String(kept['nativeIdentity'])},,,,,,,,Legal`);
    await admin.get(`/accounts/${gone.id}`).expect(404);
    expect(await accounts.get(kept.id)).toMatchObject({ attributes: { department: 'Legal' } });
    await expectInOrder();
  });

  it.each([
    ['no body', undefined, 'A JSON body is required.'],
    ['a list', [], 'must be a JSON object'],
    ['no attributes', {}, 'attributes must be an object'],
    ['attributes that are none', { attributes: 'x' }, 'attributes must be an object'],
    ['a list of attributes', { attributes: [] }, 'attributes must be an object'],
    ['something beside them', { attributes: {}, name: 'x' }, 'name is not a known field'],
    ['no source', { attributes: { id: 'x' } }, 'attributes.sourceId'],
    ['an unknown source', { attributes: { sourceId: newId(), id: 'x' } }, 'attributes.sourceId'],
    ['a source that is no id', { attributes: { sourceId: 'payroll', id: 'x' } }, 'attributes.sourceId'],
    ['a source that is no text', { attributes: { sourceId: { a: 1 }, id: 'x' } }, 'attributes.sourceId'],
  ])('refuses %s', async (_, body, words) => {
    const response = await accounts.post('/accounts', body).expect(400);
    expect(response.body).toMatchObject({ detailCode: '400.1 Bad Request Content' });
    expect(response.body.messages[0].text).toContain(words);
  });

  it.each([
    ['nobody named', { 'full name': 'x' }, 'login, id or userName'],
    ['an empty name', { login: '   ', id: '' }, 'login, id or userName'],
    ['an object', { id: 'x', city: { a: 1 } }, 'attributes.city must be a text'],
    ['a list', { id: 'x', city: ['a'] }, 'attributes.city must be a text'],
    ['a list for a column', { id: 'x', groups: ['a'] }, 'attributes.groups must be a text'],
    ['no truth', { id: 'x', off: 'maybe' }, 'off must be true, false'],
    ['no time', { id: 'x', 'last seen': 'yesterday' }, 'last seen must be a date'],
    ['no address', { id: 'x', mail: 'nobody' }, 'mail is not an e-mail address'],
    ['a long name', { id: 'x'.repeat(1_025) }, 'attributes.id is longer than'],
    ['an attribute twice', { id: 'x', Department: 'a', department: 'b' }, 'attributes.department is given twice'],
    [
      'an attribute twice, by what its column is mapped to',
      { id: 'x', Department: 'a', 'attributes.department': 'b' },
      'attributes.attributes.department is given twice',
    ],
    [
      'a wrong value, told by the name it was sent under',
      { id: 'x', 'attributes.department': {} },
      'attributes.attributes.department must',
    ],
    ['an attribute without a name', { id: 'x', ' ': 'b' }, 'The name of an attribute'],
    ['an attribute with a long name', { id: 'x', ['n'.repeat(129)]: 'b' }, 'The name of an attribute'],
    ['a long value', { id: 'x', city: 'x'.repeat(4_001) }, 'attributes.city must not be longer than 4000'],
    [
      'a long value for a column',
      { id: 'x', Department: 'x'.repeat(4_001) },
      'attributes.Department must not be longer',
    ],
    ['201 that are no columns', { ...numbered(200), id: 'x' }, 'attributes must not name more than 200'],
    [
      'more than 64 kB',
      { ...numbered(17, 'x'.repeat(4_000)), id: 'x' },
      'attributes must not be more than 65536 bytes',
    ],
    [
      'too many of them',
      { id: 'x', ...Object.fromEntries(Array.from({ length: 1_001 }, (_, i) => [`a${i}`, '1'])) },
      'more than',
    ],
  ])('refuses %s, and makes nothing', async (_, attributes, words) => {
    const total = await accounts.total();
    const { body } = await create(attributes).expect(400);
    expect(body.messages[0].text).toMatch(new RegExp(words.replaceAll(/[.]/g, '\\.'), 'i'));
    expect(await accounts.total()).toBe(total);
  });

  it.each([
    '{"attributes":{"id":"\\u0000"}}',
    '{"attributes":{"\\ud800":"x"}}',
    '{"attributes":{"__proto__":{"a":1}}}',
    '{"attributes":{"constructor":"x"}}',
    '{"attributes":{"id":1e400}}',
  ])('refuses %s', async (body) => {
    await admin.post('/accounts').type('json').send(body).expect(400);
  });
});

describe('PUT /accounts/{id}', () => {
  it('replaces the attributes that are shown, and changes of the rest only what it says', async () => {
    const { id, nativeIdentity } = await made({
      mail: 'bob@example.com',
      groups: 'staff',
      off: 'true',
      'last seen': '2026-01-01',
      Department: 'Legal',
      city: 'Cairo',
    });
    await trail.mark();
    const put = async (attributes: object) =>
      messagesOf(await accounts.done(await admin.put(`/accounts/${id}`).send({ attributes })));
    expect(await put({ department: 'Sales' })).toEqual(['changed_here_only']);
    expect(await accounts.get(id)).toMatchObject({
      nativeIdentity,
      disabled: true,
      hasEntitlements: true,
      identityId: bob.id,
      attributes: { department: 'Sales' },
    });
    expect(await trail.told()).toEqual([
      [
        'account.updated',
        { attributes: { city: 'Cairo', department: 'Legal' } },
        { attributes: { department: 'Sales' } },
      ],
    ]);

    await trail.mark();
    expect(await put({ mail: null, groups: '' })).toEqual(['changed_here_only']);
    expect(await accounts.get(id)).toMatchObject({ hasEntitlements: false, identityId: null, attributes: {} });
    const told = (await trail.events()).map(({ action }) => action);
    expect(told).toEqual(['account.updated', 'account.uncorrelated', 'owner.accountRemoved']);
    await expectInOrder();
  });

  it('of what was read changes nothing and leaves no event', async () => {
    const { id } = await made({ mail: 'bob@example.com', groups: 'staff|admins', Department: 'Legal', city: 'Cairo' });
    const before = await accounts.get(id);
    await trail.mark();
    const { attributes } = before;
    const task = await accounts.done(await admin.put(`/accounts/${id}`).send({ attributes }));
    expect(messagesOf(task)).toEqual(['unchanged']);
    expect(await accounts.get(id)).toEqual(before);
    expect(await trail.events()).toEqual([]);
  });

  it.each(['Department', 'department', 'attributes.department'])('takes %s for the same column', async (name) => {
    const { id } = await made({ [name]: 'Legal' });
    expect((await accounts.get(id)).attributes).toEqual({ department: 'Legal' });
    await accounts.done(await admin.put(`/accounts/${id}`).send({ attributes: { [name]: 'Sales' } }));
    expect((await accounts.get(id)).attributes).toEqual({ department: 'Sales' });
    await accounts.patch(id, [{ op: 'test', path: `/attributes/${name}`, value: 'Sales' }]).expect(202);
    await accounts.patch(id, [{ op: 'remove', path: `/attributes/${name}` }]).expect(202);
    expect((await accounts.get(id)).attributes).toEqual({});
  });

  it('leaves a link made by hand', async () => {
    const { id } = await made();
    await accounts.patch(id, [{ op: 'replace', path: '/identityId', value: bob.id }]).expect(202);
    await accounts.done(await admin.put(`/accounts/${id}`).send({ attributes: { mail: 'ada@example.com' } }));
    expect(await accounts.get(id)).toMatchObject({ identityId: bob.id, manuallyCorrelated: true });
  });

  it('neither enables nor unlocks an account unless it says so', async () => {
    const { id } = await made({ off: 'true', blocked: 'true' });
    const put = async (attributes: object) => {
      await accounts.done(await admin.put(`/accounts/${id}`).send({ attributes }));
      const { disabled, locked } = await accounts.get(id);
      return [disabled, locked];
    };
    expect(await put({ Department: 'Sales' })).toEqual([true, true]);
    expect(await put({ off: false })).toEqual([false, true]);
    expect(await put({ off: true, blocked: null })).toEqual([true, false]);
    await expectInOrder();
  });

  it('takes the source the account is of, and no other; and makes no other account of it', async () => {
    const { id, nativeIdentity } = await made();
    const put = (attributes: object) => admin.put(`/accounts/${id}`).send({ attributes });
    await put({ sourceId: feed.connectorId.toUpperCase(), login: nativeIdentity }).expect(202);
    for (const attributes of [{ sourceId: newId() }, { sourceId: 7 }, { login: 'somebody else' }]) {
      await put(attributes).expect(400);
    }
  });
});

describe('PATCH /accounts/{id}', () => {
  const identity = (value: unknown, op = 'replace') => ({ op, path: '/identityId', value });
  const manually = (value: unknown, op = 'replace') => ({ op, path: '/manuallyCorrelated', value });

  it.each(['application/json-patch+json', 'application/json'])('takes %s and answers an object', async (type) => {
    const { id } = await made();
    const { body } = await accounts.patch(id, [identity(ada.id)], type).expect(202);
    expect(body).toEqual({});
  });

  const links: readonly [string, object, () => object[], [() => unknown, boolean]][] = [
    ['a new identity is linked by hand', {}, () => [identity(bob.id)], [() => bob.id, true]],
    ['add does the same', {}, () => [identity(bob.id, 'add')], [() => bob.id, true]],
    ['an identity may be written in capitals', {}, () => [identity(bob.id.toUpperCase())], [() => bob.id, true]],
    ['unless the same patch says otherwise', {}, () => [identity(bob.id), manually(false)], [() => bob.id, false]],
    ['before or after', {}, () => [manually(false), identity(bob.id)], [() => bob.id, false]],
    ['the same identity becomes one linked by hand', { staff: 'E1' }, () => [identity(ada.id)], [() => ada.id, true]],
    ['as does the mark alone', { staff: 'E1' }, () => [manually(true)], [() => ada.id, true]],
    [
      'remove takes the identity away',
      { staff: 'E1' },
      () => [{ op: 'remove', path: '/identityId' }],
      [() => null, false],
    ],
    ['null does the same', { staff: 'E1' }, () => [identity(null)], [() => null, false]],
    [
      'removed and given in one patch is given',
      { staff: 'E1' },
      () => [{ op: 'remove', path: '/identityId' }, identity(bob.id, 'add')],
      [() => bob.id, true],
    ],
    ['the last of several counts', {}, () => [identity(ada.id), identity(bob.id)], [() => bob.id, true]],
    ['nobody is nobody still', {}, () => [{ op: 'remove', path: '/identityId' }], [() => null, false]],
    ['nobody is not marked anyway', {}, () => [manually(false)], [() => null, false]],
  ];

  it.each(links)('%s', async (_, given, patch, [owner, manual]) => {
    const { id } = await made(given);
    await accounts.patch(id, patch()).expect(202);
    expect(await accounts.get(id)).toMatchObject({ identityId: owner(), manuallyCorrelated: manual });
    await expectInOrder();
  });

  it('hands a link back to the rules, which decide with the next run', async () => {
    const { id, nativeIdentity } = await made({ staff: 'E1' });
    await accounts.patch(id, [identity(bob.id)]).expect(202);
    await trail.mark();
    await accounts.patch(id, [manually(false)]).expect(202);
    expect(await accounts.get(id)).toMatchObject({ identityId: bob.id, manuallyCorrelated: false });
    expect(await trail.told()).toEqual([
      ['account.updated', { ownerId: bob.id, correlation: 'manual' }, { ownerId: bob.id, correlation: 'rule' }],
    ]);
    await read(`${String(nativeIdentity)},,,E1,,,,,`);
    expect(await accounts.get(id)).toMatchObject({ identityId: ada.id, manuallyCorrelated: false });
    await expectInOrder();
  });

  it('keeps a link made by hand through runs, removal and return', async () => {
    const { id } = await accounts.named('ada');
    await accounts.patch(id, [identity(bob.id)]).expect(202);
    await read();
    expect(await accounts.get(id)).toMatchObject({ identityId: bob.id, manuallyCorrelated: true });
    const run = await feed.sync([header, ...rows.slice(1)].join('\n'));
    expect(run['state']).toBe('succeeded');
    await admin.get(`/accounts/${id}`).expect(404);
    await read();
    expect(await accounts.get(id)).toMatchObject({ identityId: bob.id, manuallyCorrelated: true });
    await accounts.patch(id, [{ op: 'remove', path: '/identityId' }]).expect(202);
    await read();
    expect(await accounts.get(id)).toMatchObject({ identityId: ada.id, manuallyCorrelated: false });
    await expectInOrder();
  });

  it('changes attributes by their own names and by those of their columns', async () => {
    const { id } = await made({ Department: 'Sales', city: 'Cairo', groups: 'staff', mail: 'ada@example.com' });
    await trail.mark();
    await accounts
      .patch(id, [
        { op: 'replace', path: '/attributes/department', value: 'Legal' },
        { op: 'remove', path: '/attributes/city' },
        { op: 'add', path: '/attributes/a~1b', value: 7 },
        { op: 'replace', path: '/attributes/groups', value: 'staff|admins' },
        { op: 'replace', path: '/attributes/mail', value: 'bob@example.com' },
        { op: 'add', path: '/attributes/off', value: true },
      ])
      .expect(202);
    expect(await accounts.get(id)).toMatchObject({
      disabled: true,
      identityId: bob.id,
      attributes: { department: 'Legal', 'a/b': '7' },
    });
    expect((await accounts.get(id)).attributes).not.toHaveProperty('city');
    const [updated] = await trail.told();
    expect(updated).toMatchObject([
      'account.updated',
      { disabled: false, privileged: false, entitlements: ['staff'], email: 'ada@example.com' },
      { disabled: true, privileged: true, entitlements: ['admins', 'staff'], email: 'bob@example.com' },
    ]);
    await expectInOrder();
  });

  it('is done only if what it tests is so', async () => {
    const { id } = await made({ staff: 'E1', city: 'Cairo', off: 'yes' });
    const tests = [
      { op: 'test', path: '/identityId', value: ada.id },
      { op: 'test', path: '/manuallyCorrelated', value: false },
      { op: 'test', path: '/attributes/city', value: 'Cairo' },
      { op: 'test', path: '/attributes/off', value: 'true' },
    ];
    await accounts.patch(id, [...tests, { op: 'replace', path: '/attributes/city', value: 'Giza' }]).expect(202);
    expect((await accounts.get(id)).attributes).toMatchObject({ city: 'Giza' });
    for (const test of tests) {
      const wrong = { ...test, value: test.path === '/manuallyCorrelated' ? true : 'else' };
      await accounts.patch(id, [identity(bob.id), wrong]).expect(400);
    }
    expect((await accounts.get(id)).identityId).toBe(ada.id);
  });

  it('of nothing but tests, or of what is so already, changes nothing', async () => {
    const { id } = await made({ staff: 'E1', city: 'Cairo' });
    await accounts.patch(id, [identity(ada.id)]).expect(202);
    const before = await accounts.get(id);
    await trail.mark();
    await accounts.patch(id, [{ op: 'test', path: '/identityId', value: ada.id }]).expect(202);
    await accounts
      .patch(id, [identity(ada.id), manually(true), { op: 'replace', path: '/attributes/city', value: 'Cairo' }])
      .expect(202);
    expect(await accounts.get(id)).toEqual(before);
    expect(await trail.events()).toEqual([]);
  });

  it.each([
    ['no body', undefined],
    ['an object', {}],
    ['no operation', []],
    ['too many', Array.from({ length: 101 }, () => manually(false))],
    ['no operation but null', [null]],
    ['an operation without op', [{ path: '/identityId', value: 'x' }]],
    ['an operation without path', [{ op: 'remove' }]],
    ['an unknown op', [{ op: 'move', path: '/identityId', from: '/attributes/a' }]],
    ['copy', [{ op: 'copy', path: '/identityId', from: '/attributes/a' }]],
    ['an op in capitals', [{ op: 'REPLACE', path: '/identityId', value: null }]],
    ['a field beside them', [{ ...identity(null), note: 'x' }]],
    ['no value', [{ op: 'replace', path: '/identityId' }]],
    ['another field', [{ op: 'replace', path: '/disabled', value: true }]],
    ['the name', [{ op: 'replace', path: '/name', value: 'x' }]],
    ['the whole', [{ op: 'replace', path: '', value: {} }]],
    ['all attributes', [{ op: 'replace', path: '/attributes', value: {} }]],
    ['an attribute without a name', [{ op: 'replace', path: '/attributes/', value: 'x' }]],
    ['something within an attribute', [{ op: 'replace', path: '/attributes/a/b', value: 'x' }]],
    ['something within the identity', [{ op: 'replace', path: '/identityId/0', value: 'x' }]],
    ['a path without a slash', [{ op: 'replace', path: 'identityId', value: 'x' }]],
    ['a broken escape', [{ op: 'replace', path: '/attributes/a~2', value: 'x' }]],
    ['a prototype', [{ op: 'add', path: '/attributes/__proto__', value: 'x' }]],
    ['a constructor', [{ op: 'add', path: '/attributes/constructor', value: 'x' }]],
    ['an unknown identity', [identity('01890a5d-ac96-774b-bcce-0bad0bad0bad')]],
    ['an identity that is no id', [identity('ada')]],
    ['an identity that is a number', [identity(7)]],
    ['an identity that is an object', [identity({ id: 'x' })]],
    ['a mark that is a text', [manually('true')]],
    ['a mark that is null', [manually(null)]],
    ['a mark that is removed', [{ op: 'remove', path: '/manuallyCorrelated' }]],
    ['a mark of nobody’s account', [manually(true)]],
    ['an object as an attribute', [{ op: 'add', path: '/attributes/a', value: {} }]],
    ['a list as an attribute', [{ op: 'add', path: '/attributes/a', value: ['a'] }]],
    ['an attribute to remove that is not there', [{ op: 'remove', path: '/attributes/nothing' }]],
    ['another source', [{ op: 'replace', path: '/attributes/sourceId', value: newId() }]],
    ['no source', [{ op: 'add', path: '/attributes/sourceId', value: null }]],
    ['a source between blanks', [{ op: 'add', path: '/attributes/ sourceId ', value: 'x' }]],
    ['another account', [{ op: 'replace', path: '/attributes/login', value: 'else' }]],
    ['no account', [{ op: 'remove', path: '/attributes/login' }]],
    ['a wrong value', [{ op: 'replace', path: '/attributes/off', value: 'maybe' }]],
    ['one of two values that cannot be', [{ op: 'replace', path: '/attributes/city', value: 'x' }, identity(newId())]],
  ])('refuses %s, and changes nothing', async (_, patch) => {
    const { id } = await made({ city: 'Cairo' });
    const before = await accounts.get(id);
    await trail.mark();
    const request = admin.patch(`/accounts/${id}`).type('application/json-patch+json');
    await (patch === undefined ? request : request.send(JSON.stringify(patch))).expect(400);
    expect(await accounts.get(id)).toEqual(before);
    expect(await trail.events()).toEqual([]);
  });

  it('links to nobody of another organization, nor to somebody deleted', async () => {
    const { id } = await made();
    const elsewhere = await (await api.given.organization()).owner();
    const gone = await api.organization.owner({ deleted_at: new Date() });
    for (const owner of [elsewhere, gone]) await accounts.patch(id, [identity(owner.id)]).expect(400);
    expect((await accounts.get(id)).identityId).toBeNull();
  });

  it('refuses other kinds of bodies with 415', async () => {
    const { id } = await made();
    for (const type of ['text/plain', 'application/x-www-form-urlencoded']) {
      await admin.patch(`/accounts/${id}`).type(type).send('a=b').expect(415);
    }
  });
});

describe.each([
  ['DELETE /accounts/{id}', (id: string) => admin.delete(`/accounts/${id}`)],
  ['POST /accounts/{id}/remove', (id: string) => admin.post(`/accounts/${id}/remove`)],
])('%s', (route, remove) => {
  it('hides the account everywhere and tells of it on its owner', async () => {
    const { id } = await made({ staff: 'E1' });
    const [total, owned] = [await accounts.total(), await ownedBy(ada)];
    await trail.mark();
    const { body } = await remove(id).expect(202);
    const task = await accounts.done({ status: 202, body: { id: body.id } });
    expect(body).toEqual(route.includes('remove') ? { type: 'TASK_RESULT', id: task.id, name: null } : { id: task.id });
    expect([task.completionStatus, messagesOf(task)]).toEqual(['SUCCESS', ['removed_here_only']]);
    await admin.get(`/accounts/${id}`).expect(404);
    expect([await accounts.total(), await ownedBy(ada)]).toEqual([total - 1, owned - 1]);
    expect((await trail.events()).map(({ action, subject_id }) => [action, subject_id])).toEqual([
      ['account.removed', id],
      ['owner.accountRemoved', ada.id],
    ]);
    await remove(id).expect(404);
    await expectInOrder();
  });

  it('lasts until a run reads it again', async () => {
    const { id } = await accounts.named('svc');
    await remove(id).expect(202);
    await read();
    expect(await accounts.get(id)).toMatchObject({ nativeIdentity: 'svc' });
    await expectInOrder();
  });
});

async function ownedBy(owner: Row): Promise<number> {
  return (await admin.get(`/api/v1/owners/${owner.id}/accounts`).expect(200)).body.count;
}

describe('SOURCE_SUBADMIN', () => {
  let narrow: Client;
  let other: Feed;
  beforeAll(async () => {
    narrow = await api.as('SOURCE_SUBADMIN');
    await api.organization.connectorOwner({ id: feed.connectorId, name: '' }, narrow.user);
    other = await systemOf(api, admin, 'Another system');
  });

  it('writes accounts of own connectors, and sees the tasks', async () => {
    const own = new AccountCalls(narrow);
    await own.done(await own.post('/accounts', { attributes: { sourceId: feed.connectorId, id: 'narrow' } }));
    const { id } = await own.named('narrow');
    await own.patch(id, [{ op: 'replace', path: '/identityId', value: ada.id }]).expect(202);
    await own.done(await narrow.put(`/accounts/${id}`).send({ attributes: { city: 'Cairo' } }));
    await narrow.post(`/accounts/${id}/remove`).expect(403);
    await own.done(await narrow.delete(`/accounts/${id}`));
  });

  it('knows no others: neither a source to make them in, nor one of them, nor what is done to them', async () => {
    const [unknown, hidden] = await Promise.all(
      [newId(), other.connectorId].map((sourceId) =>
        narrow.post('/accounts').send({ attributes: { sourceId, id: 'x' } }),
      ),
    );
    expect([hidden!.status, hidden!.body.messages]).toEqual([400, unknown!.body.messages]);
    const task = await accounts.done(
      await accounts.post('/accounts', { attributes: { sourceId: other.connectorId, id: 'theirs' } }),
    );
    const { id } = await accounts.named('theirs');
    await narrow.get(`/task-status/${task.id}`).expect(404);
    await narrow
      .patch(`/accounts/${id}`)
      .send([{ op: 'replace', path: '/identityId', value: ada.id }])
      .expect(404);
    await narrow.put(`/accounts/${id}`).send({ attributes: {} }).expect(404);
    await narrow.delete(`/accounts/${id}`).expect(404);
    for (const word of ['reload', 'enable', 'disable', 'unlock']) {
      await narrow.post(`/accounts/${id}/${word}`).send({}).expect(404);
    }
    expect(await accounts.get(id)).toMatchObject({ uncorrelated: true });
  });
});

describe('accounts of an authoritative connector', () => {
  it('that are made here belong to the person they name, and make none', async () => {
    const people = await feedOf(
      'People',
      { id: 'nativeIdentity', name: 'name', mail: 'email' },
      {
        authoritative: true,
        ownerMapping: { name: 'name', email: 'email', nativeIdentity: 'identityId' },
      },
    );
    expect((await people.sync('id,name,mail\nP1,Cleo,cleo@example.com\n'))['state']).toBe('succeeded');
    const { identityId: cleo } = await accounts.named('P1');
    const make = async (given: object) =>
      accounts.done(await accounts.post('/accounts', { attributes: { sourceId: people.connectorId, ...given } }));
    await make({ id: 'P9', mail: 'cleo@example.com' });
    expect((await accounts.named('P9')).identityId).toBe(cleo);
    await make({ id: 'P8', name: 'Nobody', mail: 'nobody@example.com' });
    expect((await accounts.named('P8')).identityId).toBeNull();
    await expectInOrder();
  });
});

describe('with a uuid', () => {
  it('an account may be renamed, and the uuid says which it is', async () => {
    const system = await feedOf('With uuid', { guid: 'uuid', login: 'nativeIdentity' });
    const make = (given: object) =>
      accounts.post('/accounts', { attributes: { sourceId: system.connectorId, ...given } });
    await make({ login: 'only a login' }).expect(400);
    await accounts.done(await make({ login: 'before', guid: 'G1' }));
    const { id } = await accounts.named('before');
    await accounts.done(await make({ login: 'after', guid: 'g1' }));
    expect(await accounts.get(id)).toMatchObject({ nativeIdentity: 'after', uuid: 'g1' });
    await accounts.patch(id, [{ op: 'replace', path: '/attributes/login', value: 'later' }]).expect(202);
    expect(await accounts.get(id)).toMatchObject({ nativeIdentity: 'later' });
    await accounts.patch(id, [{ op: 'replace', path: '/attributes/guid', value: 'G2' }]).expect(400);
  });
});

describe('what is written here', () => {
  const login = 'read';
  const row = `${login},Read,read@example.com,E1,true,true,,staff,Board`;
  const patch = (name: string, value: unknown) => async (id: string) =>
    accounts.patch(id, [{ op: 'add', path: `/attributes/${name}`, value }]).expect(202);

  it.each([
    ['a state', patch('off', false)],
    ['a name', patch('full name', 'Other')],
    ['an attribute of a column', patch('Department', 'Sales')],
    ['holdings', patch('groups', 'admins')],
    ['what only rules compare', patch('staff', 'E2')],
    ['a whole account', async (id: string) => admin.put(`/accounts/${id}`).send({ attributes: {} }).expect(202)],
    ['one that is there', async () => create({ login, mail: 'bob@example.com', Department: null }).expect(202)],
    [
      'one that returns',
      async (id: string) => {
        await admin.delete(`/accounts/${id}`).expect(202);
        await create({ login }).expect(202);
      },
    ],
  ])('lasts until the next run, also of the same file: %s', async (_, write) => {
    await read(row);
    const { id, modified: _was, ...before } = await accounts.named(login);
    await write(id);
    expect(await accounts.named(login)).not.toMatchObject({ modified: _was });
    await feed.run();
    expect(await accounts.named(login)).toMatchObject({ id, ...before });
    expect(await feed.run()).toMatchObject({ accountsUpdated: 0 });
    await expectInOrder();
  });

  it('stays where no row says anything of it, and costs the next run nothing', async () => {
    await read(row);
    const { id } = await accounts.named(login);
    await patch('city', 'Cairo')(id);
    const hashes = () => api.given.sql(`select source_hash from account where id = '${id}'`);
    expect(await hashes()).not.toMatchObject([{ source_hash: null }]);
    const before = await accounts.get(id);
    expect(await feed.run()).toMatchObject({ accountsUpdated: 0 });
    expect(await accounts.get(id)).toEqual(before);
  });
});

describe('an account', () => {
  it('does not grow beyond 64 kB of attributes, by whatever requests', async () => {
    const { id, nativeIdentity } = await made(numbered(16, 'x'.repeat(4_000)));
    const before = await accounts.get(id);
    await trail.mark();
    const refused = [
      await accounts.patch(id, [{ op: 'add', path: '/attributes/more', value: 'x'.repeat(4_000) }]),
      await create({ login: nativeIdentity, Department: 'x'.repeat(4_000) }),
      await admin.put(`/accounts/${id}`).send({ attributes: numbered(17, 'x'.repeat(4_000)) }),
      await admin.put(`/accounts/${id}`).send({ attributes: numbered(201) }),
      await accounts.patch(id, [{ op: 'add', path: '/attributes/one', value: 'x'.repeat(1_000_000) }]),
    ];
    expect(refused.map(({ status }) => status)).toEqual([400, 400, 400, 400, 400]);
    expect(refused[0]!.body.messages[0].text).toContain('attributes must not be more than');
    expect(await accounts.get(id)).toEqual(before);
    expect(await trail.events()).toEqual([]);
    await accounts.patch(id, [{ op: 'remove', path: '/attributes/a0' }]).expect(202);
    await accounts.patch(id, [{ op: 'add', path: '/attributes/more', value: 'x'.repeat(4_000) }]).expect(202);
  });
});

// Last, for nobody told the trail how its account came about.
describe('accounts of anything but a delimited file', () => {
  let account: Row;
  beforeAll(async () => {
    await api.given.sql('alter table connector drop constraint connector_kind_is_known');
    const application = await api.organization.application();
    const config = { kind: 'elsewhere', mapping: {}, correlationRules: [], ownerMapping: {} };
    account = await api.organization.account(
      await api.organization.connector(application, { kind: 'elsewhere', config }),
      null,
    );
  });

  it('are correlated and removed here, and neither edited, replaced nor deleted', async () => {
    await accounts.patch(account.id, [{ op: 'replace', path: '/identityId', value: ada.id }]).expect(202);
    const edit = [{ op: 'add', path: '/attributes/city', value: 'Cairo' }];
    expect((await accounts.patch(account.id, edit).expect(400)).body.messages[0].text).toContain('delimited files');
    await admin
      .put(`/accounts/${account.id}`)
      .send({ attributes: { city: 'Cairo' } })
      .expect(400);
    await admin.delete(`/accounts/${account.id}`).expect(400);
    await admin.get(`/accounts/${account.id}`).expect(200);
    expect(messagesOf(await accounts.done(await accounts.post(`/accounts/${account.id}/reload`)))).toEqual([
      'no_reader',
    ]);
    await admin.post(`/accounts/${account.id}/remove`).expect(202);
    await admin.get(`/accounts/${account.id}`).expect(404);
  });
});

async function feedOf(name: string, mapping: object, more: object = {}): Promise<Feed> {
  return Feed.create(admin, name, { kind: 'delimited-file', mapping, ...more });
}
