import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Role, roles } from '@app/access';
import { fold, newId } from '@app/kernel';
import { type Client, TestApi } from '../../support/api.js';
import type { GivenOrganization, Row } from '../../support/given.js';

const path = '/api/v1/role-assignments';

let api: TestApi;
let company: GivenOrganization;
let admin: Client;

beforeAll(async () => {
  api = await TestApi.start();
});
afterAll(async () => api.close());
beforeEach(async () => {
  company = await api.given.organization();
  admin = await api.as('Administrator', company);
});

const as = async (held: Role | readonly Role[]) => api.as(held, company);
const grant = (by: Client, principalId: unknown, role: unknown, more: object = {}) =>
  by.post(path).send({ principalId, role, ...more });
const listOf = async (by: Client, query = '') => (await by.get(`${path}${query}`).expect(200)).body;
const held = async ({ id }: { id: string }) => (await listOf(admin, `?principalId=${id}`)).data;
const statusesOf = (answers: readonly { status: number }[]) =>
  answers.map(({ status }) => status).toSorted((a, b) => a - b);
const eventsOn = async ({ id }: { id: string }) =>
  api.given.sql(
    'select action, actor_id, subject_type, before, after from audit_event where subject_id = $1 order by at, id',
    [id],
  );

async function group(columns: Record<string, unknown> = {}): Promise<Row> {
  const id = newId();
  const row = { organization_id: company.id, id, name: id, name_key: fold(id), ...columns };
  await api.given.insert('user_group', row);
  return { id, name: id };
}
const addMember = async (to: Row, user: Row) =>
  api.given.insert('membership', { organization_id: company.id, group_id: to.id, user_id: user.id });
const nest = async (outer: Row, inner: Row) =>
  api.given.insert('group_closure', {
    organization_id: company.id,
    ancestor_id: outer.id,
    descendant_id: inner.id,
    paths: 1,
  });

describe('whoever answers for the account of the organization', () => {
  it('is an Administrator by that alone, of that organization, and is counted as one', async () => {
    const owner = await as([]);
    await owner.get(path).expect(403);
    await api.given.sql('update organization set account_owner_user_id = $2 where id = $1', [
      company.id,
      owner.user.id,
    ]);
    await expect.poll(async () => (await owner.get(path)).status, { timeout: 3_000 }).toBe(200);
    expect(await listOf(owner, `?principalId=${owner.user.id}`)).toMatchObject({ totalCount: 0 });

    // Another one may go: he can sign in, and stays.
    const [{ id }] = await held(admin.user);
    await owner.delete(`${path}/${id}`).expect(204);
    await owner.get(path).expect(200);
    await api.given.sql(`update app_user set active = false, inactive_reason = 'manual' where id = $1`, [
      owner.user.id,
    ]);
    await expect.poll(async () => (await owner.get(path)).status, { timeout: 3_000 }).toBe(401);
  });
});

describe('a role given to a user', () => {
  it('is answered with where it is found, and stands in the trail of the user', async () => {
    const user = await company.user();
    const made = await grant(admin, user.id.toUpperCase(), 'AUDITOR').expect(201);
    expect(made.body).toEqual({
      id: expect.any(String),
      principalId: user.id,
      principalType: 'User',
      role: 'AUDITOR',
      createdAt: expect.stringMatching(/^\d{4}-.*Z$/),
    });
    expect(made.headers['location']).toBe(`${path}/${made.body.id}`);
    expect((await admin.get(made.headers['location']!).expect(200)).body).toEqual(made.body);
    expect(await eventsOn(user)).toEqual([
      {
        action: 'role.granted',
        actor_id: admin.user.id,
        subject_type: 'user',
        before: null,
        after: { role: 'AUDITOR' },
      },
    ]);
  });

  it('is his at once, and is gone at once when it is taken away', async () => {
    const somebody = await as([]);
    await somebody.get('/accounts').expect(403);
    const { body } = await grant(admin, somebody.user.id, 'AUDITOR').expect(201);
    await somebody.get('/accounts').expect(200);
    await admin.delete(`${path}/${body.id}`).expect(204);
    await somebody.get('/accounts').expect(403);
    expect((await eventsOn(somebody.user)).at(-1)).toMatchObject({
      action: 'role.revoked',
      before: { role: 'AUDITOR' },
      after: null,
    });
  });

  it('that he holds already is the one he holds, and no event', async () => {
    const user = await company.user();
    const first = await grant(admin, user.id, 'HELPDESK').expect(201);
    const again = await grant(admin, user.id, 'HELPDESK').expect(200);
    expect(again.body).toEqual(first.body);
    expect(again.headers['location']).toBe(first.headers['location']);
    expect(await eventsOn(user)).toHaveLength(1);
  });

  it('many times at the same moment is given once', async () => {
    const user = await company.user();
    const answers = await Promise.all(Array.from({ length: 6 }, () => grant(admin, user.id, 'HELPDESK')));
    expect(statusesOf(answers)).toEqual([200, 200, 200, 200, 200, 201]);
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
    expect(await eventsOn(user)).toHaveLength(1);
  });

  it('is taken away once', async () => {
    const { body } = await grant(admin, (await company.user()).id, 'HELPDESK').expect(201);
    await admin.delete(`${path}/${body.id.toUpperCase()}`).expect(204);
    for (const method of ['get', 'delete'] as const) await admin[method](`${path}/${body.id}`).expect(404);
  });
});

describe('a role given to a group', () => {
  it('reaches members of groups nested in it at once, and leaves them at once', async () => {
    const member = await as([]);
    const [outer, inner] = [await group(), await group()];
    await nest(outer, inner);
    await addMember(inner, member.user);
    await member.get('/accounts').expect(403);
    const { body } = await grant(admin, outer.id, 'AUDITOR').expect(201);
    expect(body).toMatchObject({ principalId: outer.id, principalType: 'Group' });
    await member.get('/accounts').expect(200);
    await admin.delete(`${path}/${body.id}`).expect(204);
    await member.get('/accounts').expect(403);
    const actions = (await eventsOn(outer)).map(({ action, subject_type }) => [action, subject_type]);
    expect(actions).toEqual([
      ['role.granted', 'group'],
      ['role.revoked', 'group'],
    ]);
  });

  it('is the one it holds when it is given again', async () => {
    const circle = await group();
    const first = await grant(admin, circle.id, 'AUDITOR').expect(201);
    expect((await grant(admin, circle.id, 'AUDITOR').expect(200)).body).toEqual(first.body);
  });
});

describe('nobody', () => {
  it.each(roles)('of ORG_ADMIN gives %s with a right he lacks', async (role) => {
    const giver = await as('ORG_ADMIN');
    const user = await company.user();
    await grant(giver, user.id, role).expect(role === 'Administrator' ? 403 : 201);
    expect(await held(user)).toHaveLength(role === 'Administrator' ? 0 : 1);
  });

  it('gives himself what he lacks', async () => {
    const giver = await as('ORG_ADMIN');
    await grant(giver, giver.user.id, 'Administrator').expect(403);
    await giver.post('/api/v1/owners/sync').expect(403);
  });

  it.each<{ role: Role | readonly Role[] }>([
    { role: [] },
    { role: 'SOURCE_ADMIN' },
    { role: 'SOURCE_SUBADMIN' },
    { role: 'HELPDESK' },
    { role: 'AUDITOR' },
  ])('with $role gives or takes any role', async ({ role }) => {
    const somebody = await as(role);
    const { body } = await grant(admin, (await company.user()).id, 'AUDITOR').expect(201);
    await grant(somebody, somebody.user.id, 'AUDITOR').expect(403);
    await somebody.delete(`${path}/${body.id}`).expect(403);
  });

  it('takes a role from somebody who has a right he lacks, though he may give him one', async () => {
    const giver = await as('ORG_ADMIN');
    const { body } = await grant(giver, admin.user.id, 'AUDITOR').expect(201);
    await giver.delete(`${path}/${body.id}`).expect(403);
    expect((await held(admin.user)).map(({ role }: { role: string }) => role)).toContain('AUDITOR');
    await admin.delete(`${path}/${body.id}`).expect(204);
  });

  it('takes a role from a group that conveys a right he lacks, even by a group around it', async () => {
    const giver = await as('ORG_ADMIN');
    const [outer, inner] = [await group(), await group()];
    await nest(outer, inner);
    const { body } = await grant(giver, inner.id, 'AUDITOR').expect(201);
    await grant(admin, outer.id, 'Administrator').expect(201);
    await giver.delete(`${path}/${body.id}`).expect(403);
    await admin.delete(`${path}/${body.id}`).expect(204);
  });

  it('who acts as another gives or takes a role', async () => {
    const target = await as('ORG_ADMIN');
    const { body } = await admin.post('/api/v1/auth/impersonate').send({ userId: target.user.id }).expect(200);
    const acting = { ...target, ...api.client(body.token) };
    const assignment = await grant(admin, (await company.user()).id, 'AUDITOR').expect(201);
    await grant(acting, target.user.id, 'AUDITOR').expect(403);
    await acting.delete(`${path}/${assignment.body.id}`).expect(403);
    await acting.get(path).expect(200);
  });
});

describe('the last active Administrator', () => {
  const assignmentOf = async (client: Client) => (await held(client.user))[0].id as string;

  it('cannot be demoted, not even by himself', async () => {
    const { body } = await admin.delete(`${path}/${await assignmentOf(admin)}`).expect(409);
    expect(body).toEqual({
      error: 'The last active Administrator cannot be taken away.',
      code: 'conflict',
    });
    await admin.post('/api/v1/owners/sync').expect(202);
    expect(await eventsOn(admin.user)).toEqual([]);
  });

  it('can be demoted once another is there, directly or through a group', async () => {
    const circle = await group();
    await addMember(circle, (await as([])).user);
    const { body } = await grant(admin, circle.id, 'Administrator').expect(201);
    await admin.delete(`${path}/${await assignmentOf(admin)}`).expect(204);
    const after = await as('Administrator');
    await after.delete(`${path}/${body.id}`).expect(204);
  });

  it('keeps his role when the group that gives it would lose it', async () => {
    const circle = await group();
    await addMember(circle, admin.user);
    const { body } = await grant(admin, circle.id, 'Administrator').expect(201);
    await admin.delete(`${path}/${await assignmentOf(admin)}`).expect(204);
    await admin.delete(`${path}/${body.id}`).expect(409);
  });

  it.each([
    ['disabled', { active: false, inactive_reason: 'manual' }],
    ['deleted', { deleted_at: new Date() }],
    ['invited only', { invitation_pending: true }],
  ])('has no equal in one who is %s', async (_, columns) => {
    const mine = await assignmentOf(admin);
    await api.as('Administrator', company, columns);
    await admin.delete(`${path}/${mine}`).expect(409);
  });

  it('has no equal in one of another directory who has no way to sign in here', async () => {
    const users = '/api/v1/directory/users';
    const { body } = await admin.post(users).send({ userName: 'imported', externalId: 'e-1' }).expect(201);
    await grant(admin, body._id, 'Administrator').expect(201);
    const off = [{ op: 'replace', path: '/active', value: false }];
    await admin.patch(`${users}/${admin.user.id}`).send(off).expect(409);
  });

  it('remains when the last two are demoted at the same moment, whoever does it', async () => {
    for (let round = 0; round < 5; round++) {
      company = await api.given.organization();
      admin = await as('Administrator');
      const other = await as('Administrator');
      const [mine, theirs] = [await assignmentOf(admin), await assignmentOf(other)];
      const demote = (by: Client, id: string) => by.delete(`${path}/${id}`);
      const answers = await Promise.all(
        round % 2 === 0 ? [demote(admin, mine), demote(other, theirs)] : [demote(admin, theirs), demote(other, mine)],
      );
      // Whoever was demoted by the other before he was heard is no Administrator any more.
      const refusals = round % 2 === 0 ? [409] : [403, 409];
      const [done, refused] = statusesOf(answers);
      expect([done, refusals.includes(refused!)]).toEqual([204, true]);
    }
  });
});

describe('the holder of a role', () => {
  it.each([
    ['unknown', async () => newId()],
    ['no id', async () => 'nonsense'],
    ['empty', async () => ''],
    ['deleted', async () => (await company.user({ deleted_at: new Date() })).id],
    ['of another organization', async () => (await (await api.given.organization()).user()).id],
    ['a group of the account', async () => (await group({ kind: 'org_group' })).id],
  ])('that is %s is not found', async (_, id) => {
    const { body } = await grant(admin, await id(), 'AUDITOR').expect(404);
    expect(body).toEqual({ error: 'No such principal.', code: 'not_found' });
  });

  it('is no system user', async () => {
    const { id } = await company.user({ system: true });
    const { body } = await grant(admin, id, 'AUDITOR').expect(409);
    expect(body).toEqual({ error: 'A system user holds no role.', code: 'conflict' });
  });

  it('takes his assignments out of sight when he is deleted, until he is back', async () => {
    const user = await company.user();
    const { body } = await grant(admin, user.id, 'AUDITOR').expect(201);
    await api.given.sql('update app_user set deleted_at = now() where id = $1', [user.id]);
    expect(await held(user)).toEqual([]);
    for (const method of ['get', 'delete'] as const) await admin[method](`${path}/${body.id}`).expect(404);
    await api.given.sql('update app_user set deleted_at = null where id = $1', [user.id]);
    expect(await held(user)).toEqual([body]);
  });
});

describe('a body', () => {
  const valid = { principalId: newId(), role: 'AUDITOR' };
  it.each([
    ['principalId', { ...valid, principalId: undefined }],
    ['principalId', { ...valid, principalId: null }],
    ['principalId', { ...valid, principalId: 7 }],
    ['principalId', { ...valid, principalId: [valid.principalId] }],
    ['principalId', { ...valid, principalId: 'x'.repeat(101) }],
    ['role', { ...valid, role: undefined }],
    ['role', { ...valid, role: 'administrator' }],
    ['role', { ...valid, role: 'toString' }],
    ['role', { ...valid, role: ['AUDITOR'] }],
    ['id', { ...valid, id: newId() }],
    ['organizationId', { ...valid, organizationId: newId() }],
    ['userId', { ...valid, userId: newId() }],
    ['groupId', { ...valid, groupId: newId() }],
    ['createdAt', { ...valid, createdAt: '2020-01-01T00:00:00Z' }],
  ])('is refused for its %s: %j', async (field, body) => {
    const answer = await admin.post(path).send(body).expect(400);
    expect(answer.body).toEqual({
      error: expect.any(String),
      code: 'invalid',
      details: [{ field, message: expect.any(String) }],
    });
  });
});

describe('the list', () => {
  it('is in the order in which they were given, by pages, with the number of all', async () => {
    const user = await company.user();
    const circle = await group();
    for (const role of ['HELPDESK', 'AUDITOR'] as const) await grant(admin, user.id, role).expect(201);
    await grant(admin, circle.id, 'AUDITOR').expect(201);
    const { totalCount, data } = await listOf(admin);
    expect(totalCount).toBe(4);
    expect(data.map(({ role, principalType }: Record<string, string>) => [role, principalType])).toEqual([
      ['Administrator', 'User'],
      ['HELPDESK', 'User'],
      ['AUDITOR', 'User'],
      ['AUDITOR', 'Group'],
    ]);
    expect(await listOf(admin, '?page[offset]=1&page[limit]=2')).toEqual({ totalCount: 4, data: data.slice(1, 3) });
    expect(await listOf(admin, '?page[offset]=9')).toEqual({ totalCount: 4, data: [] });
    expect(await listOf(admin, '?role=AUDITOR')).toEqual({ totalCount: 2, data: data.slice(2) });
    expect(await listOf(admin, `?principalId=${user.id.toUpperCase()}`)).toMatchObject({ totalCount: 2 });
    expect(await listOf(admin, `?principalId=${circle.id}&role=AUDITOR`)).toMatchObject({ totalCount: 1 });
    expect(await listOf(admin, `?principalId=${circle.id}&role=HELPDESK`)).toEqual({ totalCount: 0, data: [] });
    expect(await listOf(admin, `?principalId=${newId()}`)).toEqual({ totalCount: 0, data: [] });
  });

  it.each([
    ['role', '?role=auditor'],
    ['role', '?role='],
    ['role', '?role=AUDITOR&role=HELPDESK'],
    ['principalId', '?principalId=x'],
    ['principalId', '?principalId='],
    ['principal', '?principal=x'],
    ['filter[role][EQ]', '?filter[role][EQ]=AUDITOR'],
    ['page[limit]', '?page[limit]=0'],
    ['page[limit]', '?page[limit]=1001'],
    ['page[offset]', '?page[offset]=-1'],
  ])('is refused for %s in %s', async (field, query) => {
    const { body } = await admin.get(path + query).expect(400);
    expect(body.details).toEqual([{ field, message: expect.any(String) }]);
  });
});
