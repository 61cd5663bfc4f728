import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Role } from '@app/access';
import { newId } from '@app/kernel';
import { TestApi } from '../../support/api.js';
import { HeldTransaction } from '../../support/held-transaction.js';
import { ManagingDesk, managedPath as path, type Managed, someSlug } from '../../support/managing-desk.js';

let api: TestApi;
let desk: ManagingDesk;

beforeAll(async () => {
  api = await TestApi.start();
});
afterAll(async () => api.close());
beforeEach(async () => {
  desk = await ManagingDesk.open(api);
});

const id = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const at = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const owner = { user: 'Chief@Example.com', name: { first: 'Chi', last: 'Ef' } };

const suspension = `update organization set account_type = 'DISABLED' where id = $1`;

async function count(text: string, ...values: unknown[]): Promise<number> {
  const [row] = await api.given.sql<{ n: number }>(`select count(*)::int as n ${text}`, values);
  return row!.n;
}

async function listed(
  query = '',
): Promise<{ organizations: Managed[]; pageInfo: { hasNextPage: boolean; endCursor: string | null } }> {
  return (await desk.admin.get(`${path}${query}`).expect(200)).body;
}

describe('POST /api/v1/managed-organizations', () => {
  it('makes an organization that is told as it is read afterwards', async () => {
    const answer = await desk.admin.post(path).send({ accountName: ' Subsidiary ' }).expect(201);
    expect(answer.body).toEqual({
      _id: expect.stringMatching(id),
      accountName: 'Subsidiary',
      accountType: 'MANAGED',
      slug: expect.stringMatching(/^subsidiary[a-z0-9]{6}$/),
      createdTime: expect.stringMatching(at),
    });
    expect(answer.headers['location']).toBe(`${path}/${answer.body._id}`);
    expect((await desk.admin.get(answer.headers['location']!).expect(200)).body).toEqual(answer.body);
  });

  it('gives it categories, a system group of Administrators, and nobody in it', async () => {
    const { _id } = await desk.make();
    expect(await count('from organization_category where organization_id = $1', _id)).toBe(3);
    const text = `from user_group g join role_assignment r on r.group_id = g.id and r.role = 'Administrator'
      where g.organization_id = $1 and g.system and g.name = 'Administrators'`;
    expect(await count(text, _id)).toBe(1);
    expect(await count('from app_user where organization_id = $1', _id)).toBe(0);
    expect(await count('from membership where organization_id = $1', _id)).toBe(0);
  });

  it('takes a kind and a slug', async () => {
    const slug = someSlug();
    expect(await desk.make({ accountType: 'TRIAL', slug })).toMatchObject({ accountType: 'TRIAL', slug });
  });

  it('invites whoever answers for its account; the way to his profile is shown this once', async () => {
    const made = await desk.make({ accountOwner: owner });
    expect(made.accountOwner).toEqual({
      user: 'chief@example.com',
      name: owner.name,
      profileActivateUrl: expect.stringContaining('/activate-profile#token='),
    });
    const again = await desk.admin.get(`${path}/${made._id}`).expect(200);
    expect(again.body).not.toHaveProperty('accountOwner');
    expect(JSON.stringify(await listed())).not.toContain('token');
    expect(await count('from outgoing_mail where organization_id = $1', made._id)).toBe(0);
  });

  it('mails the invitation when asked to', async () => {
    const { body } = await desk.admin
      .post(`${path}?notify=TRUE`)
      .send({ accountName: 'X', accountOwner: owner })
      .expect(201);
    const mail = `from outgoing_mail where organization_id = $1 and recipient = 'chief@example.com' and kind = 'invitation'`;
    expect(await count(mail, body._id)).toBe(1);
  });

  it('makes him its Administrator and account owner, never listed, once he has accepted', async () => {
    const made = await desk.make({ accountOwner: owner });
    expect((await desk.accept(made.accountOwner!.profileActivateUrl, 'chief')).status).toBe(200);
    const signedIn = await desk.login(made.slug, 'chief');
    expect(signedIn.status).toBe(200);
    const chief = api.client(signedIn.body.token);
    const account = await chief.get('/api/v1/owners/account').expect(200);
    expect(account.body).toMatchObject({
      _id: made._id,
      accountName: 'Subsidiary',
      accountType: 'MANAGED',
      administrators: [],
      groups: [],
    });
    await chief.put('/api/v1/owners/account').send({ accountName: 'Renamed there' }).expect(200);
    expect((await desk.admin.get(`${path}/${made._id}`)).body.accountName).toBe('Renamed there');
  });

  it('lets nobody accept once whoever invited him is no Administrator of the managing organization', async () => {
    const others = await api.as('Administrator', desk.home.organization);
    const { body: made } = await others.post(path).send({ accountName: 'X', accountOwner: owner }).expect(201);
    await api.given.sql('delete from role_assignment where user_id = $1', [others.user.id]);
    expect((await desk.accept(made.accountOwner.profileActivateUrl, 'chief')).status).toBe(410);
    await api.given.insert('role_assignment', {
      organization_id: desk.home.organization.id,
      user_id: others.user.id,
      role: 'Administrator',
    });
    expect((await desk.accept(made.accountOwner.profileActivateUrl, 'chief')).status).toBe(200);
  });

  it('is told in both trails: who did it, and in the managed one from where', async () => {
    await desk.home.trail.mark();
    const made = await desk.make({ slug: someSlug(), accountOwner: owner });
    const [ours, ...more] = await desk.home.trail.events();
    const theirs = await desk.trailOf(made).events();
    expect(more).toEqual([]);
    const after = {
      name: 'Subsidiary',
      slug: made.slug,
      accountType: 'MANAGED',
      accountOwnerUserId: expect.stringMatching(id),
    };
    expect(ours).toMatchObject({ action: 'organization.created', subject_id: made._id, before: null, after });
    expect(ours!.actor_id).toBe(desk.admin.user.id);
    expect(theirs.map(({ action }) => action).toSorted()).toEqual([
      'group.created',
      'organization.created',
      'user.invited',
    ]);
    expect(theirs.at(-1)).toMatchObject({ action: 'organization.created', subject_id: made._id, after });
    const names = await api.given.sql<{ name: string }>(
      'select distinct actor_name as name from audit_event where organization_id = $1',
      [made._id],
    );
    expect(names).toEqual([{ name: 'boss (Holding)' }]);
    expect(ours!.request_id).toBe(theirs.at(-1)!.request_id);
  });

  it.each<[string, unknown, string]>([
    ['nothing', undefined, ''],
    ['no object', [], ''],
    ['no name', {}, 'accountName'],
    ['a name that is none', { accountName: 7 }, 'accountName'],
    ['an empty name', { accountName: '  ' }, 'accountName'],
    ['a long name', { accountName: 'x'.repeat(129) }, 'accountName'],
    ['a control character', { accountName: 'a\u0007b' }, 'accountName'],
    ['null for a name', { accountName: null }, 'accountName'],
    ['a kind there is not', { accountName: 'X', accountType: 'STANDARD' }, 'accountType'],
    ['a suspended start', { accountName: 'X', accountType: 'DISABLED' }, 'accountType'],
    ['a kind in other letters', { accountName: 'X', accountType: 'managed' }, 'accountType'],
    ['null for a kind', { accountName: 'X', accountType: null }, 'accountType'],
    ['a short slug', { accountName: 'X', slug: 'ab' }, 'slug'],
    ['a slug with a dash', { accountName: 'X', slug: 'a-b-c' }, 'slug'],
    ['a slug in large letters', { accountName: 'X', slug: 'ACME' }, 'slug'],
    ['a slug with a line', { accountName: 'X', slug: 'acme\n' }, 'slug'],
    ['a long slug', { accountName: 'X', slug: 'x'.repeat(33) }, 'slug'],
    ['a slug that hosts of every domain have', { accountName: 'X', slug: 'www' }, 'slug'],
    ['a slug that means somebody of the house', { accountName: 'X', slug: 'admin' }, 'slug'],
    ['a number for a slug', { accountName: 'X', slug: 123 }, 'slug'],
    ['an owner without an address', { accountName: 'X', accountOwner: {} }, 'accountOwner.user'],
    ['an owner by name', { accountName: 'X', accountOwner: { user: 'chief' } }, 'accountOwner.user'],
    ['a list of owners', { accountName: 'X', accountOwner: [owner] }, 'accountOwner'],
    ['an owner of what there is not', { accountName: 'X', accountOwner: { ...owner, id: newId() } }, 'accountOwner.id'],
    [
      'a zone there is not',
      { accountName: 'X', accountOwner: { ...owner, timezone: 'Nowhere' } },
      'accountOwner.timezone',
    ],
    ['a parent', { accountName: 'X', parent_id: newId() }, 'parent_id'],
    ['an id', { accountName: 'X', _id: newId() }, '_id'],
  ])('refuses %s, and makes nothing', async (_, body, field) => {
    const before = await count('from organization');
    const answer = await desk.admin
      .post(path)
      .type('json')
      .send(body === undefined ? undefined : JSON.stringify(body));
    expect([answer.status, answer.body.error?.code]).toEqual([400, 'VALIDATION_ERROR']);
    const fields = (answer.body.error.details ?? []).map((detail: { field: string }) => detail.field);
    expect(fields).toEqual(field === '' ? [] : [field]);
    expect(await count('from organization')).toBe(before);
  });

  it.each(['?nosuch=1', '?notify=maybe'])('takes no parameter %s', async (query) => {
    await desk.admin.post(`${path}${query}`).send({ accountName: 'X' }).expect(400);
  });

  it('is 409 with a slug that is taken, by whomever', async () => {
    const { slug } = await desk.make();
    for (const taken of [slug, await api.slugOf()]) {
      const { body } = await desk.admin.post(path).send({ accountName: 'X', slug: taken }).expect(409);
      expect(body.error.code).toBe('CONFLICT');
    }
  });

  it('of many at once with one slug makes one', async () => {
    const slug = someSlug();
    const answers = await Promise.all(
      Array.from({ length: 6 }, (_, i) =>
        desk.admin.post(path).send({ accountName: `S${i}`, slug, accountOwner: { user: `o${i}@example.com` } }),
      ),
    );
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([201, 409, 409, 409, 409, 409]);
    expect((await listed()).organizations).toHaveLength(1);
  });

  it('is 401 in an organization that was suspended in the last second, as it is from then on', async () => {
    await desk.make();
    await api.given.sql(suspension, [desk.home.organization.id]);
    const { body } = await desk.admin.post(path).send({ accountName: 'X' }).expect(401);
    expect(body.error.code).toBe('UNAUTHORIZED');
    expect(await count('from organization where parent_id = $1', desk.home.organization.id)).toBe(1);
  });

  it('waits for whoever suspends the organization, and makes nothing then', async () => {
    await desk.make();
    const held = await HeldTransaction.begin(api.database.ownerUrl, suspension, [desk.home.organization.id]);
    const answer = desk.admin
      .post(path)
      .send({ accountName: 'X' })
      .then(({ status }) => status);
    await held.untilMetBy(1);
    await held.commit();
    expect(await answer).toBe(401);
    expect(await count('from organization where parent_id = $1', desk.home.organization.id)).toBe(1);
  });

  it('is 400 in an organization that is managed itself: it has none of its own', async () => {
    const { _id } = await desk.make();
    const child = await api.as('Administrator', desk.rowsOf({ _id } as Managed));
    const { body } = await child.post(path).send({ accountName: 'X' }).expect(400);
    expect(body.error).toEqual({ code: 'FAILED_PRECONDITION', message: expect.stringMatching(/manages no other/) });
    expect((await child.get(path).expect(200)).body.organizations).toEqual([]);
  });
});

describe('GET /api/v1/managed-organizations', () => {
  it('lists them in the order they were made, page by page', async () => {
    const made: string[] = [];
    for (let i = 0; i < 5; i++) made.push((await desk.make({ accountName: `S${i}` }))._id);
    expect((await listed()).organizations.map(({ _id }) => _id)).toEqual(made);

    const seen: string[] = [];
    for (let after = ''; ;) {
      const { organizations, pageInfo } = await listed(`?first=2${after && `&after=${after}`}`);
      seen.push(...organizations.map(({ _id }) => _id));
      if (!pageInfo.hasNextPage) break;
      after = encodeURIComponent(pageInfo.endCursor!);
    }
    expect(seen).toEqual(made);
  });

  it('is an empty page for whoever manages nobody', async () => {
    expect(await listed()).toEqual({ organizations: [], pageInfo: { hasNextPage: false, endCursor: null } });
  });

  it.each(['first=0', 'first=251', 'first=1e1', 'first=', 'after=x', 'after=', 'offset=1', 'first=1&first=2'])(
    'refuses ?%s',
    async (query) => {
      const { body } = await desk.admin.get(`${path}?${query}`).expect(400);
      expect(body.error.code).toBe('VALIDATION_ERROR');
    },
  );

  it('shows none of somebody else', async () => {
    const other = await ManagingDesk.open(api);
    const theirs = await other.make();
    await desk.make();
    expect(JSON.stringify(await listed())).not.toContain(theirs._id);
    for (const unknown of [theirs._id, newId(), desk.home.organization.id, 'x', 'account']) {
      await desk.admin.get(`${path}/${unknown}`).expect(404);
      await desk.admin.patch(`${path}/${unknown}`).send({ accountName: 'Mine' }).expect(404);
    }
    expect((await other.admin.get(`${path}/${theirs._id}`)).body).toEqual({ ...theirs });
  });
});

describe('PATCH /api/v1/managed-organizations/{id}', () => {
  const change = (made: Managed, body: object) => desk.admin.patch(`${path}/${made._id}`).send(body);

  it('renames, and tells both trails what is otherwise', async () => {
    const made = await desk.make();
    const theirs = desk.trailOf(made);
    for (const trail of [desk.home.trail, theirs]) await trail.mark();
    const { body } = await change(made, { accountName: ' Renamed ' }).expect(200);
    expect(body).toEqual({ ...made, accountName: 'Renamed' });
    const told = [['organization.updated', { name: 'Subsidiary' }, { name: 'Renamed' }]];
    expect([await desk.home.trail.told(), await theirs.told()]).toEqual([told, told]);
  });

  it.each([
    ['MANAGED', 'TRIAL', 'organization.updated'],
    ['TRIAL', 'MANAGED', 'organization.updated'],
    ['MANAGED', 'DISABLED', 'organization.suspended'],
    ['TRIAL', 'DISABLED', 'organization.suspended'],
    ['DISABLED', 'MANAGED', 'organization.resumed'],
    ['DISABLED', 'TRIAL', 'organization.resumed'],
  ])('from %s to %s is %s', async (from, to, action) => {
    const made = await desk.make();
    await api.given.sql('update organization set account_type = $2 where id = $1', [made._id, from]);
    await desk.home.trail.mark();
    expect((await change(made, { accountType: to }).expect(200)).body.accountType).toBe(to);
    expect(await desk.home.trail.told()).toEqual([[action, { accountType: from }, { accountType: to }]]);
  });

  it('that changes nothing is 200 and leaves no event', async () => {
    const made = await desk.make();
    const before = [await desk.stored(made._id), await desk.stored(desk.home.organization.id)];
    for (const body of [{}, { accountName: 'Subsidiary' }, { accountType: 'MANAGED', accountName: ' Subsidiary' }]) {
      expect((await change(made, body).expect(200)).body).toEqual(made);
    }
    expect([await desk.stored(made._id), await desk.stored(desk.home.organization.id)]).toEqual(before);
  });

  it.each<[unknown, string]>([
    [{ accountType: 'STANDARD' }, 'accountType'],
    [{ accountType: 'disabled' }, 'accountType'],
    [{ accountType: null }, 'accountType'],
    [{ accountName: '' }, 'accountName'],
    [{ accountName: null }, 'accountName'],
    [{ accountName: 'x'.repeat(129) }, 'accountName'],
    [{ slug: 'other' }, 'slug'],
    [{ createdTime: '2020-01-01T00:00:00Z' }, 'createdTime'],
    [{ accountOwner: owner }, 'accountOwner'],
    [{ parent_id: null }, 'parent_id'],
  ])('refuses %j', async (body, field) => {
    const made = await desk.make();
    const before = await desk.stored(made._id);
    const answer = await change(made, body as object).expect(400);
    expect(answer.body.error.details).toEqual([expect.objectContaining({ field })]);
    expect(await desk.stored(made._id)).toBe(before);
  });

  it('takes back a name as it is, though today nobody may be called so', async () => {
    const made = await desk.make();
    const accountName = 'Sub\u200bsidiary';
    await api.given.sql('update organization set name = $2 where id = $1', [made._id, accountName]);
    const { body } = await change(made, { accountName, accountType: 'TRIAL' }).expect(200);
    expect(body).toEqual({ ...made, accountName, accountType: 'TRIAL' });
    await change(made, { accountName: `${accountName}s` }).expect(400);
  });

  it('of many at once are done one after another, each told with what it found', async () => {
    const made = await desk.make();
    await desk.home.trail.mark();
    await Promise.all(Array.from({ length: 5 }, (_, i) => change(made, { accountName: `N${i}` }).expect(200)));
    const told = await desk.home.trail.told();
    expect(told).toHaveLength(5);
    for (let i = 1; i < told.length; i++) expect(told[i]![1]).toEqual(told[i - 1]![2]);
  });
});

describe('managed organizations', () => {
  const roles: (Role | undefined)[] = [
    'ORG_ADMIN',
    'SOURCE_ADMIN',
    'SOURCE_SUBADMIN',
    'HELPDESK',
    'AUDITOR',
    undefined,
  ];

  it.each(roles)('are nothing for %s', async (role) => {
    const made = await desk.make();
    const caller = await api.as(role ? [role] : [], desk.home.organization);
    await caller.get(path).expect(403);
    await caller.post(path).send({ accountName: 'X' }).expect(403);
    await caller.get(`${path}/${made._id}`).expect(403);
    await caller.patch(`${path}/${made._id}`).send({ accountType: 'DISABLED' }).expect(403);
  });

  it('are nothing for keys', async () => {
    for (const kind of ['ACCOUNT/MODIFY', 'WORKSPACE/MODIFY'] as const) {
      const key = await desk.home.key(kind);
      await key.get(path).expect(403);
      await key.post(path).send({ accountName: 'X' }).expect(403);
    }
  });

  it('are nothing for whom they belong to: neither is the manager read there, nor is he managed', async () => {
    const made = await desk.make();
    const child = await api.as('Administrator', desk.rowsOf(made));
    const before = await desk.stored(desk.home.organization.id);
    for (const target of [made._id, desk.home.organization.id]) {
      await child.get(`${path}/${target}`).expect(404);
      await child.patch(`${path}/${target}`).send({ accountName: 'Mine', accountType: 'DISABLED' }).expect(404);
    }
    expect(await desk.stored(desk.home.organization.id)).toBe(before);
  });

  it('are nobody’s without a credential', async () => {
    for (const method of ['get', 'post'] as const) await api.client()[method](path).expect(401);
  });
});
