import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { newId } from '@app/kernel';
import { type Client, TestApi } from '../../support/api.js';
import type { GivenOrganization, Row } from '../../support/given.js';

let api: TestApi;
let organization: GivenOrganization;
let client: Client;

beforeAll(async () => {
  api = await TestApi.start();
});
afterAll(() => api.close());
beforeEach(async () => {
  organization = await api.given.organization();
  client = await api.as('AUDITOR', organization);
});

const of = ({ id }: Row, part: string, by = client) => by.get(`/api/v1/owners/${id}/${part}`);

describe('GET /api/v1/owners/{id}/manager', () => {
  it('answers the complete form of the manager', async () => {
    const manager = await organization.owner({ name: 'Jane Manager', title: 'Head' });
    const owner = await organization.owner({ manager_id: manager.id });
    const { body } = await of(owner, 'manager').expect(200);
    expect(body).toEqual((await client.get(`/api/v1/owners/${manager.id}`).expect(200)).body);
  });

  it.each([
    ['nobody', {}],
    ['somebody who was deleted', { deleted_at: new Date() }],
  ])('answers the four letters null in JSON for who reports to %s', async (who, columns) => {
    const manager = who === 'nobody' ? null : (await organization.owner(columns)).id;
    const { text, headers } = await of(await organization.owner({ manager_id: manager }), 'manager').expect(200);
    expect([text, headers['content-type']]).toEqual(['null', 'application/json; charset=utf-8']);
    expect(headers['content-length']).toBe('4');
  });
});

describe('GET /api/v1/owners/{id}/direct-reports', () => {
  it('answers who reports to him, one level, whatever their status, by name', async () => {
    const head = await organization.owner({ name: 'Head' });
    const zoe = await organization.owner({ name: 'zoë', manager_id: head.id, title: 'Developer' });
    const ada = await organization.owner({ name: 'Ada', email: 'ada@example.com', manager_id: head.id });
    const bo = await organization.owner({ name: 'Bo', status: 'inactive', manager_id: head.id });
    await organization.owner({ name: 'Below', manager_id: ada.id });
    await organization.owner({ name: 'Gone', manager_id: head.id, deleted_at: new Date() });
    expect((await of(head, 'direct-reports').expect(200)).body).toEqual({
      direct_reports: [
        { id: ada.id, name: 'Ada', email: 'ada@example.com', title: null },
        { id: bo.id, name: 'Bo', email: null, title: null },
        { id: zoe.id, name: 'zoë', email: null, title: 'Developer' },
      ],
      count: 3,
    });
    expect((await of(bo, 'direct-reports').expect(200)).body).toEqual({ direct_reports: [], count: 0 });
  });
});

describe('GET /api/v1/owners/{id}/roles', () => {
  it('answers what department and title make of him, and nothing of who has neither', async () => {
    const admin = await api.as('Administrator', organization);
    const make = async (fields: object) =>
      (
        await admin
          .post('/api/v1/owners')
          .send({ owner_type: 'service', ...fields })
          .expect(201)
      ).body as Row;
    const [owner, twin] = [
      await make({ name: 'A', department: 'Engineering', title: 'Senior Developer' }),
      await make({ name: 'B', department: 'ENGINEERING', title: 'senior developer' }),
    ];
    const { body } = await of(owner, 'roles').expect(200);
    const role = { name: 'Engineering - Senior Developer', department: 'Engineering', title: 'Senior Developer' };
    expect(body).toEqual({ roles: [{ id: expect.any(String), ...role }] });
    expect((await of(twin, 'roles').expect(200)).body).toEqual(body);
    expect((await of(await make({ name: 'C' }), 'roles').expect(200)).body).toEqual({ roles: [] });
  });
});

describe('GET /api/v1/owners/{id}/audit-trail', () => {
  const event = (owner: Row, columns: object) =>
    api.given.insert('audit_event', {
      organization_id: organization.id,
      id: newId(),
      actor_type: 'user',
      actor_name: 'Jane',
      subject_type: 'owner',
      subject_id: owner.id,
      ...columns,
    });

  it('answers what was done to him, newest first, and nothing of anybody else', async () => {
    const [owner, other] = [await organization.owner(), await organization.owner()];
    await event(owner, { action: 'owner.created', at: '2024-01-01T10:00:00.000Z' });
    const account = newId();
    const linked = { action: 'owner.accountAdded', at: '2024-02-01T10:00:00.000Z', after: { accountId: account } };
    await event(owner, linked);
    await event(other, linked);
    await event(owner, { ...linked, subject_type: 'user' });
    expect((await of(owner, 'audit-trail').expect(200)).body).toEqual({
      entries: [
        {
          timestamp: '2024-02-01T10:00:00.000Z',
          action: 'account_added',
          details: `Account ${account} linked to owner`,
        },
        { timestamp: '2024-01-01T10:00:00.000Z', action: 'owner_created', details: 'Owner created' },
      ],
    });
  });

  it('holds 50 entries unless told, and at most 250', async () => {
    const owner = await organization.owner();
    await api.given.sql(
      `insert into audit_event (organization_id, action, actor_type, actor_name, subject_type, subject_id, before, after)
       select $1, 'owner.updated', 'user', 'Jane', 'owner', $2, jsonb_build_object('title', 't' || i), jsonb_build_object('title', 't' || i + 1)
         from generate_series(1, 260) i`,
      [organization.id, owner.id],
    );
    expect((await of(owner, 'audit-trail').expect(200)).body.entries).toHaveLength(50);
    const { body } = await of(owner, 'audit-trail?limit=250').expect(200);
    expect(body.entries).toHaveLength(250);
    expect(body.entries[0].details).toBe('Title changed from t260 to t261');
    for (const limit of ['0', '251', '-1', '1.5', '1e2', '0x10', '%205', '', 'x', '5&limit=6']) {
      const refused = await of(owner, `audit-trail?limit=${limit}`).expect(400);
      expect(refused.body.error).toMatchObject({ code: 'VALIDATION_ERROR', details: [{ field: 'limit' }] });
    }
  });

  it('is for administrators and auditors, not for the owner himself', async () => {
    const owner = await organization.owner();
    for (const role of ['Administrator', 'ORG_ADMIN'] as const) {
      await of(owner, 'audit-trail', await api.as(role, organization)).expect(200);
    }
    for (const role of ['SOURCE_ADMIN', 'SOURCE_SUBADMIN', 'HELPDESK'] as const) {
      await of(owner, 'audit-trail', await api.as(role, organization)).expect(403);
    }
    const self = await api.as([], organization);
    await api.given.sql('update owner set user_id = $2 where id = $1', [owner.id, self.user.id]);
    await of(owner, 'manager', self).expect(200);
    await of(owner, 'direct-reports', self).expect(200);
    await of(owner, 'audit-trail', self).expect(403);
  });
});

describe('POST /api/v1/owners/accounts', () => {
  const batch = (owner_ids: unknown, by = client) => by.post('/api/v1/owners/accounts').send({ owner_ids });
  let feed: Row;
  beforeEach(async () => {
    feed = await organization.connector(await organization.application());
  });

  it('answers for each id what its own list of accounts holds, in the same order', async () => {
    const owners = [await organization.owner(), await organization.owner(), await organization.owner()];
    const second = await organization.connector(await organization.application({ name: 'Another' }));
    for (const [i, owner] of owners.entries()) {
      for (let n = 0; n < i * 2; n++) await organization.account(n % 2 ? feed : second, owner, { name: `n${9 - n}` });
    }
    const { body } = await batch(owners.map(({ id }) => id)).expect(200);
    expect(Object.keys(body)).toHaveLength(3);
    for (const owner of owners) expect(body[owner.id]).toEqual((await of(owner, 'accounts').expect(200)).body.accounts);
  });

  it('has an empty list for whoever is unknown, and each id once as it was asked for', async () => {
    const owner = await organization.owner();
    const gone = await organization.owner({ deleted_at: new Date() });
    const stranger = await (await api.given.organization()).owner();
    await organization.account(feed, owner);
    const upper = owner.id.toUpperCase();
    const asked = [owner.id, owner.id, upper, gone.id, stranger.id, 'own-123', '', '__proto__', 'constructor', '7'];
    const { body, text } = await batch(asked).expect(200);
    expect(new Set(Object.keys(body))).toEqual(new Set(asked));
    expect(text).toContain('"__proto__":[]');
    expect(body[owner.id]).toHaveLength(1);
    expect(body[upper]).toEqual(body[owner.id]);
    for (const id of asked.slice(3)) expect([id, Object.getOwnPropertyDescriptor(body, id)?.value]).toEqual([id, []]);
  });

  it('takes at most 100 ids', async () => {
    const ids = Array.from({ length: 100 }, () => newId());
    expect(Object.keys((await batch(ids).expect(200)).body)).toHaveLength(100);
    await batch([...ids, newId()]).expect(400);
  });

  it.each([
    ['nothing', undefined],
    ['null', null],
    ['an empty list', []],
    ['a text', 'x'],
    ['an object', { 0: 'x', length: 1 }],
    ['numbers', [1]],
    ['null in it', [null]],
    ['lists in it', [['x']]],
    ['an endless id', ['x'.repeat(201)]],
  ])('is refused with %s', async (_, ids) => {
    const { body } = await batch(ids).expect(400);
    expect(body.error).toMatchObject({ code: 'VALIDATION_ERROR', details: [{ field: 'owner_ids' }] });
  });

  it.each([
    ['a NUL', '\u0000'],
    ['half a character', '\ud800'],
  ])('is refused with %s', async (_, text) => {
    expect((await batch([`a${text}`]).expect(400)).body.error.code).toBe('VALIDATION_ERROR');
  });

  it('is refused with a field it does not know', async () => {
    const { body } = await client
      .post('/api/v1/owners/accounts')
      .send({ owner_ids: ['x'], limit: 1 })
      .expect(400);
    expect(body.error.details).toEqual([{ field: 'limit', message: expect.any(String) }]);
  });

  it('shows a SOURCE_SUBADMIN accounts of own connectors, and all of his own', async () => {
    const narrow = await api.as('SOURCE_SUBADMIN', organization);
    const other = await organization.connector(await organization.application());
    await organization.connectorOwner(feed, narrow.user);
    const [self, owner] = [await organization.owner({ user_id: narrow.user.id }), await organization.owner()];
    for (const one of [self, owner]) {
      for (const connector of [feed, other]) await organization.account(connector, one);
    }
    const { body } = await batch([self.id, owner.id], narrow).expect(200);
    expect(body[self.id]).toHaveLength(2);
    expect(body[owner.id]).toEqual((await of(owner, 'accounts', narrow).expect(200)).body.accounts);
    expect(body[owner.id]).toHaveLength(1);
  });

  it('is not for a user without a role', async () => {
    await batch(['x'], await api.as([], organization)).expect(403);
  });
});
