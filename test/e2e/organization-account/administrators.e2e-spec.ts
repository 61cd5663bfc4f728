import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { newId } from '@app/kernel';
import { AccountDesk, accountPath, emails, usersIn } from '../../support/account-desk.js';
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

const both = ['boss@example.com', 'rod@example.com'];

describe('the administrators of the account', () => {
  it('replace those there are, in the order of the request', async () => {
    await desk.person('rod', { first_name: 'Rod', last_name: 'Lewis' });
    await desk.trail.mark();
    const answer = await desk.put({ administrators: emails(['rod', 'boss']) }, '?attr=administrators');
    expect([answer.status, answer.body]).toEqual([
      200,
      {
        administrators: [
          { user: 'rod@example.com', name: { first: 'Rod', last: 'Lewis' } },
          { user: 'boss@example.com' },
        ],
      },
    ]);
    expect(await desk.administrators()).toEqual(both);
    expect(await desk.trail.told()).toEqual([['role.granted', null, { role: 'Administrator' }]]);

    await desk.trail.mark();
    expect((await desk.put({ administrators: emails(['boss']) })).status).toBe(200);
    expect(await desk.administrators()).toEqual(['boss@example.com']);
    expect(await desk.trail.told()).toEqual([['role.revoked', { role: 'Administrator' }, null]]);
  });

  it('have the rights from then on, and lose them at once', async () => {
    const rod = await api.as([], desk.organization, { user_name: 'rod', email: 'Rod@Example.com' });
    await rod.get('/api/v1/role-assignments').expect(403);
    expect((await desk.put({ administrators: emails(both.map((one) => one.split('@')[0]!)) })).status).toBe(200);
    await rod.get('/api/v1/role-assignments').expect(200);
    expect((await desk.put({ administrators: emails(['boss']) })).status).toBe(200);
    await rod.get('/api/v1/role-assignments').expect(403);
  });

  it('are each one, in whatever letters and however often they are named', async () => {
    await desk.person('rod');
    const named = ['ROD@example.com', ' rod@EXAMPLE.com ', 'boss@example.com'].map((user) => ({ user }));
    const answer = await desk.put({ administrators: named }, '?attr=administrators');
    expect(usersIn(answer.body.administrators)).toEqual(['rod@example.com', 'boss@example.com']);
  });

  it('may have no address: they are known by their user name, and found by it', async () => {
    const plain = await api.as('Administrator', desk.organization, { user_name: 'Plain' });
    expect(await desk.administrators()).toEqual(['boss@example.com', 'Plain']);
    const read = (await desk.admin.get(accountPath)).body;
    expect((await desk.put({ administrators: read.administrators })).body).toEqual(read);
    await plain.get('/api/v1/role-assignments').expect(200);
  });

  it('are never who answers for the account, though he is named or holds the role twice', async () => {
    const role = { organization_id: desk.organization.id, user_id: desk.owner.id, role: 'Administrator' };
    await api.given.insert('role_assignment', role);
    expect(await desk.administrators()).toEqual(['boss@example.com']);
    await desk.trail.mark();
    const answer = await desk.put({ administrators: emails(['owner', 'boss']) }, '?attr=administrators');
    expect([answer.status, usersIn(answer.body.administrators)]).toEqual([200, ['boss@example.com']]);
    expect(await desk.trail.told()).toEqual([]);
  });

  it('cannot take the role from who answers for the account', async () => {
    expect((await desk.put({ administrators: [] })).status).toBe(200);
    const owner = await api.signedIn(desk.organization, desk.owner);
    expect((await owner.get(`${accountPath}?attr=administrators`).expect(200)).body).toEqual({ administrators: [] });
    await owner.put(accountPath).send({ accountName: 'Still mine' }).expect(200);
    await desk.admin.get('/api/v1/role-assignments').expect(403);
  });
});

describe('Administrators through groups', () => {
  async function grouped(name: string, columns: object, groupId = newId()) {
    const person = await api.as([], desk.organization, { user_name: name, email: `${name}@example.com` });
    const { id: organization_id } = desk.organization;
    if (Object.keys(columns).length > 0) {
      await api.given.insert('user_group', { organization_id, id: groupId, name, name_key: name, ...columns });
      await api.given.insert('role_assignment', { organization_id, group_id: groupId, role: 'Administrator' });
    }
    await api.given.insert('membership', { organization_id, group_id: groupId, user_id: person.user.id });
    return person;
  }

  it('of the system group are listed, stay when they are named, and are taken out of it when they are not', async () => {
    const member = await grouped('member', {}, await desk.systemGroup());
    expect(await desk.administrators()).toEqual(['boss@example.com', 'member@example.com']);
    await desk.trail.mark();
    expect((await desk.put({ administrators: emails(['boss', 'member']) })).status).toBe(200);
    expect(await desk.trail.told()).toEqual([]);

    expect((await desk.put({ administrators: emails(['boss']) })).status).toBe(200);
    expect((await desk.trail.events()).map(({ action }) => action).toSorted()).toEqual([
      'group.memberRemoved',
      'user.groupLeft',
    ]);
    expect(await desk.administrators()).toEqual(['boss@example.com']);
    await member.get('/api/v1/role-assignments').expect(403);
  });

  it('of other groups are not listed and not touched', async () => {
    const member = await grouped('other', { system: false });
    expect(await desk.administrators()).toEqual(['boss@example.com']);
    expect((await desk.put({ administrators: emails(['boss']) })).status).toBe(200);
    await member.get('/api/v1/role-assignments').expect(200);
  });

  it('are not said to be gone while another group still makes them one', async () => {
    const member = await grouped('both', { system: false });
    const role = { organization_id: desk.organization.id, user_id: member.user.id, role: 'Administrator' };
    await api.given.insert('role_assignment', role);
    const before = await desk.state();
    const answer = await desk.put({ administrators: emails(['boss', 'new']) });
    expect(answer.status).toBe(409);
    expect(answer.body.error.message).toContain('take him out of that group first');
    expect(await desk.state()).toBe(before);
  });
});

describe('the last Administrator', () => {
  it('is never taken away', async () => {
    await api.given.sql('update organization set account_owner_user_id = null where id = $1', [desk.organization.id]);
    const system = 'delete from membership where organization_id = $1 and user_id = $2';
    await api.given.sql(system, [desk.organization.id, desk.owner.id]);
    const before = await desk.state();
    for (const administrators of [[], emails(['nobody-yet'])]) {
      const answer = await desk.put({ administrators });
      expect([answer.status, answer.body.error.code]).toEqual([409, 'CONFLICT']);
    }
    expect(await desk.state()).toBe(before);
  });
});

describe('people who are there in another way', () => {
  it('who are switched off are named, listed and stay switched off', async () => {
    await desk.person('off', { active: false, inactive_reason: 'manual' });
    const answer = await desk.put({ administrators: emails(['boss', 'off']) }, '?attr=administrators');
    expect(answer.body.administrators).toEqual(emails(['boss', 'off']));
    const [row] = await api.given.sql<{ active: boolean }>(
      `select active from app_user where organization_id = $1 and email_key = 'off@example.com'`,
      [desk.organization.id],
    );
    expect(row!.active).toBe(false);
  });

  it('who were deleted are nobody: another profile is made, and the old one stays deleted', async () => {
    await desk.person('gone', { deleted_at: new Date() });
    const answer = await desk.put({ administrators: emails(['boss', 'gone']) }, '?attr=administrators');
    expect(answer.body.administrators[1].profileActivateUrl).toBeDefined();
    const rows = await api.given.sql<{ deleted: boolean }>(
      `select deleted_at is not null as deleted from app_user where organization_id = $1 and email_key = 'gone@example.com' order by id`,
      [desk.organization.id],
    );
    expect(rows).toEqual([{ deleted: true }, { deleted: false }]);
  });

  it('who were deleted stay none once a list was written without them, and come back without the role', async () => {
    const usersPath = '/api/v1/directory/users';
    const lists = await Promise.all(['held', 'member', 'kept'].map((name) => desk.person(name)));
    const [held, member, kept] = lists.map(({ id }) => id);
    const { id: organization_id } = desk.organization;
    for (const user_id of [held, kept]) {
      await api.given.insert('role_assignment', { organization_id, user_id, role: 'Administrator' });
    }
    await api.given.insert('role_assignment', { organization_id, user_id: held, role: 'AUDITOR' });
    await api.given.insert('membership', { organization_id, user_id: member, group_id: await desk.systemGroup() });
    for (const id of [held, member]) await desk.admin.delete(`${usersPath}/${id}`).expect(204);

    await desk.trail.mark();
    expect((await desk.put({ administrators: emails(['boss', 'kept']) })).status).toBe(200);
    expect(await desk.trail.told()).toEqual([]);
    await desk.admin.delete(`${usersPath}/${kept}`).expect(204);
    for (const id of [held, member, kept]) await desk.admin.post(`${usersPath}/${id}/restore`).expect(200);
    expect(await desk.administrators()).toEqual(emails(['boss', 'kept']).map(({ user }) => user));
    const { body } = await desk.admin.get(`/api/v1/role-assignments?principalId=${held}`).expect(200);
    expect(body.data.map(({ role }: { role: string }) => role)).toEqual(['AUDITOR']);
  });

  it('of the system cannot be named', async () => {
    await desk.person('robot', { system: true });
    expect((await desk.put({ administrators: emails(['boss', 'robot']) })).status).toBe(409);
    expect((await desk.put({ groups: [{ name: 'G', users: emails(['robot']) }] })).status).toBe(409);
  });

  it('of another organization are nobody here', async () => {
    const other = await AccountDesk.open(api);
    await other.person('shared');
    const answer = await desk.put({ administrators: emails(['boss', 'shared']) }, '?attr=administrators');
    expect(answer.body.administrators[1].profileActivateUrl).toBeDefined();
    expect(await other.administrators()).toEqual(['boss@example.com']);
  });
});
