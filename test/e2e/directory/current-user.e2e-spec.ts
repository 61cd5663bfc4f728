import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Client, TestApi } from '../../support/api.js';

const path = '/api/v1/directory/users/me';
const instant = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);

let api: TestApi;
let plain: Client;
let full: Client;

beforeAll(async () => {
  api = await TestApi.start();
  plain = await api.as([]);
  full = await api.as('AUDITOR', api.organization, {
    user_name: 'Ada',
    display_name: 'Ada Amir',
    email: 'ada@example.com',
    external_id: 'S-1-5-21',
    unix_user_name: 'ada',
    unix_home_directory: '/home/ada',
    user_principal_name: 'ada@corp.example.com',
  });
});
afterAll(async () => api.close());

describe('the current user', () => {
  it('has what is known, and nothing where nothing is', async () => {
    expect((await plain.get(path).expect(200)).body).toEqual({
      _id: plain.user.id,
      _created: instant,
      _modified: instant,
      system: false,
      userName: plain.user.name,
      displayName: plain.user.name,
      active: true,
      invitationPending: false,
      temporarilyLocked: false,
    });
    expect((await full.get(path).expect(200)).body).toMatchObject({
      userName: 'Ada',
      displayName: 'Ada Amir',
      email: 'ada@example.com',
      externalId: 'S-1-5-21',
      unixUserName: 'ada',
      unixHomeDirectory: '/home/ada',
      userPrincipalName: 'ada@corp.example.com',
    });
  });

  it('tells of a temporary lock, which does not end a session', async () => {
    const lock = { organization_id: api.organization.id, user_id: full.user.id, failures: 5 };
    await api.given.insert('login_attempt', { ...lock, locked_until: new Date(Date.now() + 60_000) });
    expect((await full.get(path).expect(200)).body.temporarilyLocked).toBe(true);
  });

  it.each([
    ['fields=userName&fields=email', ['_id', 'email', 'userName']],
    ['fields=userName,email', ['_id', 'email', 'userName']],
    ['fields=active&excludeFields=_id', ['active']],
    ['fields=deleted', ['_id']],
  ])('can be cut down: %s', async (query, names) => {
    expect(Object.keys((await full.get(`${path}?${query}`).expect(200)).body).toSorted()).toEqual(names);
  });

  it('keeps what cannot be selected when only something is excluded', async () => {
    const { body } = await full.get(`${path}?excludeFields=email,userName`).expect(200);
    expect(body).toMatchObject({ system: false, temporarilyLocked: expect.any(Boolean) });
    expect(body).not.toHaveProperty('email');
  });

  it.each(['fields=password', 'fields=system', 'excludeFields=temporarilyLocked', 'fields='])(
    'is not selected by %s',
    async (query) => {
      const { body } = await full.get(`${path}?${query}`).expect(400);
      expect(body.details[0].field).toBe(query.slice(0, query.indexOf('=')));
    },
  );
});
