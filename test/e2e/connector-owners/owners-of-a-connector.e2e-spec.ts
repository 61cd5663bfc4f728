import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { newId } from '@app/kernel';
import { Database } from '@app/persistence';
import { type Client, TestApi } from '../../support/api.js';
import type { GivenOrganization, Row } from '../../support/given.js';

let api: TestApi;
let organization: GivenOrganization;
let admin: Client;
let application: Row;
let connector: Row;

beforeAll(async () => {
  api = await TestApi.start();
});
afterAll(() => api.close());
beforeEach(async () => {
  organization = await api.given.organization();
  admin = await api.as('Administrator', organization);
  application = await organization.application();
  connector = await organization.connector(application);
});

const base = () => `/api/v2/apps/${application.id}/connectors/${connector.id}/owners`;
const users = (query = '', by = admin) => by.get(`${base()}/users${query}`);
const entitlements = (query = '', by = admin) => by.get(`${base()}/entitlements${query}`);
const set = (body: object, by = admin) => by.put(base()).send(body);
const owning = async (query = '') =>
  (await users(query).expect(200)).body.list.map(({ roleSlug, user }: Answer) => `${roleSlug} ${user.id}`) as string[];
const holding = async (query = '') =>
  (await entitlements(query).expect(200)).body.list.map(
    ({ roleSlug, appEntitlement }: HolderAnswer) => `${roleSlug} ${appEntitlement.id}`,
  ) as string[];
interface Answer {
  readonly roleSlug: string;
  readonly user: { readonly id: string };
}
interface HolderAnswer {
  readonly roleSlug: string;
  readonly appEntitlement: { readonly id: string };
}
const at = (right: Row, app = application.id, role = 'owner') => `${base()}/entitlements/${role}/${app}/${right.id}`;
const events = async () =>
  api.given.sql(
    `select action, before, after from audit_event where organization_id = $1 and subject_type = 'connector' order by at, id`,
    [organization.id],
  );

describe('the users who own a connector', () => {
  it('are listed by role and id, each as he is told of alone', async () => {
    const [one, other] = [await organization.user(), await organization.user()];
    await organization.connectorOwner(connector, other, 'technical_owner');
    await organization.connectorOwner(connector, other);
    await organization.connectorOwner(connector, one);
    const { body } = await users().expect(200);
    expect(Object.keys(body)).toEqual(['list', 'nextPageToken']);
    expect(body.nextPageToken).toBe('');
    expect(body.list.map(({ roleSlug, user }: Answer) => [roleSlug, user.id])).toEqual([
      ['owner', one.id],
      ['owner', other.id],
      ['technical_owner', other.id],
    ]);
    const alone = await admin.get(`${base()}/users/owner/${one.id}`).expect(200);
    expect(JSON.stringify(body.list[0])).toBe(JSON.stringify(alone.body.connectorOwnerUser));
  });

  it('are those of one role, of a role there is not nobody, and never who was deleted', async () => {
    const user = await organization.user();
    const gone = await organization.user({ deleted_at: new Date() });
    await organization.connectorOwner(connector, user, 'backup_owner');
    await organization.connectorOwner(connector, gone, 'backup_owner');
    expect(await owning('?role_slug=backup_owner')).toEqual([`backup_owner ${user.id}`]);
    expect(await owning('?role_slug=')).toHaveLength(1);
    for (const role of ['owner', 'nonsense', '%00x', 'Backup_Owner']) {
      const { status, body } = await users(`?role_slug=${role}`);
      expect(role === '%00x' ? status : [status, body.list]).toEqual(role === '%00x' ? 400 : [200, []]);
    }
  });

  it('come in pages, also of roles that end within one', async () => {
    const expected: string[] = [];
    for (const role of ['backup_owner', 'owner']) {
      const made: string[] = [];
      for (let i = 0; i < 13; i++) {
        const user = await organization.user();
        await organization.connectorOwner(connector, user, role);
        made.push(`${role} ${user.id}`);
      }
      expected.push(...made.toSorted());
    }
    const seen: string[] = [];
    let token = '';
    do {
      const { body } = await users(`?page_size=10&page_token=${encodeURIComponent(token)}`).expect(200);
      seen.push(...(body.list as Answer[]).map(({ roleSlug, user }) => `${roleSlug} ${user.id}`));
      token = body.nextPageToken as string;
    } while (token !== '');
    expect(seen).toEqual(expected);
    const { body } = await users('?page_size=10').expect(200);
    await users(`?page_size=10&role_slug=owner&page_token=${encodeURIComponent(body.nextPageToken)}`).expect(400);
    await entitlements(`?page_token=${encodeURIComponent(body.nextPageToken)}`).expect(400);
    await users('?page_size=x').expect(400);
  });
});

describe('what is asked of the database', () => {
  it('is the same for one owner as for a page of a hundred', async () => {
    const narrow = await api.as('SOURCE_SUBADMIN', organization);
    await organization.connectorOwner(connector, narrow.user);
    const statementsOf = async (by: Client, path: string) => {
      await by.get(path).expect(200);
      const sent = vi.spyOn(Database.prototype, 'query');
      await by.get(path).expect(200);
      const statements = sent.mock.calls.length;
      sent.mockRestore();
      return statements;
    };
    const one = `${base()}/users/owner/${narrow.user.id}`;
    const all = `${base()}/users?page_size=100`;
    const counted = async () => {
      const counts: number[] = [];
      for (const by of [admin, narrow]) {
        for (const path of [one, all]) counts.push(await statementsOf(by, path));
      }
      return counts;
    };
    await organization.owner({ user_id: narrow.user.id });
    const before = await counted();
    for (let i = 0; i < 99; i++) {
      const user = await organization.user();
      await organization.owner({ user_id: user.id });
      await organization.connectorOwner(connector, user);
    }
    expect((await users('?page_size=100').expect(200)).body.list).toHaveLength(100);
    expect(await counted()).toEqual(before);
    expect(Math.max(...before)).toBeLessThanOrEqual(4);
  });
});

describe('the attributes of a user', () => {
  it('are told with where they come from, the winner first, each of an account and a mapping there is', async () => {
    const user = await organization.user({ email: 'ada@example.com' });
    const directories: [Row, Row, Row][] = [];
    for (const priority of [200, 100]) {
      const app = await organization.application();
      const feed = await organization.connector(app, { authoritative: true, priority });
      const mapping = await organization.mapping(feed, 'attributes.dept', 'department', priority);
      directories.push([app, feed, mapping]);
    }
    const [[ownApp, ownFeed, ownMapping], [otherApp, otherFeed, otherMapping]] = directories as [
      [Row, Row, Row],
      [Row, Row, Row],
    ];
    const mail = await organization.mapping(ownFeed, 'email', 'email');
    const number = await organization.mapping(ownFeed, 'identityId', 'identityId');
    const status = await organization.mapping(ownFeed, 'attributes.state', 'status');
    const manager = await organization.mapping(ownFeed, 'attributes.boss', 'manager');
    await organization.mapping(ownFeed, 'attributes.job', 'title');
    await organization.mapping(ownFeed, 'attributes.city', 'location');
    const owner = await organization.owner({
      user_id: user.id,
      connector_id: ownFeed.id,
      identity_id: 'E1',
      email: 'ada@example.com',
      department: 'Sales',
    });
    const own = await organization.account(ownFeed, owner, {
      email: 'Ada@Example.com',
      attributes: { dept: 'Sales', state: 'A', boss: 'E0', job: '', city: 'Oslo' },
    });
    const other = await organization.account(otherFeed, owner, {
      email: 'ada@other.example',
      attributes: { dept: 'Vertrieb' },
    });
    // Neither accounts of systems that make nobody, nor those of others, nor those that are gone say who he is.
    await organization.mapping(connector, 'attributes.dept', 'department');
    await organization.account(connector, owner, { attributes: { dept: 'x' } });
    await organization.account(ownFeed, owner, { attributes: { dept: 'x' }, deleted_at: new Date() });
    await organization.account(ownFeed, await organization.owner(), { attributes: { dept: 'x' } });
    await organization.connectorOwner(connector, user);

    const { body } = await admin.get(`${base()}/users/owner/${user.id}`).expect(200);
    const from = (app: Row, account: Row, key: string, mapping: Row, value: string) => ({
      appId: app.id,
      appUserId: account.id,
      appUserProfileAttributeKey: key,
      userAttributeMappingId: mapping.id,
      value,
    });
    const state = [from(ownApp, own, 'state', status, 'A')];
    expect(body.connectorOwnerUser.user).toMatchObject({
      department: 'Sales',
      departmentSources: [
        from(ownApp, own, 'dept', ownMapping, 'Sales'),
        from(otherApp, other, 'dept', otherMapping, 'Vertrieb'),
      ],
      emailSources: [from(ownApp, own, 'email', mail, 'Ada@Example.com')],
      emails: ['ada@example.com'],
      employeeIdSources: [from(ownApp, own, 'identityId', number, 'E1')],
      employeeIds: ['E1'],
      directoryStatusSources: state,
      employmentStatusSources: state,
      managerSources: [from(ownApp, own, 'boss', manager, 'E0')],
      jobTitleSources: [],
      employmentTypeSources: [],
      usernameSources: [],
    });
    expect(new Set(body.connectorOwnerUser.user.directoryIds)).toEqual(new Set([ownApp.id, otherApp.id]));

    const narrow = await api.as('SOURCE_SUBADMIN', organization);
    for (const feed of [connector, otherFeed]) await organization.connectorOwner(feed, narrow.user);
    const seen = await narrow.get(`${base()}/users/owner/${user.id}`).expect(200);
    expect(seen.body.connectorOwnerUser.user).toMatchObject({
      departmentSources: [from(otherApp, other, 'dept', otherMapping, 'Vertrieb')],
      emailSources: [],
      directoryStatusSources: [],
    });
  });
});

describe('PUT .../owners', () => {
  it('replaces the owners of one role, and those of other roles stay', async () => {
    const [one, two, three] = [await organization.user(), await organization.user(), await organization.user()];
    const right = await organization.entitlement(connector);
    const former = await organization.entitlement(connector);
    for (const user of [one, two]) await organization.connectorOwner(connector, user);
    await organization.connectorOwner(connector, one, 'backup_owner');
    await organization.entitlementOwner(connector, former);
    const since = (await users().expect(200)).body.list.find(({ user }: Answer) => user.id === two.id).createdAt;

    const refs = { userRefs: [{ id: two.id }, { id: three.id.toUpperCase() }, { id: two.id }] };
    const body = { roleSlug: 'owner', ...refs, appEntitlementRefs: [{ appId: application.id, id: right.id }] };
    expect((await set(body).expect(200)).body).toEqual({});
    expect(await owning()).toEqual([
      `backup_owner ${one.id}`,
      ...[two, three].map(({ id }) => `owner ${id}`).toSorted(),
    ]);
    expect(await holding()).toEqual([`owner ${right.id}`]);
    const kept = (await users('?role_slug=owner')).body.list.find(({ user }: Answer) => user.id === two.id);
    expect(kept.createdAt).toBe(since);
    expect(await events()).toEqual([
      { action: 'connector.ownerRemoved', before: { userId: one.id, roleSlug: 'owner' }, after: null },
      { action: 'connector.ownerAdded', before: null, after: { userId: three.id, roleSlug: 'owner' } },
      { action: 'connector.ownerRemoved', before: { entitlementId: former.id, roleSlug: 'owner' }, after: null },
      { action: 'connector.ownerAdded', before: null, after: { entitlementId: right.id, roleSlug: 'owner' } },
    ]);
    await set(body).expect(200);
    expect(await events()).toHaveLength(4);
  });

  it('without lists takes everybody out of the role', async () => {
    await organization.connectorOwner(connector, await organization.user());
    await organization.entitlementOwner(connector, await organization.entitlement(connector));
    await set({ roleSlug: 'owner' }).expect(200);
    expect([await owning(), await holding()]).toEqual([[], []]);
  });

  it('is all or nothing: with somebody or something unknown nothing changes', async () => {
    const user = await organization.user();
    const right = await organization.entitlement(connector);
    await organization.connectorOwner(connector, user);
    const elsewhere = await api.given.organization();
    const stranger = await elsewhere.user();
    const deleted = await organization.user({ deleted_at: new Date() });
    const otherApp = await organization.application();
    const foreign = await elsewhere.entitlement(await elsewhere.connector(await elsewhere.application()));
    const refs = (appId: string, id: string) => ({ appEntitlementRefs: [{ appId, id }] });
    for (const body of [
      ...[stranger.id, deleted.id, newId(), 'x', ''].map((id) => ({ userRefs: [{ id: user.id }, { id }] })),
      refs(otherApp.id, right.id),
      { appEntitlementRefs: [application, otherApp].map(({ id: appId }) => ({ appId, id: right.id })) },
      refs(application.id, foreign.id),
      refs('x', right.id),
      refs(application.id, newId()),
    ]) {
      const answer = await set({ roleSlug: 'owner', ...body });
      expect([answer.status, answer.body]).toEqual([404, { code: 5, message: 'Not found.' }]);
    }
    expect(await owning()).toEqual([`owner ${user.id}`]);
    expect(await events()).toEqual([]);
  });

  it.each([
    ['nothing', {}],
    ['no role', { userRefs: [] }],
    ['a role there is not', { roleSlug: 'nonsense' }],
    ['a role that is no text', { roleSlug: 1 }],
    ['users that are no list', { roleSlug: 'owner', userRefs: {} }],
    ['a user without an id', { roleSlug: 'owner', userRefs: [{}] }],
    ['a text for a user', { roleSlug: 'owner', userRefs: ['x'] }],
    ['a list for a user', { roleSlug: 'owner', userRefs: [[]] }],
    ['a list for an entitlement', { roleSlug: 'owner', appEntitlementRefs: [[]] }],
    ['null for a user', { roleSlug: 'owner', userRefs: [null] }],
    ['too many users', { roleSlug: 'owner', userRefs: Array.from({ length: 251 }, () => ({ id: 'x' })) }],
    ['an entitlement without its app', { roleSlug: 'owner', appEntitlementRefs: [{ id: 'x' }] }],
    ['something unknown', { roleSlug: 'owner', users: [] }],
    ['something unknown of a user', { roleSlug: 'owner', userRefs: [{ id: 'x', name: 'y' }] }],
    ['a NUL', { roleSlug: 'owner', userRefs: [{ id: 'a\u0000' }] }],
  ])('is refused with %s', async (_, body) => {
    expect((await set(body).expect(400)).body).toMatchObject({ code: 3 });
    expect(await owning()).toEqual([]);
  });

  it('takes 250 users and 250 entitlements at once, as many as it says', async () => {
    const [people, rights] = [[] as Row[], [] as Row[]];
    for (let i = 0; i < 250; i++) {
      people.push(await organization.user());
      rights.push(await organization.entitlement(connector));
    }
    const appEntitlementRefs = rights.map(({ id }) => ({ appId: application.id, id }));
    await set({ roleSlug: 'owner', userRefs: people.map(({ id }) => ({ id })), appEntitlementRefs }).expect(200);
    const [counted] = await api.given.sql(
      `select (select count(*)::int from connector_owner where connector_id = $1) as users,
         (select count(*)::int from connector_entitlement_owner where connector_id = $1) as rights`,
      [connector.id],
    );
    expect(counted).toEqual({ users: 250, rights: 250 });
  });

  it('leaves, of many who set them at once, the owners of one', async () => {
    const sets = await Promise.all(
      Array.from({ length: 6 }, async () => [await organization.user(), await organization.user()] as const),
    );
    await Promise.all(
      sets.map((pair) => set({ roleSlug: 'owner', userRefs: pair.map(({ id }) => ({ id })) }).expect(200)),
    );
    const expected = sets.map((pair) => pair.map(({ id }) => `owner ${id}`).toSorted());
    expect(expected).toContainEqual(await owning());
  });

  it('is refused in the same order as the others: 401, 403, 404, 400', async () => {
    await api.client().put(base()).send({}).expect(401);
    await set({}, await api.as('HELPDESK', organization)).expect(403);
    await admin.put(`/api/v2/apps/${application.id}/connectors/${newId()}/owners`).send({}).expect(404);
    await set({}).expect(400);
  });
});

describe('an entitlement that owns a connector', () => {
  it('is made one, told, listed and taken out again, each recorded once', async () => {
    const right = await organization.entitlement(connector, { value: 'cn=admins', name: 'Admins', description: 'All' });
    const { body } = await admin.post(at(right)).expect(200);
    const instant = expect.stringMatching(/Z$/) as string;
    expect(body).toEqual({
      connectorOwnerEntitlement: {
        appId: application.id,
        connectorId: connector.id,
        roleSlug: 'owner',
        createdAt: instant,
        appEntitlement: {
          id: right.id,
          appId: application.id,
          displayName: 'Admins',
          description: 'All',
          slug: 'cn=admins',
          createdAt: instant,
          updatedAt: instant,
          deletedAt: null,
        },
      },
    });
    await admin.post(at(right)).set('Content-Type', 'application/json').send('').expect(200);
    expect((await admin.get(at(right)).expect(200)).body).toEqual(body);
    expect((await entitlements().expect(200)).body).toEqual({
      list: [body.connectorOwnerEntitlement],
      nextPageToken: '',
    });
    expect((await admin.delete(at(right)).expect(200)).body).toEqual({});
    await admin.delete(at(right)).expect(404);
    await admin.get(at(right)).expect(404);
    expect((await events()).map(({ action }) => action)).toEqual(['connector.ownerAdded', 'connector.ownerRemoved']);
  });

  it('is unknown by another app, in another role, or by a body’s word', async () => {
    const right = await organization.entitlement(connector);
    const otherApp = await organization.application();
    for (const path of [at(right, otherApp.id), at(right, application.id, 'nonsense'), at({ ...right, id: newId() })]) {
      await admin.post(path).send({ nonsense: 1 }).expect(404);
    }
    await admin.post(at(right)).send({ nonsense: 1 }).expect(400);
    await admin
      .post(at(right))
      .send({ appEntitlementRef: { appId: otherApp.id, id: newId() } })
      .expect(200);
    await admin.get(at(right, application.id, 'backup_owner')).expect(404);
  });

  it('may be of another system, and goes with it', async () => {
    const otherApp = await organization.application();
    const right = await organization.entitlement(await organization.connector(otherApp));
    await admin.post(at(right, otherApp.id)).expect(200);
    await api.given.sql('delete from entitlement where id = $1', [right.id]);
    expect(await holding()).toEqual([]);
  });

  // He may write accounts of his own connectors, and so could give himself any entitlement of theirs.
  it('lets no SOURCE_SUBADMIN reach the connector who holds it', async () => {
    const narrow = await api.as('SOURCE_SUBADMIN', organization);
    const right = await organization.entitlement(connector);
    const account = await organization.account(connector, await organization.owner({ user_id: narrow.user.id }));
    await organization.holds(account, right);
    await admin.post(at(right)).expect(200);
    await narrow.get(`/api/v1/apps/${application.id}/connectors/${connector.id}`).expect(404);
    expect((await narrow.get('/accounts?count=true').expect(200)).headers['x-total-count']).toBe('0');
    await users('', narrow).expect(404);
  });

  it('is told by whoever made it one, also while others take it out again', async () => {
    const right = await organization.entitlement(connector);
    const rounds = Array.from({ length: 12 }, (_, i) =>
      i % 2 === 0 ? admin.post(at(right)).then(({ status }) => status) : set({ roleSlug: 'owner' }).expect(200),
    );
    const answers = await Promise.all(rounds);
    expect(answers.filter((_, i) => i % 2 === 0)).toEqual(Array.from({ length: 6 }, () => 200));
  });
});

describe('entitlements of connectors that own each other', () => {
  const deadlocks = async () => {
    await api.given.sql('select pg_stat_force_next_flush()');
    const [row] = await api.given.sql<{ n: string }>(
      'select deadlocks::text as n from pg_stat_database where datname = current_database()',
    );
    return Number(row!.n);
  };
  const ring = async (size: number) =>
    Promise.all(
      Array.from({ length: size }, async () => {
        const one = await organization.connector(application);
        return { one, right: await organization.entitlement(one) };
      }),
    );
  const ownersOf = (one: Row) => `/api/v2/apps/${application.id}/connectors/${one.id}/owners`;
  const refsTo = (rights: readonly { readonly right: Row }[]) => ({
    roleSlug: 'owner',
    appEntitlementRefs: rights.map(({ right }) => ({ appId: application.id, id: right.id })),
  });

  it('are set, made and taken out at once, many times, and none waits for another in a circle', async () => {
    const all = await ring(4);
    const before = await deadlocks();
    for (let round = 0; round < 8; round++) {
      const answers = await Promise.all(
        all.flatMap(({ one }, i) => {
          const others = all.filter((_, j) => j !== i);
          const other = others[round % others.length]!;
          const path = `${ownersOf(one)}/entitlements/backup_owner/${application.id}/${other.right.id}`;
          return [
            admin.put(ownersOf(one)).send(refsTo(round % 2 === 0 ? others : others.toReversed())),
            admin.post(path),
            admin.put(ownersOf(one)).send(refsTo([])),
          ];
        }),
      );
      expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    }
    expect(await deadlocks()).toBe(before);
  });

  it('own nothing any more when theirs is deleted at the same time', async () => {
    const before = await deadlocks();
    for (let round = 0; round < 4; round++) {
      const [first, ...others] = await ring(4);
      const [deleted, ...answers] = await Promise.all([
        admin.delete(`/api/v1/apps/${application.id}/connectors/${first!.one.id}`),
        ...others.map(({ one }) => admin.put(ownersOf(one)).send(refsTo([first!, ...others]))),
        admin.put(ownersOf(first!.one)).send(refsTo(others)),
      ]);
      expect(deleted.status).toBe(200);
      for (const { status } of answers) expect([200, 404]).toContain(status);
      const left = await api.given.sql(
        'select 1 from connector_entitlement_owner where connector_id = $1 or entitlement_id = $2',
        [first!.one.id, first!.right.id],
      );
      expect(left).toEqual([]);
    }
    expect(await deadlocks()).toBe(before);
  });
});
