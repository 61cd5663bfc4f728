import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '@app/kernel';
import { type Client, TestApi } from '../../support/api.js';

const users = '/api/v1/directory/users';
const password = 'Granite harbour 47 lanterns';

let api: TestApi;
let admin: Client;

beforeAll(async () => {
  api = await TestApi.start();
  admin = await api.as('Administrator');
});
afterAll(async () => api.close());

let serial = 0;
const address = () => `person.${++serial}@example.com`;
const link = (userId: string, ownerId: unknown, client = admin) =>
  client.put(`${users}/${userId}/owner`).send({ ownerId });

async function userOf(ownerId: string): Promise<string | null> {
  const [row] = await api.given.sql<{ user_id: string | null }>('select user_id from owner where id = $1', [ownerId]);
  return row!.user_id;
}

async function actions(subjectId: string): Promise<string[]> {
  const { body } = await admin.get(`/api/v1/audit-events?filter[subjectId][EQ]=${subjectId}`).expect(200);
  return body.data.map(({ action }: { action: string }) => action);
}

describe('which governed person a user is', () => {
  it('is said, changed and taken back by an Administrator, and reads his own record from then on', async () => {
    const [one, two, user] = [await api.organization.owner(), await api.organization.owner(), await api.as([])];
    await user.get(`/api/v1/owners/${one.id}`).expect(403);
    expect((await link(user.user.id, one.id.toUpperCase()).expect(200)).body).toEqual({ ownerId: one.id });
    await user.get(`/api/v1/owners/${one.id}`).expect(200);
    await link(user.user.id, one.id).expect(200);
    await link(user.user.id, two.id).expect(200);
    await user.get(`/api/v1/owners/${one.id}`).expect(403);
    await user.get(`/api/v1/owners/${two.id}`).expect(200);
    expect((await link(user.user.id, null).expect(200)).body).toEqual({ ownerId: null });
    expect([await userOf(one.id), await userOf(two.id)]).toEqual([null, null]);
    expect(await actions(one.id)).toEqual(['owner.userReleased', 'owner.userLinked']);
    expect((await actions(user.user.id)).slice(0, 4)).toEqual([
      'user.ownerReleased',
      'user.ownerLinked',
      'user.ownerReleased',
      'user.ownerLinked',
    ]);
  });

  it('is one to one: who is another user already is nobody’s, unless that user is deleted', async () => {
    const [owner, first, second] = [
      await api.organization.owner(),
      await api.organization.user(),
      await api.organization.user(),
    ];
    await link(first.id, owner.id).expect(200);
    await link(second.id, owner.id).expect(409);
    await admin.delete(`${users}/${first.id}`).expect(204);
    await link(second.id, owner.id).expect(200);
    await admin.post(`${users}/${first.id}/restore`).expect(200);
    expect(await userOf(owner.id)).toBe(second.id);
    expect(await actions(owner.id)).toEqual(['owner.userLinked', 'owner.userReleased', 'owner.userLinked']);
    expect(await actions(first.id)).toContain('user.ownerReleased');
  });

  it('is refused for whom nobody knows, for others than Administrators, and for what is no id', async () => {
    const [owner, user] = [await api.organization.owner(), await api.organization.user()];
    const gone = await api.organization.owner({ deleted_at: new Date() });
    const elsewhere = await (await api.given.organization()).owner();
    for (const id of [newId(), 'nobody', gone.id, elsewhere.id]) await link(user.id, id).expect(404);
    for (const id of [newId(), 'nobody']) await link(id, owner.id).expect(404);
    for (const sent of [undefined, 7, {}, ['x']]) await link(user.id, sent).expect(400);
    await link(user.id, owner.id, await api.as('ORG_ADMIN')).expect(403);
    expect(await userOf(owner.id)).toBeNull();
  });
});

describe('a user who is made or invited', () => {
  const make = async (email: string) =>
    (
      await admin
        .post(users)
        .send({ userName: `link.${++serial}`, password, email })
        .expect(201)
    ).body._id as string;

  it('is the one owner with his address, and it is told in both trails', async () => {
    const [email, other] = [address(), address()];
    const owner = await api.organization.owner({ email });
    const userId = await make(email.toUpperCase());
    expect(await userOf(owner.id)).toBe(userId);
    expect(await actions(owner.id)).toEqual(['owner.userLinked']);
    expect(await actions(userId)).toEqual(['user.ownerLinked', 'user.created']);

    const guest = await api.organization.owner({ email: other });
    const names = { userName: `guest.${++serial}`, displayName: 'Guest', email: other };
    const invited = await admin.post('/api/v1/directory/invitations').send(names).expect(201);
    expect(await userOf(guest.id)).toBe(invited.body._id);
  });

  it('is the owner of a deleted user with his address, who was hired again', async () => {
    const email = address();
    const owner = await api.organization.owner({ email });
    const former = await make(email);
    await admin.delete(`${users}/${former}`).expect(204);
    const again = await make(email);
    expect(await userOf(owner.id)).toBe(again);
    expect(await actions(owner.id)).toEqual(['owner.userLinked', 'owner.userReleased', 'owner.userLinked']);
    expect((await actions(former))[0]).toBe('user.ownerReleased');
    expect((await actions(again))[0]).toBe('user.ownerLinked');
  });

  it('is nobody where the owner is gone or is somebody else', async () => {
    const [deleted, taken] = [address(), address()];
    const gone = await api.organization.owner({ email: deleted, deleted_at: new Date() });
    const other = await api.organization.user();
    const held = await api.organization.owner({ email: taken, user_id: other.id });
    await make(deleted);
    await make(taken);
    expect([await userOf(gone.id), await userOf(held.id)]).toEqual([null, other.id]);
  });
});

describe('a user who is deleted', () => {
  it('answers for no connector any more, restored or not', async () => {
    const connector = await api.organization.connector(await api.organization.application());
    const user = await api.organization.user();
    await api.organization.connectorOwner(connector, user);
    await admin.delete(`${users}/${user.id}`).expect(204);
    await admin.post(`${users}/${user.id}/restore`).expect(200);
    expect(await api.given.sql('select from connector_owner where user_id = $1', [user.id])).toEqual([]);
    expect(await actions(connector.id)).toEqual(['connector.ownerRemoved']);
  });

  it('finds no invitation of before when he is restored', async () => {
    const names = { userName: `again.${++serial}`, displayName: 'Guest', email: address() };
    const { body } = await admin.post('/api/v1/directory/invitations').send(names).expect(201);
    await admin.delete(`${users}/${body._id}`).expect(204);
    await admin.post(`${users}/${body._id}/restore`).expect(200);
    const acceptance = { token: body.token, userName: names.userName, displayName: 'Guest', password };
    await api.client().post('/api/v1/directory/invitations/accept').send(acceptance).expect(410);
  });
});
