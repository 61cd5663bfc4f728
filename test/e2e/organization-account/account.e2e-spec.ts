import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { AccountDesk, accountPath, emails } from '../../support/account-desk.js';
import { TestApi } from '../../support/api.js';

let api: TestApi;
let desk: AccountDesk;

beforeAll(async () => {
  api = await TestApi.start();
});
afterAll(async () => api.close());
beforeEach(async () => {
  desk = await AccountDesk.open(api);
});

describe('GET /api/v1/owners/account', () => {
  it('answers as the vendor documents it', async () => {
    await desk.admin
      .put(accountPath)
      .send({
        accountName: 'Environment Inc',
        administrators: [
          { user: 'boss@example.com' },
          { user: 'rlewis@company.com', name: { first: 'Rod', last: 'Lewis' } },
        ],
        groups: [
          { name: 'Engineering team', users: [{ user: 'jsmith@company.com', name: { first: 'Jane', last: 'Smith' } }] },
        ],
      })
      .expect(200);
    const seen = 'update app_user set last_login_at = $2 where organization_id = $1 and email_key = $3';
    await api.given.sql(seen, [desk.organization.id, '2021-12-16T03:17:35.170Z', 'rlewis@company.com']);
    await api.given.sql(seen, [desk.organization.id, '2022-01-04T11:30:22.310Z', 'jsmith@company.com']);

    const key = await desk.key('ACCOUNT/VIEW');
    const { body, headers } = await key.get(accountPath).expect(200);
    expect(headers['content-type']).toBe('application/json; charset=utf-8');
    const id = expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    expect(body).toEqual({
      _class: 'io.eagle.models.owner.Owner',
      _id: desk.organization.id,
      accountName: 'Environment Inc',
      accountType: 'STANDARD',
      administrators: [
        { user: 'boss@example.com' },
        {
          user: 'rlewis@company.com',
          name: { first: 'Rod', last: 'Lewis' },
          lastLoginTime: '2021-12-16T03:17:35.170Z',
        },
      ],
      categories: [
        { name: 'Maintenance', index: 0, _id: id },
        { name: 'Operations', index: 1, _id: id },
        { name: 'Critical', index: 2, _id: id },
      ],
      createdTime: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      groups: [
        {
          _id: id,
          name: 'Engineering team',
          users: [
            {
              user: 'jsmith@company.com',
              name: { first: 'Jane', last: 'Smith' },
              lastLoginTime: '2022-01-04T11:30:22.310Z',
            },
          ],
        },
      ],
      quality: {},
      slug: await api.slugOf(desk.organization),
    });
  });

  it('has empty lists where there is nobody', async () => {
    await desk.admin.put(accountPath).send({ administrators: [], groups: [] }).expect(200);
    const { body } = await (await desk.key()).get(accountPath).expect(200);
    expect(body).toMatchObject({ administrators: [], groups: [] });
  });

  it.each([
    ['_id,slug', ['_id', 'slug']],
    [' slug , _id ', ['_id', 'slug']],
    ['groups', ['groups']],
    ['administrators,nosuch', ['administrators']],
    ['nosuch', []],
    ['__proto__,constructor,toString', []],
    ['', undefined],
    [',', undefined],
  ])('answers attr=%s with exactly those that there are', async (attr, names) => {
    const { body } = await desk.admin.get(`${accountPath}?attr=${encodeURIComponent(attr)}`).expect(200);
    const all = ['_class', '_id', 'accountName', 'accountType', 'administrators', 'categories', 'createdTime'];
    expect(Object.keys(body).toSorted()).toEqual(names ?? [...all, 'groups', 'quality', 'slug']);
  });

  it('takes no attr twice, and looks past what it does not know', async () => {
    await desk.admin.get(`${accountPath}?attr=_id&attr=slug`).expect(400);
    await desk.admin.get(`${accountPath}?nonsense=1`).expect(200);
  });

  const people = ['administrators', 'groups'];
  it.each([
    ['Administrator', true],
    ['ORG_ADMIN', true],
    ['SOURCE_ADMIN', false],
    ['SOURCE_SUBADMIN', false],
    ['HELPDESK', false],
    ['AUDITOR', true],
  ] as const)('tells %s of people: %s', async (role, told) => {
    const client = await api.as(role, desk.organization);
    for (const query of ['', '?attr=administrators,groups,slug']) {
      const { body } = await client.get(accountPath + query).expect(200);
      expect(people.map((name) => name in body)).toEqual([told, told]);
      expect(body.slug).toBe(await api.slugOf(desk.organization));
    }
  });

  it.each([
    ['ACCOUNT/VIEW', true],
    ['ACCOUNT/MODIFY', true],
    ['WORKSPACE/VIEW', false],
    ['WORKSPACE/MODIFY', false],
  ] as const)('tells a key %s of people: %s', async (kind, told) => {
    const key = await desk.key(kind);
    for (const query of ['', '?attr=administrators,groups,slug']) {
      const { body } = await key.get(accountPath + query).expect(200);
      expect(people.map((name) => name in body)).toEqual([told, told]);
    }
    expect((await key.get(`${accountPath}?attr=groups`).expect(200)).body).toEqual(told ? { groups: [] } : {});
  });

  it('is closed to whoever has no role, and to nobody known', async () => {
    const answer = await (await api.as([], desk.organization)).get(accountPath).expect(403);
    expect(answer.body.error.code).toBe('FORBIDDEN');
    const unknown = await api.client().get(accountPath).expect(401);
    expect(unknown.body.error.code).toBe('UNAUTHORIZED');
  });

  it('knows the account by the credential alone', async () => {
    const other = await AccountDesk.open(api);
    const [ours, theirs] = [await desk.admin.get(accountPath), await other.admin.get(accountPath)];
    expect([ours.body._id, theirs.body._id]).toEqual([desk.organization.id, other.organization.id]);
    const ids = ours.body.categories.map(({ _id }: { _id: string }) => _id);
    expect(theirs.text).not.toContain(ids[0]);
  });
});

describe('PUT /api/v1/owners/account', () => {
  it('renames the account and answers with what attr asks for', async () => {
    await desk.trail.mark();
    const { body } = await desk.admin
      .put(`${accountPath}?attr=accountName,_class`)
      .send({ accountName: '  My Renamed Account ' })
      .expect(200);
    expect(body).toEqual({ _class: 'io.eagle.models.owner.Owner', accountName: 'My Renamed Account' });
    const [before] = (await desk.trail.told()).map(([, told]) => told);
    expect(await desk.trail.told()).toEqual([['organization.updated', before, { name: 'My Renamed Account' }]]);
    expect((await desk.admin.get(accountPath)).body.accountName).toBe('My Renamed Account');
  });

  it('changes nothing and records nothing for what is so already, nor for an empty object', async () => {
    await desk.put({
      accountName: 'Same',
      administrators: emails(['boss', 'bo']),
      groups: [{ name: 'G', users: emails(['bo']) }],
    });
    await desk.trail.mark();
    const before = await desk.state();
    const read = (await desk.admin.get(accountPath)).body;
    const same = { accountName: 'Same', administrators: read.administrators, groups: read.groups };
    for (const body of [{}, { accountName: 'Same' }, same]) {
      const answer = await desk.put(body);
      expect([answer.status, answer.body]).toEqual([200, read]);
    }
    expect(await desk.trail.told()).toEqual([]);
    expect(await desk.state()).toBe(before);
  });

  it.each(['_class', '_id', 'accountType', 'categories', 'createdTime', 'quality', 'slug'])(
    'never changes %s',
    async (name) => {
      const { body: now } = await desk.admin.get(accountPath);
      const answer = await desk.put({ [name]: now[name], accountName: 'Never' });
      expect(answer.status).toBe(400);
      expect(answer.body.error).toMatchObject({
        code: 'VALIDATION_ERROR',
        details: [{ field: name, message: `${name} cannot be changed.` }],
      });
      expect((await desk.admin.get(accountPath)).body).toEqual(now);
    },
  );

  it('does all or nothing: a bad entry at the end undoes everything before it', async () => {
    const before = await desk.state();
    const start = { accountName: 'Half', administrators: emails(['boss', 'new']) };
    const clash = [
      { name: 'A', users: emails(['newer']) },
      { name: 'a', users: [] },
    ];
    for (const groups of [clash, [{ name: 'A', users: [{ user: 'nobody at all' }] }]]) {
      expect((await desk.put({ ...start, groups })).status).toBe(400);
    }
    expect(await desk.state()).toBe(before);
  });

  it('is open to Administrators and to keys ACCOUNT/MODIFY alone', async () => {
    for (const role of ['ORG_ADMIN', 'SOURCE_ADMIN', 'HELPDESK', 'AUDITOR'] as const) {
      await (await api.as(role, desk.organization)).put(accountPath).send({ accountName: 'No' }).expect(403);
    }
    for (const kind of ['ACCOUNT/VIEW', 'WORKSPACE/MODIFY'] as const) {
      await (await desk.key(kind)).put(accountPath).send({ accountName: 'No' }).expect(403);
    }
    const { body } = await (await desk.key()).put(accountPath).send({ accountName: 'By a key' }).expect(200);
    expect(body.accountName).toBe('By a key');
  });

  it('tells the key in the trail', async () => {
    const key = await desk.key();
    await desk.trail.mark();
    await key.put(accountPath).send({ accountName: 'By a key' }).expect(200);
    expect(await desk.trail.events()).toMatchObject([{ actor_type: 'key', actor_id: key.keyId }]);
  });
});

describe('other methods', () => {
  it.each(['delete', 'post', 'patch'] as const)('%s of the account is 405, whoever asks', async (method) => {
    for (const client of [desk.admin, api.client(), await api.as([], desk.organization)]) {
      const answer = await client[method](accountPath).expect(405);
      expect(answer.body.error.code).toBe('METHOD_NOT_ALLOWED');
      expect(answer.headers['allow']).toBe('GET, HEAD, PUT');
    }
  });

  it('of its groups are 405, and the word is an id to nobody', async () => {
    for (const method of ['get', 'put', 'delete', 'patch'] as const) {
      await desk.admin[method](`${accountPath}/groups`).expect(405);
    }
    await desk.admin.get(`${accountPath}/groups/${desk.organization.id}`).expect(405);
    await desk.admin.get(`${accountPath}/manager`).expect(404);
    await desk.admin.get(`${accountPath}/`).expect(404);
  });
});
