import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { AccountDesk, accountPath, type KeyClient } from '../../support/account-desk.js';
import { TestApi } from '../../support/api.js';

let api: TestApi;
let desk: AccountDesk;
let key: KeyClient;

beforeAll(async () => {
  api = await TestApi.start();
});
afterAll(async () => api.close());
beforeEach(async () => {
  desk = await AccountDesk.open(api);
  key = await desk.key();
  const rod = { user_name: 'rod', email: 'rlewis@company.com', first_name: 'Rod', last_name: 'Lewis' };
  await desk.organization.user({ ...rod, last_login_at: '2021-12-16T03:17:35.170Z' });
});

const id = expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
const rod = {
  user: 'rlewis@company.com',
  name: { first: 'Rod', last: 'Lewis' },
  lastLoginTime: '2021-12-16T03:17:35.170Z',
};
const newUser = {
  user: 'new@company.com',
  name: { first: 'New', last: 'User' },
  profileActivateUrl: expect.stringMatching(/^http/),
};
/** As a request names the two. */
const named = [
  { user: 'rlewis@company.com' },
  {
    user: 'new@company.com',
    name: { first: 'New', last: 'User' },
    phone: '+61000000001',
    timezone: 'Australia/Sydney',
    timezoneAdjustForDst: true,
    timeFormat: 'YYYY-MM-DD HH:mm:ss',
  },
];

async function engineeringTeam(): Promise<string> {
  const group = { name: 'Engineering team', users: [{ user: 'jsmith@company.com' }] };
  const { body } = await key.post(`${accountPath}/groups`).send([group]).expect(201);
  return body[0]._id;
}

describe('the published examples', () => {
  it('of an account whose attributes are cut down, and of one that is renamed', async () => {
    const read = await key.get(`${accountPath}?attr=_id,slug`).expect(200);
    expect(read.body).toEqual({ _id: desk.organization.id, slug: await api.slugOf(desk.organization) });
    const { body } = await key.put(accountPath).send({ accountName: 'My Renamed Account' }).expect(200);
    expect(body).toMatchObject({
      _class: 'io.eagle.models.owner.Owner',
      _id: desk.organization.id,
      accountName: 'My Renamed Account',
    });
  });

  it('of administrators that are replaced', async () => {
    const { body } = await key.put(accountPath).send({ administrators: named }).expect(200);
    expect(body.administrators).toEqual([rod, newUser]);
  });

  it('of groups that are made, changed and removed in one request', async () => {
    const team = await engineeringTeam();
    await key
      .post(`${accountPath}/groups`)
      .send([{ name: 'To be removed', users: [] }])
      .expect(201);
    const groups = [
      { name: 'New Group', users: named },
      { _id: team, users: [] },
    ];
    const { body } = await key.put(accountPath).send({ groups }).expect(200);
    expect(body.groups).toEqual([
      { _id: id, name: 'New Group', users: [rod, newUser] },
      { _id: team, name: 'Engineering team', users: [] },
    ]);
  });

  it('of groups that are made, and of one that is changed and deleted', async () => {
    const made = await key
      .post(`${accountPath}/groups`)
      .send([
        { name: 'New Group', users: named },
        { name: 'New Group 2', users: [] },
      ])
      .expect(201);
    expect(made.body).toEqual([
      { _id: id, name: 'New Group', users: [rod, newUser] },
      { _id: id, name: 'New Group 2', users: [] },
    ]);
    const path = `${accountPath}/groups/${made.body[0]._id}`;
    const changes = { name: 'Updated Group', users: [{ user: 'rlewis@company.com' }] };
    const changed = await key.put(path).send(changes).expect(200);
    expect(changed.body).toEqual({ _id: made.body[0]._id, name: 'Updated Group', users: [rod] });
    await key.delete(path).expect(204);
  });
});
