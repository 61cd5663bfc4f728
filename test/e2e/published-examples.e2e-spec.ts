import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '@app/kernel';
import { account as accountExample, directory, identityOwners } from '../fixtures/published-examples.js';
import { type Client, TestApi } from '../support/api.js';
import type { Row } from '../support/given.js';
import { deviationsFrom } from '../support/published-example.js';

const password = 'Granite harbour 47 lanterns';

let api: TestApi;
let admin: Client;
let connector: Row;

beforeAll(async () => {
  api = await TestApi.start();
  admin = await api.as('Administrator');
  const application = await api.organization.application({ name: 'Salesforce' });
  connector = await api.organization.connector(application);
});
afterAll(() => api.close());

const get = async (path: string, by = admin): Promise<unknown> => (await by.get(path).expect(200)).body;

describe('the examples of identity owners', () => {
  const owners = '/api/v1/owners';
  let boss: { id: string };
  let owner: { id: string };

  beforeAll(async () => {
    boss = (
      await admin.post(owners).send({ ...identityOwners.create, name: 'Jane Manager', email: 'boss@company.com' })
    ).body;
    const known = { alt_email: 'jdoe@personal.com', location: 'New York', employment_type: 'Employee' };
    const phones = { mobile_phone: '+1-555-0123', phone: '+1-555-0199', identity_id: 'user-123' };
    const dates = { start_date: '2020-01-15', manager_id: boss.id };
    const made = { ...identityOwners.create, ...known, ...phones, ...dates };
    owner = (await admin.post(owners).send(made).expect(201)).body;
    for (const mfa_enabled of [false, true]) {
      const account = await api.organization.account(connector, null, {
        email: `${mfa_enabled}@x.example`,
        mfa_enabled,
      });
      await admin.post('/accounts/correlate').send({ accountId: account.id, identityId: owner.id });
      await api.given.sql(
        'update account set owner_id = $2, owner_state = $3, owner_name_key = $4, correlation = $5 where id = $1',
        [account.id, owner.id, 'active', 'jane smith', 'rule'],
      );
    }
  });

  it('of a record made, read, changed and deleted', async () => {
    const body = { ...identityOwners.create, email: 'jane.second@company.com' };
    const made = await admin.post(owners).send(body).expect(201);
    expect(made.body).toMatchObject(body);
    const path = `${owners}/${made.body.id}`;
    const changed = await admin.put(path).send({ title: 'Senior Analyst' }).expect(200);
    expect(changed.body).toMatchObject({ ...body, title: 'Senior Analyst' });
    const answers = [made.body, await get(path), changed.body];
    for (const answer of answers) expect(deviationsFrom(identityOwners.owner, [answer])).toEqual([]);
    await admin.delete(path).expect(204);
  });

  it('of lists and searches', async () => {
    expect(deviationsFrom(identityOwners.list, [await get(`${owners}?first=1`)])).toEqual([]);
    const { body } = await admin.post(`${owners}/search`).send(identityOwners.search).expect(200);
    expect(body).toEqual({ owners: [], pageInfo: { hasNextPage: false, endCursor: null } });
    const wide = { ...identityOwners.search, search_terms: ['finance'], field_queries: [], limit: 1 };
    const found = (await admin.post(`${owners}/search`).send(wide).expect(200)).body;
    expect(deviationsFrom({ owners: identityOwners.list.owners }, [found])).toEqual([]);
  });

  it('of a run of all sources, word by word', async () => {
    expect((await admin.post(`${owners}/sync`).expect(202)).body).toEqual(identityOwners.sync);
  });

  it.each([
    ['accounts', identityOwners.accounts],
    ['roles', identityOwners.roles],
    ['audit-trail?limit=50', identityOwners.trail],
    ['statistics', identityOwners.statistics],
    ['manager', identityOwners.owner],
  ])('of %s', async (tail, example) => {
    expect(deviationsFrom(example, [await get(`${owners}/${owner.id}/${tail}`)])).toEqual([]);
  });

  it('of reports, of nobody above, and of several owners’ accounts', async () => {
    expect(deviationsFrom(identityOwners.directReports, [await get(`${owners}/${boss.id}/direct-reports`)])).toEqual(
      [],
    );
    expect((await admin.get(`${owners}/${boss.id}/manager`).expect(200)).text).toBe('null');
    const { body } = await admin
      .post(`${owners}/accounts`)
      .send({ owner_ids: [owner.id, boss.id] })
      .expect(200);
    expect(deviationsFrom({ [owner.id]: identityOwners.accounts.accounts }, [body])).toEqual([]);
    expect(body[boss.id]).toEqual([]);
  });

  it('of how somebody is judged, in its words', async () => {
    const answer = await get(`${owners}/${owner.id}/risk-assessment`);
    expect(deviationsFrom(identityOwners.risk, [answer])).toEqual([]);
    const [{ affected_accounts: _, ...factor }] = identityOwners.risk.risk_factors;
    expect(answer).toMatchObject({
      risk_factors: expect.arrayContaining([
        expect.objectContaining({ category: factor.category, description: factor.description }),
      ]),
      recommendations: expect.arrayContaining([...identityOwners.risk.recommendations]),
    });
  });
});

describe('the fields of an account', () => {
  it('are those of the published list, asked for as its examples ask', async () => {
    const owner = await api.organization.owner({ name: 'Ada Amir' });
    const steward = await api.organization.user();
    const accountable = await api.organization.owner({ name: 'Steward', user_id: steward.id });
    await api.organization.connectorOwner(connector, steward);
    const columns = { uuid: newId(), description: 'Main', attributes: { city: 'Oslo' } };
    await api.organization.account(connector, owner, columns);
    const filters = encodeURIComponent(`identityId eq "${owner.id}"`);
    const query = `detailLevel=FULL&limit=250&offset=0&count=true&filters=${filters}&sorters=id,name`;
    const { body, headers } = await admin.get(`/accounts?${query}`).expect(200);
    expect(headers['x-total-count']).toBe('1');
    expect(deviationsFrom([accountExample], [body])).toEqual([]);
    expect(body[0].sourceOwner.id).toBe(accountable.id);
  });
});

describe('the examples of the directory', () => {
  const base = '/api/v1/directory';
  let user: Row;
  let groupId: string;
  let outerId: string;
  /** What changing members answered. */
  let entered: unknown;

  beforeAll(async () => {
    const named = {
      display_name: 'Ada Amir',
      display_name_key: 'ada amir',
      email: 'ada@example.com',
      external_id: 'x-1',
    };
    const unix = { unix_user_name: 'ada', unix_home_directory: '/home/ada', user_principal_name: 'ada@corp' };
    user = await api.organization.user({ ...named, ...unix });
    await api.organization.user({ active: false, inactive_reason: 'manual' });
    await api.organization.user({ deleted_at: new Date() });
    await api.organization.user({ invitation_pending: true, invitation_expires_at: new Date(Date.now() + 3_600_000) });
    const made = async (name: string) =>
      (await admin.post(`${base}/groups`).send({ name, externalId: 'g-1' }).expect(201)).body._id as string;
    [groupId, outerId] = [await made('Engineers'), await made('Everybody')];
    const add = (id: string, principalType: string, name: string) => [{ op: 'add', id, principalType, name }];
    entered = (
      await admin
        .patch(`${base}/groups/${groupId}/members`)
        .send(add(user.id, 'User', user.name))
        .expect(200)
    ).body;
    await admin
      .patch(`${base}/groups/${outerId}/members`)
      .send(add(groupId, 'Group', 'Engineers'))
      .expect(200);
  });

  it.each([
    ['users?filter[deleted][EQ]=all', directory.users],
    ['groups', directory.groups],
    ['principals', directory.principals],
  ])('of the list of %s', async (path, example) => {
    expect(deviationsFrom(example, [await get(`${base}/${path}`)])).toEqual([]);
  });

  it('of single records, memberships, members and the operating system’s user', async () => {
    const { deleted: _, invitationExpiry: __, inactiveReason: ___, ...alive } = directory.user;
    const reads: [string, unknown][] = [
      [`users/${user.id}`, alive],
      [`users/${user.id}/os-user`, directory.osUser],
      [`users/${user.id}/groups`, directory.memberships],
      [`users/${user.id}/groups?filter[membershipType][EQ]=indirect`, directory.memberships],
      [`principals/${user.id}/groups`, directory.memberships],
      [`groups/${groupId}`, directory.group],
      [`groups/${groupId}/groups`, directory.memberships],
      [`groups/${outerId}/members?filter[principalType][EQ]=User`, directory.members],
    ];
    for (const [path, example] of reads) {
      expect([path, deviationsFrom(example, [await get(`${base}/${path}`)])]).toEqual([path, []]);
    }
    expect(deviationsFrom(directory.message, [entered])).toEqual([]);
    const {
      externalId: _x,
      email: _e,
      unixUserName: _u,
      unixHomeDirectory: _h,
      userPrincipalName: _p,
      ...self
    } = alive;
    expect(deviationsFrom(self, [await get(`${base}/users/me`)])).toEqual([]);
  });

  it('of a user and a group replaced by what was read', async () => {
    for (const path of [`users/${user.id}`, `groups/${groupId}`]) {
      const read = (await admin.get(`${base}/${path}`).expect(200)).body;
      const { body } = await admin.put(`${base}/${path}`).send(read).expect(200);
      expect(body).toEqual({ ...read, _modified: body._modified });
      const patch = [{ op: 'replace', path: '/externalId', value: 'y-2' }];
      expect((await admin.patch(`${base}/${path}`).send(patch).expect(200)).body).toMatchObject({ externalId: 'y-2' });
    }
  });

  it('of signing in, passwords and invitations', async () => {
    const organization = await api.slugOf();
    const sent = { userName: 'made.here', displayName: 'Made', password, mustChange: false };
    const { body: made } = await admin.post(`${base}/users`).send(sent).expect(201);
    const login = await api.client().post('/api/v1/auth/login').send({ username: 'made.here', password, organization });
    expect(deviationsFrom(directory.token, [login.body])).toEqual([]);
    const impersonation = await admin.post('/api/v1/auth/impersonate').send({ userId: made._id }).expect(200);
    expect(deviationsFrom(directory.token, [impersonation.body])).toEqual([]);

    const self = api.client(login.body.token);
    const weak = { password: 'short' };
    const validations = [
      await self.post(`${base}/users/me/password/validate`).send(weak),
      await admin.post(`${base}/users/${made._id}/password/validate`).send(weak),
      await api
        .client()
        .post('/api/v1/auth/password/validate')
        .send({ ...weak, username: 'x', displayName: 'X', email: 'x@y.example' }),
    ];
    for (const { status, body } of validations)
      expect([status, deviationsFrom(directory.error, [body])]).toEqual([200, []]);

    const [second, third, fourth] = [`${password} 2`, `${password} 3`, `${password} 4`];
    const own = { currentPassword: password, newPassword: second };
    const changes = [
      await self.post(`${base}/users/me/password`).send(own),
      await admin.post(`${base}/users/${made._id}/password`).send({ password: third, mustChange: false }),
      await api
        .client()
        .post('/api/v1/auth/change-password')
        .send({ currentPassword: third, newPassword: fourth, username: 'made.here', organization }),
    ];
    for (const { status, body } of changes)
      expect([status, deviationsFrom(directory.message, [body])]).toEqual([200, []]);

    const invitation = await admin
      .post(`${base}/invitations`)
      .send({ userName: 'guest.one', displayName: 'Guest One', email: 'guest.one@example.com' })
      .expect(201);
    const { token } = invitation.body;
    const ask = await api
      .client()
      .post(`${base}/invitations/user-name-available`)
      .send({ token, userName: 'free.name' });
    expect(deviationsFrom(directory.available, [ask.body])).toEqual([]);
    const accepted = { token, displayName: 'Guest One', userName: 'guest.one', password };
    await api.client().post(`${base}/invitations/accept`).send(accepted).expect(200);
  });
});
