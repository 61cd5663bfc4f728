import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { newId } from '@app/kernel';
import { AccountDesk, accountPath, emails, usersIn } from '../../support/account-desk.js';
import { TestApi } from '../../support/api.js';

let api: TestApi;
let desk: AccountDesk;

const groupsPath = `${accountPath}/groups`;

beforeAll(async () => {
  api = await TestApi.start();
});
afterAll(async () => api.close());
beforeEach(async () => {
  desk = await AccountDesk.open(api);
  for (const name of ['ada', 'bo', 'cy']) await desk.person(name);
});

/** Makes groups by name and gives their ids by name. */
async function made(groups: Readonly<Record<string, readonly string[]>>): Promise<Record<string, string>> {
  const body = Object.entries(groups).map(([name, users]) => ({ name, users: emails(users) }));
  const answer = await desk.admin.post(groupsPath).send(body).expect(201);
  return Object.fromEntries(answer.body.map(({ name, _id }: { name: string; _id: string }) => [name, _id]));
}

const actions = async () => (await desk.trail.events()).map(({ action }) => action).toSorted();

describe('groups in PUT /api/v1/owners/account', () => {
  it('are found by id or by name, made where there are none, and the others are removed', async () => {
    const ids = await made({ Alpha: ['ada'], Beta: ['ada', 'bo'], Gamma: ['cy'] });
    await desk.trail.mark();
    const groups = [
      { name: 'Delta', users: emails(['cy', 'ada']) },
      { _id: ids['Beta'], name: 'Beta two', users: emails(['bo', 'cy']) },
      { name: 'ALPHA', users: [] },
    ];
    const { body, status } = await desk.put({ groups }, '?attr=groups');
    expect(status).toBe(200);
    const shown = body.groups.map(({ _id, name, users }: { _id: string; name: string; users: [] }) => [
      _id,
      name,
      usersIn(users).map((user) => user.split('@')[0]),
    ]);
    expect(shown).toEqual([
      [expect.any(String), 'Delta', ['cy', 'ada']],
      [ids['Beta'], 'Beta two', ['bo', 'cy']],
      [ids['Alpha'], 'ALPHA', []],
    ]);
    expect(Object.values(ids)).not.toContain(shown[0][0]);
    expect(await desk.groups()).toEqual({
      ALPHA: [],
      'Beta two': ['bo@example.com', 'cy@example.com'],
      Delta: ['ada@example.com', 'cy@example.com'],
    });
    expect(await actions()).toEqual([
      'group.created',
      'group.deleted',
      ...Array.from({ length: 2 }, () => 'group.memberAdded'),
      ...Array.from({ length: 3 }, () => 'group.memberRemoved'),
      'group.updated',
      'group.updated',
      ...Array.from({ length: 3 }, () => 'user.groupJoined'),
      ...Array.from({ length: 3 }, () => 'user.groupLeft'),
    ]);
    const events = await desk.trail.events();
    expect(events.filter(({ action }) => action === 'group.deleted')).toMatchObject([
      { subject_id: ids['Gamma'], before: { name: 'Gamma' }, after: null },
    ]);
    expect(
      events.find(({ subject_id, action }) => action === 'group.updated' && subject_id === ids['Beta']),
    ).toMatchObject({
      before: { name: 'Beta' },
      after: { name: 'Beta two' },
    });
  });

  it('may exchange their names', async () => {
    const ids = await made({ Alpha: ['ada'], Beta: ['bo'], Gamma: [] });
    const ring = [
      { _id: ids['Alpha'], name: 'Beta', users: emails(['ada']) },
      { _id: ids['Beta'], name: 'Gamma', users: emails(['bo']) },
      { _id: ids['Gamma'], name: 'Alpha', users: [] },
    ];
    const { body, status } = await desk.put({ groups: ring }, '?attr=groups');
    expect(status).toBe(200);
    expect(body.groups.map(({ _id, name }: { _id: string; name: string }) => [_id, name])).toEqual(
      ring.map(({ _id, name }) => [_id, name]),
    );
  });

  it('may take the name of one that goes', async () => {
    const ids = await made({ Alpha: [], Beta: [] });
    const { status } = await desk.put({ groups: [{ _id: ids['Alpha'], name: 'beta', users: [] }] });
    expect(status).toBe(200);
    expect(await desk.groups()).toEqual({ beta: [] });
  });

  it('keep their name where only the id is given, in whatever letters', async () => {
    const ids = await made({ Alpha: ['ada'] });
    const { body } = await desk.put(
      { groups: [{ _id: ids['Alpha']!.toUpperCase(), users: emails(['bo']) }] },
      '?attr=groups',
    );
    expect(body.groups).toEqual([{ _id: ids['Alpha'], name: 'Alpha', users: emails(['bo']) }]);
  });

  it.each([newId(), '61bac74a84cac62fcbfe2c3c', 'nonsense'])(
    'are found by name where no group is %s',
    async (unknown) => {
      const ids = await made({ Alpha: [] });
      const { body } = await desk.put({ groups: [{ _id: unknown, name: 'alpha', users: [] }] }, '?attr=groups');
      expect(body.groups).toEqual([{ _id: ids['Alpha'], name: 'alpha', users: [] }]);
      expect((await desk.put({ groups: [{ _id: unknown, users: [] }] })).status).toBe(400);
    },
  );

  it('of another organization are unknown', async () => {
    const other = await AccountDesk.open(api);
    const theirs = await other.admin
      .post(groupsPath)
      .send([{ name: 'Theirs', users: [] }])
      .expect(201);
    const id = theirs.body[0]._id;
    const { body } = await desk.put({ groups: [{ _id: id, name: 'Mine', users: [] }] }, '?attr=groups');
    expect(body.groups[0]._id).not.toBe(id);
    for (const [method, sent] of [
      ['put', { name: 'x' }],
      ['delete', undefined],
    ] as const) {
      await desk.admin[method](`${groupsPath}/${id}`).send(sent).expect(404);
    }
    expect(await other.groups()).toEqual({ Theirs: [] });
  });

  it('of the directory are none of them, though they have the same name', async () => {
    const directory = await desk.admin.post('/api/v1/directory/groups').send({ name: 'Alpha' }).expect(201);
    const { body } = await desk.put(
      { groups: [{ _id: directory.body._id, name: 'alpha', users: [] }] },
      '?attr=groups',
    );
    expect(body.groups[0]._id).not.toBe(directory.body._id);
    const listed = await desk.admin.get('/api/v1/directory/groups').expect(200);
    expect(listed.body.data.map(({ name }: { name: string }) => name)).toEqual(['Administrators', 'Alpha']);
    await desk.admin.get(`/api/v1/directory/groups/${body.groups[0]._id}`).expect(404);
    await desk.admin.put(`${groupsPath}/${directory.body._id}`).send({ name: 'x' }).expect(404);
    const role = { principalId: body.groups[0]._id, role: 'Administrator' };
    await desk.admin.post('/api/v1/role-assignments').send(role).expect(404);
  });

  it.each([
    [
      'two entries on one group',
      (a: string) => [
        { _id: a, name: 'New', users: [] },
        { name: 'Alpha', users: [] },
      ],
    ],
    [
      'one group twice by id',
      (a: string) => [
        { _id: a, users: [] },
        { _id: a, users: [] },
      ],
    ],
    [
      'two final names alike',
      (a: string) => [
        { _id: a, name: 'BETA', users: [] },
        { name: 'Beta', users: [] },
      ],
    ],
    [
      'two new names alike',
      () => [
        { name: 'N', users: [] },
        { name: ' n ', users: [] },
      ],
    ],
    ['no users', () => [{ name: 'N' }]],
    ['no name', () => [{ users: [] }]],
  ])('are refused with %s', async (_, groups) => {
    const ids = await made({ Alpha: ['ada'], Beta: [] });
    const before = await desk.state();
    const answer = await desk.put({ groups: groups(ids['Alpha']!) });
    expect([answer.status, answer.body.error.code]).toEqual([400, 'VALIDATION_ERROR']);
    expect(await desk.state()).toBe(before);
  });

  it('all go with an empty list, and none where there is no list', async () => {
    await made({ Alpha: ['ada'], Beta: [] });
    await desk.put({ accountName: 'Other' });
    expect(Object.keys(await desk.groups())).toEqual(['Alpha', 'Beta']);
    expect((await desk.put({ groups: [] }, '?attr=groups')).body).toEqual({ groups: [] });
  });
});

describe('POST /api/v1/owners/account/groups', () => {
  it('makes groups and answers with all there are, the new ones first in their order', async () => {
    await made({ Beta: ['ada'] });
    await desk.trail.mark();
    const { body } = await desk.admin
      .post(groupsPath)
      .send([
        { name: 'New Group', users: [{ user: 'cy@example.com' }, { user: 'bo@example.com' }] },
        { name: 'Alpha', users: [] },
      ])
      .expect(201);
    const id = expect.stringMatching(/^[0-9a-f-]{36}$/);
    expect(body).toEqual([
      { _id: id, name: 'New Group', users: emails(['cy', 'bo']) },
      { _id: id, name: 'Alpha', users: [] },
      { _id: id, name: 'Beta', users: emails(['ada']) },
    ]);
    const made2 = (await desk.trail.events()).filter(({ action }) => action === 'group.created');
    expect(made2.map(({ after }) => after)).toEqual([
      { name: 'New Group', kind: 'org_group' },
      { name: 'Alpha', kind: 'org_group' },
    ]);
  });

  it('makes all of them or none', async () => {
    await made({ Beta: [] });
    const before = await desk.state();
    const first = { name: 'Fine', users: emails(['somebody-new']) };
    const answers = [];
    for (const second of [
      { name: 'beta', users: [] },
      { name: ' FINE', users: [] },
      { _id: newId(), name: 'X', users: [] },
    ]) {
      answers.push((await desk.admin.post(groupsPath).send([first, second])).status);
    }
    expect(answers).toEqual([409, 400, 400]);
    expect(await desk.state()).toBe(before);
  });

  it.each([[{}], [[]], [[null]], [[1]], [['x']], [[[]]], [{ name: 'x', users: [] }], [[{ name: 'x', users: {} }]]])(
    'refuses %j',
    async (body) => {
      await desk.admin.post(groupsPath).send(body).expect(400);
    },
  );

  it('makes no more than the account may have, so that what is read can be written', async () => {
    const many = (from: number, to: number) =>
      Array.from({ length: to - from }, (_, i) => ({ name: `Group ${from + i}`, users: [] }));
    await desk.admin.post(groupsPath).send(many(0, 201)).expect(400);
    await desk.admin.post(groupsPath).send(many(0, 199)).expect(201);
    await desk.admin.post(groupsPath).send(many(199, 201)).expect(409);
    expect((await desk.admin.post(groupsPath).send(many(199, 200)).expect(201)).body).toHaveLength(200);
    expect((await desk.put({ groups: many(0, 200) })).status).toBe(200);
    expect((await desk.put({ groups: many(0, 201) })).status).toBe(400);
  });
});

describe('PUT /api/v1/owners/account/groups/{id}', () => {
  it('changes what is named and keeps the rest', async () => {
    const ids = await made({ Alpha: ['ada', 'bo'] });
    const path = `${groupsPath}/${ids['Alpha']}`;
    const renamed = await desk.admin.put(path).send({ name: 'Updated Group' }).expect(200);
    expect(renamed.body).toEqual({ _id: ids['Alpha'], name: 'Updated Group', users: emails(['ada', 'bo']) });
    const replaced = await desk.admin
      .put(path)
      .send({ users: emails(['cy', 'ada']) })
      .expect(200);
    expect(replaced.body).toEqual({ _id: ids['Alpha'], name: 'Updated Group', users: emails(['cy', 'ada']) });
  });

  it('changes nothing and records nothing for {} and for what is so already', async () => {
    const ids = await made({ Alpha: ['ada'] });
    await desk.trail.mark();
    const path = `${groupsPath}/${ids['Alpha']}`;
    const whole = { _id: ids['Alpha'], name: 'Alpha', users: emails(['ada']) };
    for (const body of [{}, { name: 'Alpha' }, { name: 'Alpha', users: emails(['ada']) }, whole]) {
      expect((await desk.admin.put(path).send(body).expect(200)).body.users).toEqual(emails(['ada']));
    }
    expect(await desk.trail.told()).toEqual([]);
  });

  it('refuses a name that another has, and what it does not know', async () => {
    const ids = await made({ Alpha: ['ada'], Beta: [] });
    const path = `${groupsPath}/${ids['Alpha']}`;
    await desk.admin.put(path).send({ name: 'BETA' }).expect(409);
    await desk.admin.put(path).send({ name: 'ALPHA' }).expect(200);
    for (const body of [
      { _id: ids['Beta'] },
      { _id: 7 },
      { name: null },
      { users: null },
      [],
      { name: '' },
      { name: 'a\u200bb' },
    ]) {
      await desk.admin.put(path).send(body).expect(400);
    }
    await desk.admin.put(path).expect(400);
  });

  it.each([newId(), 'nonsense', 'account'])('knows no group %s', async (id) => {
    await desk.admin.put(`${groupsPath}/${id}`).send({ name: 'x' }).expect(404);
    await desk.admin.delete(`${groupsPath}/${id}`).expect(404);
  });
});

describe('DELETE /api/v1/owners/account/groups/{id}', () => {
  it('deletes a group for good; its users stay', async () => {
    const ids = await made({ Alpha: ['ada'], Beta: ['ada'] });
    await desk.trail.mark();
    const answer = await desk.admin.delete(`${groupsPath}/${ids['Alpha']}`).expect(204);
    expect(answer.text).toBe('');
    await desk.admin.delete(`${groupsPath}/${ids['Alpha']}`).expect(404);
    expect(await desk.groups()).toEqual({ Beta: ['ada@example.com'] });
    expect(await actions()).toEqual(['group.deleted', 'group.memberRemoved', 'user.groupLeft']);
  });
});

describe('users of groups', () => {
  const directory = '/api/v1/directory/users';

  async function adaDeleted(): Promise<{ readonly group: string | undefined; readonly ada: string }> {
    const { Alpha: group } = await made({ Alpha: ['ada', 'bo'], Beta: ['ada'] });
    const text = `select id from app_user where organization_id = $1 and email_key = 'ada@example.com'`;
    const [{ id } = { id: '' }] = await api.given.sql(text, [desk.organization.id]);
    await desk.admin.delete(`${directory}/${id}`).expect(204);
    return { group, ada: id };
  }

  it('are gone from them while they are deleted, and back when they are', async () => {
    const { group, ada } = await adaDeleted();
    expect(await desk.groups()).toEqual({ Alpha: ['bo@example.com'], Beta: [] });
    await desk.admin.put(`${groupsPath}/${group}`).send({ name: 'Alpha again' }).expect(200);
    await desk.admin.post(`${directory}/${ada}/restore`).expect(200);
    expect(await desk.groups()).toEqual({
      'Alpha again': ['ada@example.com', 'bo@example.com'],
      Beta: ['ada@example.com'],
    });
  });

  it.each<[string, (group: string | undefined) => PromiseLike<unknown>]>([
    [
      'PUT of the group',
      (id) =>
        desk.admin
          .put(`${groupsPath}/${id}`)
          .send({ users: emails(['bo']) })
          .expect(200),
    ],
    [
      'PUT of the account',
      () =>
        desk.admin
          .put(accountPath)
          .send({
            groups: [
              { name: 'Alpha', users: emails(['bo']) },
              { name: 'Beta', users: [] },
            ],
          })
          .expect(200),
    ],
  ])(
    'who were deleted do not come back into what a %s has replaced, and no event tells of them',
    async (_, replace) => {
      const { group, ada } = await adaDeleted();
      await desk.trail.mark();
      await replace(group);
      expect(await desk.trail.told()).toEqual([]);
      await desk.admin.post(`${directory}/${ada}/restore`).expect(200);
      expect((await desk.groups())['Alpha']).toEqual(['bo@example.com']);
    },
  );
});
