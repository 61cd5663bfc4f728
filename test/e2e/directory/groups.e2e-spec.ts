import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '@app/kernel';
import { type Client, TestApi } from '../../support/api.js';
import { HeldTransaction } from '../../support/held-transaction.js';

const path = '/api/v1/directory/groups';
const instant = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);

let api: TestApi;
let admin: Client;
let orgAdmin: Client;

beforeAll(async () => {
  api = await TestApi.start();
  admin = await api.as('Administrator');
  orgAdmin = await api.as('ORG_ADMIN');
});
afterAll(async () => api.close());

let serial = 0;
const newName = () => `Group ${++serial}`;

interface Group {
  readonly _id: string;
  readonly name: string;
}

async function made(body: object = {}): Promise<Group> {
  return (
    await admin
      .post(path)
      .send({ name: newName(), ...body })
      .expect(201)
  ).body;
}

async function somebody(): Promise<{ id: string; name: string }> {
  return api.organization.user();
}

const edit = (group: Group, operations: unknown, client = admin) =>
  client.patch(`${path}/${group._id}/members`).send(operations as object);
const add = (...ids: string[]) => ids.map((id) => ({ op: 'add', id }));
const remove = (...ids: string[]) => ids.map((id) => ({ op: 'remove', id }));

async function members(group: Group, query = ''): Promise<{ id: string; membershipType: string }[]> {
  return (await admin.get(`${path}/${group._id}/members${query}`).expect(200)).body;
}

async function groupsOf(id: string, kind = 'principals', query = ''): Promise<Record<string, string>> {
  const { body } = await admin.get(`/api/v1/directory/${kind}/${id}/groups${query}`).expect(200);
  return Object.fromEntries(
    body.map((group: { id: string; membershipType: string }) => [group.id, group.membershipType]),
  );
}

async function trail(subjectId: string): Promise<{ action: string; before?: object; after?: object }[]> {
  return (await admin.get(`/api/v1/audit-events?filter[subjectId][EQ]=${subjectId}`).expect(200)).body.data;
}

describe('a group', () => {
  it('is made with a name, and read back as it was answered', async () => {
    const answer = await admin.post(path).send({ name: ' Sales ', externalId: 'S-1', system: true }).expect(201);
    expect(answer.headers['location']).toBe(`${path}/${answer.body._id}`);
    expect(answer.body).toEqual({
      _id: answer.body._id,
      _created: instant,
      _modified: instant,
      externalId: 'S-1',
      system: false,
      name: 'Sales',
    });
    expect((await admin.get(`${path}/${answer.body._id}`).expect(200)).body).toEqual(answer.body);
    expect(await trail(answer.body._id)).toMatchObject([
      { action: 'group.created', after: { name: 'Sales', externalId: 'S-1' } },
    ]);
  });

  it('shows the fields that are asked for; system is none of them', async () => {
    const { _id } = await made({ externalId: 'x' });
    const shown = async (query: string) => Object.keys((await admin.get(`${path}/${_id}?${query}`).expect(200)).body);
    expect(await shown('fields=name')).toEqual(['_id', 'name']);
    expect(await shown('excludeFields=_created,_modified')).toEqual(['_id', 'externalId', 'system', 'name']);
    await admin.get(`${path}/${_id}?fields=system`).expect(400);
    await admin.get(`${path}/${_id}?shown=name`).expect(400);
  });

  it('has a name no other group has, in whatever case', async () => {
    const { name } = await made();
    const other = await made();
    const refused = { code: 'conflict', details: [{ field: 'name' }] };
    expect((await admin.post(path).send({ name: name.toUpperCase() }).expect(409)).body).toMatchObject(refused);
    expect((await admin.put(`${path}/${other._id}`).send({ name }).expect(409)).body).toMatchObject(refused);
    const patch = [{ op: 'replace', path: '/name', value: name }];
    expect((await admin.patch(`${path}/${other._id}`).send(patch).expect(409)).body).toMatchObject(refused);
  });

  it('is replaced by what was read of it without a trace, and by something else with one', async () => {
    const group = await made({ externalId: 'x' });
    const read = (await admin.get(`${path}/${group._id}`)).body;
    expect((await admin.put(`${path}/${group._id}`).send(read).expect(200)).body).toEqual(read);
    const { body } = await admin.put(`${path}/${group._id}`).send({ name: group.name }).expect(200);
    expect(body).not.toHaveProperty('externalId');
    expect(await trail(group._id)).toMatchObject([
      { action: 'group.updated', before: { externalId: 'x' }, after: { externalId: null } },
      { action: 'group.created' },
    ]);
  });

  it('is patched in its name and externalId alone', async () => {
    const group = await made({ externalId: 'x' });
    const patch = (operations: unknown) => admin.patch(`${path}/${group._id}`).send(operations as object);
    const renamed = newName();
    const both = [
      { op: 'remove', path: '/externalId' },
      { op: 'replace', path: '/name', value: renamed },
    ];
    const { body } = await patch(both).expect(200);
    expect(body.name).toBe(renamed);
    expect(body).not.toHaveProperty('externalId');
    for (const refused of [
      [{ op: 'remove', path: '/externalId' }],
      [{ op: 'remove', path: '/name' }],
      [{ op: 'replace', path: '/name', value: '' }],
      [{ op: 'replace', path: '/system', value: true }],
      [{ op: 'add', path: '/members/-', value: 'x' }],
    ]) {
      await patch(refused).expect(400);
    }
  });

  it('keeps a name that was stored under an older rule when something else of it changes', async () => {
    const [id, name] = [newId(), 'old\u200bgroup'];
    const stored = { organization_id: api.organization.id, id, name, name_key: name, external_id: ' e ' };
    await api.given.insert('user_group', stored);
    const replace = (body: object) => admin.put(`${path}/${id}`).send(body);
    expect((await replace({ name, externalId: 'f' }).expect(200)).body).toMatchObject({ name, externalId: 'f' });
    await replace({ name: `${name}s`, externalId: 'f' }).expect(400);
    expect((await replace({ name: 'a new one' }).expect(200)).body).toMatchObject({ name: 'a new one' });
    await replace({ name }).expect(400);
  });

  it('of the system is neither renamed nor deleted, but its members may change', async () => {
    const id = newId();
    const row = { organization_id: api.organization.id, id, name: 'Administrators', name_key: 'administrators' };
    await api.given.insert('user_group', { ...row, system: true });
    await admin.put(`${path}/${id}`).send({ name: 'x' }).expect(403);
    await admin
      .patch(`${path}/${id}`)
      .send([{ op: 'replace', path: '/name', value: 'x' }])
      .expect(403);
    await admin.delete(`${path}/${id}`).expect(403);
    const user = await somebody();
    await edit({ _id: id, name: '' }, add(user.id)).expect(200);
    expect(await members({ _id: id, name: '' })).toHaveLength(1);
  });

  it('is gone when it is deleted, with its memberships in both directions', async () => {
    const [above, group, below, user] = [await made(), await made(), await made(), await somebody()];
    await edit(above, add(group._id)).expect(200);
    await edit(group, add(below._id)).expect(200);
    await edit(below, add(user.id)).expect(200);
    await admin.delete(`${path}/${group._id}`).expect(204);
    await admin.delete(`${path}/${group._id}`).expect(404);
    expect(await groupsOf(user.id)).toEqual({ [below._id]: 'direct' });
    expect(await members(above)).toEqual([]);
    expect((await trail(group._id))[0]).toMatchObject({ action: 'group.deleted', before: { name: group.name } });
  });

  it('that is deleted is told of in the trails of its members, of the groups it was in, and with its roles', async () => {
    const [above, group, below, user] = [await made(), await made(), await made(), await somebody()];
    await edit(above, add(group._id)).expect(200);
    await edit(group, add(below._id, user.id)).expect(200);
    await admin.post('/api/v1/role-assignments').send({ principalId: group._id, role: 'AUDITOR' }).expect(201);
    await admin.delete(`${path}/${group._id}`).expect(204);
    const of = { group: { id: group._id, name: group.name } };
    expect((await trail(user.id))[0]).toMatchObject({ action: 'user.groupLeft', before: of });
    expect((await trail(below._id))[0]).toMatchObject({ action: 'group.groupLeft', before: of });
    const named = { id: group._id, type: 'Group', name: group.name };
    expect((await trail(above._id))[0]).toMatchObject({ action: 'group.memberRemoved', before: { members: [named] } });
    const members = [
      { id: below._id, type: 'Group', name: below.name },
      { id: user.id, type: 'User', name: user.name },
    ].toSorted((one, other) => (one.name < other.name ? -1 : 1));
    expect((await trail(group._id)).filter(({ before }) => before)).toMatchObject([
      { action: 'group.deleted' },
      { action: 'role.revoked', before: { role: 'AUDITOR' } },
      { action: 'group.groupLeft', before: { group: { id: above._id, name: above.name } } },
      { action: 'group.memberRemoved', before: { members } },
    ]);
  });

  it.each([
    ['without a name', {}],
    ['with an empty name', { name: '' }],
    ['with a name of 257 characters', { name: 'x'.repeat(257) }],
    ['with a name that is none', { name: ['x'] }],
    ['with something nobody knows', { name: 'x', members: [] }],
    ['with a control character', { name: 'a\u0000b' }],
  ])('is refused %s', async (_why, body) => {
    expect((await admin.post(path).send(body).expect(400)).body).toMatchObject({ code: 'invalid' });
  });

  it('nobody knows is 404 everywhere', async () => {
    for (const id of [newId(), 'nobody', '%00']) {
      await admin.get(`${path}/${id}`).expect(404);
      await admin.put(`${path}/${id}`).send({ name: 'x' }).expect(404);
      await admin.delete(`${path}/${id}`).expect(404);
      await admin.get(`${path}/${id}/members`).expect(404);
      await admin.get(`${path}/${id}/groups`).expect(404);
      await admin.patch(`${path}/${id}/members`).send(add(admin.user.id)).expect(404);
      await admin.get(`/api/v1/directory/principals/${id}/groups`).expect(404);
      await admin.get(`/api/v1/directory/users/${id}/groups`).expect(404);
    }
  });
});

describe('the members of a group', () => {
  it('are direct, or indirect through other groups; whoever is both is direct', async () => {
    const [top, left, right, user, both] = [
      await made(),
      await made(),
      await made(),
      await somebody(),
      await somebody(),
    ];
    await edit(top, add(left._id, right._id, both.id)).expect(200);
    await edit(left, add(user.id, both.id)).expect(200);
    await edit(right, add(user.id, left._id)).expect(200);
    const byId = (await members(top)).map(({ id, membershipType }) => [id, membershipType]);
    expect(Object.fromEntries(byId)).toEqual({
      [left._id]: 'direct',
      [right._id]: 'direct',
      [both.id]: 'direct',
      [user.id]: 'indirect',
    });
    const only = async (query: string) => (await members(top, query)).map(({ id }) => id).toSorted();
    expect(await only('?filter[membershipType][EQ]=direct')).toEqual([left._id, right._id, both.id].toSorted());
    expect(await only('?filter[membershipType][EQ]=indirect')).toEqual([user.id]);
    expect(await only('?filter[principalType][EQ]=Group')).toEqual([left._id, right._id].toSorted());
    expect(await only('?filter[principalType][EQ]=User&filter[membershipType][EQ]=direct')).toEqual([both.id]);
    expect(await groupsOf(user.id, 'users')).toEqual({
      [left._id]: 'direct',
      [right._id]: 'direct',
      [top._id]: 'indirect',
    });
    expect(await groupsOf(left._id, 'groups')).toEqual({ [top._id]: 'direct', [right._id]: 'direct' });
    expect(await groupsOf(left._id, 'principals', '?filter[membershipType][EQ]=indirect')).toEqual({});
  });

  it('come by name, all of them or page by page', async () => {
    const group = await made();
    const named = ['b', 'D', 'a', 'c'].map((letter) => ({ user_name: `paged ${letter} ${++serial}` }));
    const users = await Promise.all(named.map(async (columns) => api.organization.user(columns)));
    const inner = (await made({ name: `paged bb ${++serial}` }))._id;
    await edit(group, add(inner, ...users.map(({ id }) => id))).expect(200);
    const all = (await members(group)).map(({ id }) => id);
    expect(all).toEqual([users[2]!.id, users[0]!.id, inner, users[3]!.id, users[1]!.id]);
    const page = async (query: string) => (await members(group, query)).map(({ id }) => id);
    expect(await page('?page[limit]=2')).toEqual(all.slice(0, 2));
    expect(await page('?page[limit]=2&page[offset]=3')).toEqual(all.slice(3));
    expect(await page('?page[offset]=9')).toEqual([]);
  });

  it.each([
    'filter[membershipType][EQ]=both',
    'filter[membershipType][EQ]=direct&filter[membershipType][EQ]=direct',
    'filter[membershipType][CO]=direct',
    'filter[name][EQ]=x',
    'filter[principalType][EQ]=user',
    'page[limit]=0',
    'page[limit]=1001',
    'sort=name',
  ])('are not listed by %s', async (query) => {
    expect((await admin.get(`${path}/${newId()}/members?${query}`).expect(400)).body).toMatchObject({
      code: 'invalid',
    });
  });
});

describe('changing members', () => {
  it('names principals by id, by name with type, by name alone where it means one, or by all of it', async () => {
    const [group, inner] = [await made(), await made()];
    const [byId, byName, byBoth] = [await somebody(), await somebody(), await somebody()];
    const { body } = await edit(group, [
      { op: 'add', id: byId.id.toUpperCase() },
      { op: 'add', name: byName.name.toUpperCase(), principalType: 'User' },
      { op: 'add', name: byBoth.name, id: byBoth.id, principalType: 'User' },
      { op: 'add', name: inner.name },
    ]).expect(200);
    expect(body).toEqual({ msg: expect.any(String) });
    expect((await members(group)).map(({ id }) => id).toSorted()).toEqual(
      [byId.id, byName.id, byBoth.id, inner._id].toSorted(),
    );
  });

  it('lets the last of several operations on one principal decide, and minds no change that is none', async () => {
    const [group, one, two] = [await made(), await somebody(), await somebody()];
    await edit(group, [...add(one.id, two.id), ...remove(one.id), ...remove(two.id), ...add(two.id)]).expect(200);
    expect((await members(group)).map(({ id }) => id)).toEqual([two.id]);
    const before = await trail(group._id);
    await edit(group, [...add(two.id), ...remove(one.id)]).expect(200);
    expect(await trail(group._id)).toEqual(before);
  });

  it('is told in the trails of the group and of whoever came or went', async () => {
    const [group, user] = [await made(), await somebody()];
    await edit(group, add(user.id)).expect(200);
    await edit(group, remove(user.id)).expect(200);
    const named = { members: [{ id: user.id, type: 'User', name: user.name }] };
    expect((await trail(group._id)).slice(0, 2)).toMatchObject([
      { action: 'group.memberRemoved', before: named },
      { action: 'group.memberAdded', after: named },
    ]);
    const of = { group: { id: group._id, name: group.name } };
    expect(await trail(user.id)).toMatchObject([
      { action: 'user.groupLeft', before: of },
      { action: 'user.groupJoined', after: of },
    ]);
  });

  it.each([
    ['no operation', []],
    ['an object', { op: 'add' }],
    ['1001 operations', Array.from({ length: 1_001 }, () => ({ op: 'add', id: newId() }))],
    ['an operation that is none', ['add']],
    ['nothing to do', [{ id: newId() }]],
    ['something else to do', [{ op: 'replace', id: newId() }]],
    ['nobody', [{ op: 'add' }]],
    ['a type alone', [{ op: 'add', principalType: 'User' }]],
    ['another type', [{ op: 'add', id: newId(), principalType: 'Account' }]],
    ['an id of another type', [{ op: 'add', id: 7 }]],
    ['what nobody knows', [{ op: 'add', id: newId(), path: '/x' }]],
  ])('refuses %s', async (_what, operations) => {
    expect((await edit(await made(), operations).expect(400)).body).toMatchObject({ code: 'invalid' });
  });

  it('refuses an id and a name of two, and a name that two have', async () => {
    const [group, one, two] = [await made(), await somebody(), await somebody()];
    await edit(group, [{ op: 'add', id: one.id, name: two.name }]).expect(400);
    await edit(group, [{ op: 'add', id: one.id, principalType: 'Group' }]).expect(400);
    const twin = await made({ name: one.name });
    await edit(group, [{ op: 'add', name: one.name }]).expect(400);
    await edit(group, [{ op: 'add', name: one.name, principalType: 'Group' }]).expect(200);
    expect((await members(group)).map(({ id }) => id)).toEqual([twin._id]);
  });

  it('does nothing at all when one of the operations is refused', async () => {
    const [group, user] = [await made(), await somebody()];
    const gone = await api.organization.user({ deleted_at: new Date() });
    const elsewhere = await (await api.given.organization()).user();
    for (const id of [newId(), 'nobody', gone.id, elsewhere.id]) await edit(group, add(user.id, id)).expect(404);
    await edit(group, [...add(user.id), { op: 'add', name: gone.name }]).expect(404);
    expect(await members(group)).toEqual([]);
  });

  it('never makes a group a member of itself, over however many others', async () => {
    const [top, middle, bottom] = [await made(), await made(), await made()];
    await edit(top, add(middle._id)).expect(200);
    await edit(middle, add(bottom._id)).expect(200);
    for (const group of [top, middle, bottom]) await edit(bottom, add(group._id)).expect(409);
    expect(await members(bottom)).toEqual([]);
    await edit(top, remove(middle._id)).expect(200);
    await edit(bottom, add(top._id)).expect(200);
    expect(await groupsOf(top._id)).toEqual({ [bottom._id]: 'direct', [middle._id]: 'indirect' });
  });

  it('never closes a cycle of two changes at once, of which one is refused', async () => {
    for (let round = 0; round < 15; round++) {
      const [a, b, c] = [await made(), await made(), await made()];
      await edit(b, add(c._id)).expect(200);
      const answers = await Promise.all([edit(a, add(b._id)), edit(c, add(a._id))]);
      expect(answers.map(({ status }) => `${status}`).toSorted()).toEqual(['200', '409']);
    }
  });

  it('leaves a deleted user out, however close the two come', async () => {
    for (let round = 0; round < 15; round++) {
      const [group, user] = [await made(), await somebody()];
      const [added, deleted] = await Promise.all([
        edit(group, add(user.id)),
        admin.delete(`/api/v1/directory/users/${user.id}`),
      ]);
      expect([200, 404]).toContain(added.status);
      expect(deleted.status).toBe(204);
      expect(await members(group)).toEqual([]);
    }
  });
});

describe('rights through groups', () => {
  const grant = async (principalId: string, role: string) =>
    admin.post('/api/v1/role-assignments').send({ principalId, role }).expect(201);

  it('come with a membership at any depth and go with it, for tokens that are out already', async () => {
    const [top, below] = [await made(), await made()];
    await grant(top._id, 'AUDITOR');
    const plain = await api.as([]);
    await plain.get(path).expect(403);
    await edit(top, add(below._id)).expect(200);
    await edit(below, add(plain.user.id)).expect(200);
    await plain.get(path).expect(200);
    await edit(top, remove(below._id)).expect(200);
    await plain.get(path).expect(403);
    await edit(top, add(below._id)).expect(200);
    await plain.get(path).expect(200);
    await admin.delete(`${path}/${top._id}`).expect(204);
    await plain.get(path).expect(403);
  });

  it('are given and taken only by whoever has them', async () => {
    const [top, below, user] = [await made(), await made(), await somebody()];
    await grant(top._id, 'Administrator');
    await edit(top, add(below._id)).expect(200);
    for (const group of [top, below]) {
      await edit(group, add(user.id), orgAdmin).expect(403);
      await orgAdmin.delete(`${path}/${group._id}`).expect(403);
      // Members are added by the name of a group as well: whoever could swap two would choose whom rights are given to.
      await orgAdmin
        .patch(`${path}/${group._id}`)
        .send([{ op: 'replace', path: '/name', value: newName() }])
        .expect(403);
      await orgAdmin.put(`${path}/${group._id}`).send({ name: group.name, externalId: 'crm' }).expect(403);
      await orgAdmin.put(`${path}/${group._id}`).send({ name: group.name }).expect(200);
    }
    await edit(below, add(user.id)).expect(200);
    await edit(below, remove(user.id), orgAdmin).expect(403);
    await edit(top, remove(below._id), orgAdmin).expect(403);
    expect(await groupsOf(user.id)).toEqual({ [below._id]: 'direct', [top._id]: 'indirect' });
    await edit(top, remove(below._id)).expect(200);
    await edit(below, remove(user.id), orgAdmin).expect(200);
  });

  it('leave an organization somebody who may do everything', async () => {
    const home = await api.given.organization();
    const [group, inner] = await Promise.all(
      ['top', 'inner'].map(async (name) => {
        const row = { organization_id: home.id, id: newId(), name, name_key: name };
        await api.given.insert('user_group', row);
        return { _id: row.id, name };
      }),
    );
    await api.given.insert('role_assignment', {
      organization_id: home.id,
      group_id: group!._id,
      role: 'Administrator',
    });
    const last = await api.as([], home);
    const direct = { organization_id: home.id, group_id: group!._id, user_id: last.user.id };
    await api.given.insert('membership', direct);
    await edit(group!, add(inner!._id), last).expect(200);
    await edit(inner!, add(last.user.id), last).expect(200);
    await edit(group!, remove(last.user.id), last).expect(200);
    await edit(group!, remove(inner!._id), last).expect(409);
    await edit(inner!, remove(last.user.id), last).expect(409);
    await last.delete(`${path}/${inner!._id}`).expect(409);
    await last.delete(`${path}/${group!._id}`).expect(409);
    expect((await last.get(path).expect(200)).body.totalCount).toBe(2);
  });

  it.each([
    [
      'switched off',
      `select pg_advisory_xact_lock(hashtextextended('ostiary user name ' || $1::text || ' renamed', 0)), $2::uuid, $3::uuid`,
      (home: Client, _: string, id: string) =>
        home.put(`/api/v1/directory/users/${id}`).send({ userName: 'renamed', active: false }),
    ],
    [
      'taken out of the group',
      'insert into membership (organization_id, group_id, user_id) values ($1, $2, $3)',
      (home: Client, group: string, id: string, other: string) =>
        home.patch(`${path}/${group}/members`).send([...remove(id), ...add(other)]),
    ],
  ])(
    'leave somebody who may do everything also when a group gives it to whoever is being %s',
    async (_, text, less) => {
      const company = await api.given.organization();
      const first = await api.as('Administrator', company);
      const [second, third] = [
        (await api.as([], company)).user,
        await company.user({ active: false, inactive_reason: 'manual' }),
      ];
      const group = (await first.post(path).send({ name: 'Heirs' }).expect(201)).body as Group;
      await edit(group, add(second.id), first).expect(200);
      const own = (await first.get(`/api/v1/role-assignments?principalId=${first.user.id}`).expect(200)).body.data[0]
        .id;

      const held = await HeldTransaction.begin(api.database.ownerUrl, text, [company.id, group._id, third.id]);
      const lessening = less(first, group._id, second.id, third.id).then(({ status }) => status);
      await held.untilInTheWayOf(1);
      await first.post('/api/v1/role-assignments').send({ principalId: group._id, role: 'Administrator' }).expect(201);
      await first.delete(`/api/v1/role-assignments/${own}`).expect(204);
      await held.rollback();
      expect(await lessening).toBe(409);
      const able = `select u.id from app_user u where organization_id = $1 and active and 'Administrator' = any(roles_of($1, u.id))`;
      expect(await api.given.sql(able, [company.id])).toEqual([{ id: second.id }]);
    },
  );

  it('come back to a restored user with the groups that are still there', async () => {
    const [kept, gone, user] = [await made(), await made(), await somebody()];
    for (const group of [kept, gone]) await edit(group, add(user.id)).expect(200);
    await admin.delete(`/api/v1/directory/users/${user.id}`).expect(204);
    expect(await groupsOf(user.id)).toEqual({});
    await admin.delete(`${path}/${gone._id}`).expect(204);
    await admin.post(`/api/v1/directory/users/${user.id}/restore`).expect(200);
    expect(await groupsOf(user.id)).toEqual({ [kept._id]: 'direct' });
  });

  it('are told of at both ends when a user is deleted, and when he comes back', async () => {
    const [group, user] = [await made(), await somebody()];
    await edit(group, add(user.id)).expect(200);
    await grant(user.id, 'AUDITOR');
    await admin.delete(`/api/v1/directory/users/${user.id}`).expect(204);
    await admin.post(`/api/v1/directory/users/${user.id}/restore`).expect(200);
    const of = { group: { id: group._id, name: group.name } };
    expect((await trail(user.id)).slice(0, 6)).toMatchObject([
      { action: 'user.restored' },
      { action: 'role.granted', after: { role: 'AUDITOR' } },
      { action: 'user.groupJoined', after: of },
      { action: 'user.deleted' },
      { action: 'role.revoked', before: { role: 'AUDITOR' } },
      { action: 'user.groupLeft', before: of },
    ]);
    const named = { members: [{ id: user.id, type: 'User', name: user.name }] };
    expect((await trail(group._id)).slice(0, 2)).toMatchObject([
      { action: 'group.memberAdded', after: named },
      { action: 'group.memberRemoved', before: named },
    ]);
  });
});
