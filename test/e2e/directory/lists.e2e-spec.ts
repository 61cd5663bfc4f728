import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fold, newId } from '@app/kernel';
import { type Client, TestApi } from '../../support/api.js';

const base = '/api/v1/directory';

interface Shown {
  readonly _id: string;
  readonly _created: string;
  readonly _modified: string;
  readonly _type?: 'User' | 'Group';
  readonly name: string;
  readonly userName: string;
  readonly displayName: string;
  readonly email?: string;
  readonly externalId?: string;
  readonly active: boolean;
  readonly system: boolean;
  readonly external: boolean;
  readonly invitationPending: boolean;
  readonly temporarilyLocked: boolean;
  readonly deleted?: string;
}

let api: TestApi;
let admin: Client;
let users: Shown[];
let groups: Shown[];
let principals: Shown[];

/** Some thousand people would do no more: of each kind a few, with names that tempt patterns and folding. */
const words = ['Ada', 'ada', 'ÄDA', 'A_da', 'A%da', 'a\\da', 'Zoë', 'zoe\u0308', 'ß', 'İ', '𐐀', '\ufb01', 'Bo'];

beforeAll(async () => {
  api = await TestApi.start();
  admin = await api.as('Administrator');
  const { organization, given } = api;
  for (let i = 0; i < 70; i++) {
    const word = words[i % words.length]!;
    const at = new Date(Date.UTC(2026, 0, 1 + (i % 9), 0, 0, 0, i % 3));
    const user = await organization.user({
      user_name: `${word}.${i}`,
      display_name: `${word} ${i % 5}`,
      display_name_key: fold(`${word} ${i % 5}`),
      ...(i % 3 === 0 && { email: `${word}.${i}@Example.com`.replaceAll(/\s/g, '') }),
      ...(i % 4 === 0 && { external_id: `e-${i}` }),
      ...(i % 7 === 0 && { active: false, inactive_reason: 'manual' }),
      ...(i % 11 === 0 && { system: true }),
      ...(i % 13 === 0 && { invitation_pending: true }),
      ...(i % 10 === 0 && { deleted_at: at }),
      created_at: at,
      updated_at: new Date(at.getTime() + (i % 4)),
    });
    if (i % 6 === 0) {
      const until = new Date(Date.now() + (i % 12 === 0 ? 3_600_000 : -3_600_000));
      const row = { organization_id: organization.id, user_id: user.id, failures: 5, locked_until: until };
      await given.insert('login_attempt', row);
    }
  }
  for (let i = 0; i < 25; i++) {
    const name = `${words[i % words.length]!} team ${i}`;
    const at = new Date(Date.UTC(2026, 1, 1 + (i % 5)));
    const row = { organization_id: organization.id, id: newId(), name, name_key: fold(name), created_at: at };
    const kind = { system: i % 6 === 0, external_id: i % 5 === 0 ? `g-${i}` : null, updated_at: at };
    await given.insert('user_group', { ...row, ...kind });
  }
  const outside = { organization_id: organization.id, id: newId(), kind: 'org_group', name: 'Ada', name_key: 'ada' };
  await given.insert('user_group', outside);
  users = await all('users', 'filter[deleted][EQ]=all');
  groups = await all('groups');
  principals = await all('principals', 'filter[deleted][EQ]=all');
});
afterAll(async () => api.close());

async function page(kind: string, query: string): Promise<{ totalCount: number; data: Shown[] }> {
  return (await admin.get(`${base}/${kind}?${query}`).expect(200)).body;
}

async function all(kind: string, query = ''): Promise<Shown[]> {
  return (await page(kind, `${query}&page[limit]=1000`)).data;
}

const encoded = (text: string) => encodeURIComponent(text);
const idsOf = (shown: readonly Shown[]) => shown.map(({ _id }) => _id);
const sorted = (ids: readonly string[]) => ids.toSorted();

type Test = (shown: Shown) => boolean;
type Case = readonly [parameter: string, value: string, test: Test];

const contains =
  (of: (shown: Shown) => string | undefined, part: string): Test =>
  (shown) =>
    of(shown) !== undefined && fold(of(shown)!).includes(fold(part));
const same =
  (of: (shown: Shown) => string | undefined, text: string): Test =>
  (shown) =>
    of(shown) !== undefined && fold(of(shown)!) === fold(text);
const earlier =
  (of: (shown: Shown) => string | undefined, than: string): Test =>
  (shown) =>
    of(shown) !== undefined && of(shown)! < than;
const later =
  (of: (shown: Shown) => string | undefined, than: string): Test =>
  (shown) =>
    of(shown) !== undefined && of(shown)! > than;

const part = fc.constantFrom('a', 'da', 'A_', '%', '\\', '_', 'ö', 'zoë', 'ß', '𐐀', '@', '.1', 'nobody', '', ' ', '1');
const flag = fc.boolean();
const sample = (list: () => readonly Shown[]) => fc.nat().map((n) => list()[n % list().length]!);

/** Every filter of a list of users, with what it means in plain words. */
function userFilter(): fc.Arbitrary<Case> {
  const one = sample(() => users);
  return fc.oneof(
    one.map(({ _id }) => ['filter[_id][EQ]', _id, (shown: Shown) => shown._id === _id] as const),
    fc
      .tuple(one, one)
      .map(([a, b]): Case => [
        'filter[_id][IN]',
        `${a._id},${b._id.toUpperCase()},nobody`,
        ({ _id }) => [a._id, b._id].includes(_id),
      ]),
    one.map(({ userName }): Case => [
      'filter[userName][EQ]',
      userName.toUpperCase(),
      same((u) => u.userName, userName.toUpperCase()),
    ]),
    part.map((text): Case => ['filter[userName][CO]', text, contains((u) => u.userName, text)]),
    one.map(({ displayName }): Case => ['filter[displayName][EQ]', displayName, (u) => u.displayName === displayName]),
    part.map((text): Case => ['filter[displayName][CO]', text, contains((u) => u.displayName, text)]),
    one.map(({ email }): Case => ['filter[email][EQ]', email ?? 'x', same((u) => u.email, email ?? 'x')]),
    part.map((text): Case => ['filter[email][CO]', text, contains((u) => u.email, text)]),
    flag.map((on): Case => ['filter[active][EQ]', `${on}`, ({ active }) => active === on]),
    flag.map((on): Case => ['filter[externalId][PR]', `${on}`, ({ externalId }) => (externalId !== undefined) === on]),
    flag.map((on): Case => ['filter[system][EQ]', `${on}`, ({ system }) => system === on]),
    flag.map((on): Case => ['filter[invitationPending][EQ]', `${on}`, (u) => u.invitationPending === on]),
    flag.map((on): Case => ['filter[temporarilyLocked][EQ]', `${on}`, (u) => u.temporarilyLocked === on]),
    fc.constantFrom(...deletedCases),
    one.map(({ deleted = '2026-01-05T00:00:00.000Z' }): Case => [
      'filter[deleted][LT]',
      deleted,
      earlier((u) => u.deleted, deleted),
    ]),
    one.map(({ deleted = '2026-01-05T00:00:00.000Z' }): Case => [
      'filter[deleted][GT]',
      deleted,
      later((u) => u.deleted, deleted),
    ]),
    one.map(({ _created }): Case => ['filter[_created][LT]', _created, earlier((u) => u._created, _created)]),
    one.map(({ _created }): Case => ['filter[_created][GT]', _created, later((u) => u._created, _created)]),
    one.map(({ _modified }): Case => ['filter[_modified][LT]', _modified, earlier((u) => u._modified, _modified)]),
    one.map(({ _modified }): Case => ['filter[_modified][GT]', _modified, later((u) => u._modified, _modified)]),
  );
}

const deletedCases: readonly Case[] = [
  ['filter[deleted][EQ]', 'deletedOnly', ({ deleted }) => deleted !== undefined],
  ['filter[deleted][EQ]', 'notDeletedOnly', ({ deleted }) => deleted === undefined],
  ['filter[deleted][EQ]', 'all', () => true],
];

function groupFilter(): fc.Arbitrary<Case> {
  const one = sample(() => groups);
  return fc.oneof(
    one.map(({ _id }): Case => ['filter[_id][EQ]', _id, (shown) => shown._id === _id]),
    fc
      .tuple(one, one)
      .map(([a, b]): Case => ['filter[_id][IN]', `${a._id},${b._id}`, (g) => [a._id, b._id].includes(g._id)]),
    one.map(({ name }): Case => ['filter[name][EQ]', name.toLowerCase(), same((g) => g.name, name.toLowerCase())]),
    part.map((text): Case => ['filter[name][CO]', text, contains((g) => g.name, text)]),
    flag.map((on): Case => ['filter[externalId][PR]', `${on}`, ({ externalId }) => (externalId !== undefined) === on]),
    flag.map((on): Case => ['filter[system][EQ]', `${on}`, ({ system }) => system === on]),
    one.map(({ _created }): Case => ['filter[_created][LT]', _created, earlier((g) => g._created, _created)]),
    one.map(({ _created }): Case => ['filter[_created][GT]', _created, later((g) => g._created, _created)]),
    one.map(({ _modified }): Case => ['filter[_modified][LT]', _modified, earlier((g) => g._modified, _modified)]),
    one.map(({ _modified }): Case => ['filter[_modified][GT]', _modified, later((g) => g._modified, _modified)]),
  );
}

/** Principals do not show when they were deleted; the list of users does. */
function principalFilter(): fc.Arbitrary<Case> {
  const one = sample(() => principals);
  const deletedOf = ({ _id }: Shown) => users.find((user) => user._id === _id)?.deleted;
  return fc.oneof(
    one.map(({ _id }): Case => ['filter[_id][EQ]', _id, (shown) => shown._id === _id]),
    fc
      .tuple(one, one)
      .map(([a, b]): Case => ['filter[_id][IN]', `${a._id},${b._id}`, (p) => [a._id, b._id].includes(p._id)]),
    fc.constantFrom('User', 'Group').map((type): Case => ['filter[_type][EQ]', type, ({ _type }) => _type === type]),
    one.map(({ displayName }): Case => ['filter[displayName][EQ]', displayName, (p) => p.displayName === displayName]),
    part.map((text): Case => ['filter[displayName][CO]', text, contains((p) => p.displayName, text)]),
    part.map((text): Case => ['filter[displayName][SW]', text, (p) => fold(p.displayName).startsWith(fold(text))]),
    flag.map((on): Case => ['filter[external][EQ]', `${on}`, ({ external }) => external === on]),
    flag.map((on): Case => ['filter[system][EQ]', `${on}`, ({ system }) => system === on]),
    fc
      .constantFrom(...deletedCases)
      .map(([parameter, value]): Case => [
        parameter,
        value,
        (p) => value === 'all' || (deletedOf(p) !== undefined) === (value === 'deletedOnly'),
      ]),
    fc.constant<Case>([
      'filter[deleted][GT]',
      '2026-01-03T00:00:00Z',
      (p) => (deletedOf(p) ?? '') > '2026-01-03T00:00:00.000Z',
    ]),
  );
}

const listings = [
  { kind: 'users', of: () => users, filter: userFilter, hidden: (u: Shown) => u.deleted !== undefined },
  { kind: 'groups', of: () => groups, filter: groupFilter, hidden: () => false },
  {
    kind: 'principals',
    of: () => principals,
    filter: principalFilter,
    hidden: ({ _id }: Shown) => users.find((user) => user._id === _id)?.deleted !== undefined,
  },
] as const;

describe.each(listings)('the filters of $kind', ({ kind, of, filter, hidden }) => {
  it('find what a plain look at each record finds, one alone and several together, and count it', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(filter(), { minLength: 1, maxLength: 3, selector: ([name]) => name }),
        async (cases) => {
          const query = cases.map(([parameter, value]) => `${parameter}=${encoded(value)}`).join('&');
          const asksDeleted = cases.some(([parameter]) => parameter.startsWith('filter[deleted]'));
          const expected = of().filter(
            (one) => (asksDeleted || !hidden(one)) && cases.every(([, , test]) => test(one)),
          );
          const found = await page(kind, `${query}&page[limit]=1000`);
          expect(sorted(idsOf(found.data))).toEqual(sorted(idsOf(expected)));
          expect(found.totalCount).toBe(expected.length);
        },
      ),
      { numRuns: 250 },
    );
  });
});

describe('a list', () => {
  const sorts = {
    users: ['userName', 'displayName', '_created', '_modified'],
    groups: ['name', '_created', '_modified'],
    principals: ['displayName'],
  };
  const listed = Object.entries(sorts).flatMap(([kind, names]) => names.map((name) => [kind, name] as const));

  it.each(listed)(
    'of %s comes in the order of %s, the reverse the other way round, page by page the same',
    async (kind, sort) => {
      const whole = idsOf(await all(kind, `sort=${sort}`));
      expect(idsOf(await all(kind, `sort=-${sort}`))).toEqual(whole.toReversed());
      const keyOf = (shown: Shown) => fold(String((shown as unknown as Record<string, unknown>)[sort]));
      const keys = (await all(kind, `sort=${sort}`)).map(keyOf);
      expect(keys).toEqual(keys.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))));
      const paged: string[] = [];
      for (let offset = 0; offset <= whole.length; offset += 7) {
        const { data, totalCount } = await page(kind, `sort=${sort}&page[limit]=7&page[offset]=${offset}`);
        expect(totalCount).toBe(whole.length);
        paged.push(...idsOf(data));
      }
      expect(paged).toEqual(whole);
    },
  );

  it('without words about it sorts by name, and hides who is deleted', async () => {
    expect(idsOf((await page('users', '')).data)).toEqual(idsOf((await page('users', 'sort=userName')).data));
    expect((await page('users', '')).totalCount).toBe(users.filter(({ deleted }) => deleted === undefined).length);
    expect((await page('principals', '')).data.length).toBe(Math.min(100, (await page('principals', '')).totalCount));
  });

  it('past its end is empty, with the right total', async () => {
    const { data, totalCount } = await page('users', 'page[offset]=1000000000');
    expect([data, totalCount]).toEqual([[], (await page('users', '')).totalCount]);
  });

  it('shows the fields asked for', async () => {
    const keys = async (query: string) => Object.keys((await page('users', `${query}&page[limit]=1`)).data[0]!);
    expect(await keys('fields=userName&fields=active')).toEqual(['_id', 'userName', 'active']);
    expect(await keys('fields=userName,active&excludeFields=_id')).toEqual(['userName', 'active']);
    expect(await keys('excludeFields=_id,_created,_modified')).toEqual(
      expect.arrayContaining(['system', 'temporarilyLocked']),
    );
    expect(await keys('fields[]=userName')).toEqual(['_id', 'userName']);
  });

  it('tells a moment that was read from every later one', async () => {
    const [first] = (await page('users', 'sort=-_created')).data;
    const { data } = await page('users', `filter[_created][GT]=${first!._created}`);
    expect(data).toEqual([]);
  });

  const everywhere = [
    'filter[nobody][EQ]=x',
    'filter[_id][CO]=x',
    'filter[__proto__][EQ]=x',
    'filter[constructor][EQ]=x',
    'filter[_id][__proto__]=x',
    'filter[_id]=x',
    'filter=x',
    'filter[_id][EQ]=a&filter[_id][EQ]=b',
    'filter[_id][EQ][]=a',
    'Filter[_id][EQ]=a',
    'filter[_id][eq]=a',
    'filter[system][EQ]=1',
    'filter[system][EQ]=TRUE',
    'filter[system][EQ]=',
    `filter[_id][IN]=${Array.from({ length: 501 }, () => 'x').join(',')}`,
    'page[offset]=-1',
    'page[offset]=99999999999999999999',
    'page[limit]=0',
    'page[limit]=1001',
    'page[limit]=1e2',
    'page[limit]=5&page[limit]=6',
    'page[size]=5',
    'limit=5',
    'sort=nobody',
    'sort=__proto__',
    'sort=',
    'sort=--name',
    'sort=displayName,name',
    'sort=displayName&sort=displayName',
    '__proto__=x',
  ];
  const some: Record<string, string[]> = {
    users: [
      'filter[_created][LT]=yesterday',
      'filter[_created][GT]=+300000-01-01T00:00:00Z',
      'filter[_created][GT]=infinity',
      'filter[_created][LT]=2026-02-30T00:00:00Z',
      'filter[_created][EQ]=2026-01-01T00:00:00Z',
      'filter[deleted][EQ]=deleted',
      'filter[externalId][PR]=maybe',
      'filter[externalId][EQ]=x',
      'filter[userName][SW]=x',
      'fields=password',
      'excludeFields=system',
      'fields=_id,',
    ],
    groups: ['filter[name][SW]=x', 'filter[deleted][EQ]=all', 'fields=system', 'sort=displayName'],
    principals: ['fields=_id', 'filter[name][EQ]=x', 'filter[_type][EQ]=user', 'sort=_created'],
  };
  const refused = ['users', 'groups', 'principals'].flatMap((kind) =>
    [...everywhere, ...some[kind]!].map((query) => [kind, query.slice(0, 60), query] as const),
  );

  it.each(refused)('of %s is refused by name for %s', async (kind, _short, query) => {
    const { body } = await admin.get(`${base}/${kind}?${query}`).expect(400);
    expect(body).toMatchObject({
      code: 'invalid',
      details: [{ field: expect.any(String), message: expect.any(String) }],
    });
    const name = decodeURIComponent(query.split('=')[0]!);
    expect(name).toContain(body.details[0].field.slice(0, 3));
  });

  it('takes as many ids as it says, once or repeated', async () => {
    const [one, two] = users.filter(({ deleted }) => deleted === undefined);
    const ids = [one!._id, two!._id, ...Array.from({ length: 498 }, () => newId())];
    const joined = await page(
      'users',
      `filter[_id][IN]=${ids.slice(0, 300).join(',')}&filter[_id][IN]=${ids.slice(300).join(',')}`,
    );
    expect(sorted(idsOf(joined.data))).toEqual(sorted([one!._id, two!._id]));
    expect((await page('users', `filter[_id][IN][]=${one!._id}`)).totalCount).toBe(1);
  });

  it.each([10, 17, 33])(
    'by %i from where the last page ended show all who stay, while others come and go',
    async (limit) => {
      const staying = (await page('users', 'page[limit]=1000')).data;
      const within = new Set(staying.map(({ _created }) => Date.parse(_created)));
      let passing: string[] = [];
      /** Before, at and after the end of the page; those of the last time are gone, and all this while a page is read. */
      const disturb = async (end: number) => {
        const before = passing;
        passing = [];
        for (const created of [Math.min(...within), end, end + 1]) {
          const names = { user_name: `passing ${newId()}`, created_at: new Date(created) };
          passing.push((await api.organization.user(names)).id);
        }
        await api.given.sql('update app_user set deleted_at = now() where id = any($1)', [before]);
      };
      const seen = new Set<string>();
      let end = Math.min(...within) - 1;
      for (let full = true; full;) {
        const since = new Date(end - 1).toISOString();
        const [{ data }] = await Promise.all([
          page('users', `sort=_created&page[limit]=${limit}&filter[_created][GT]=${since}`),
          disturb(end),
        ]);
        expect(new Set(idsOf(data)).size).toBe(data.length);
        full = data.length === limit;
        for (const { _id } of data) seen.add(_id);
        end = Date.parse(data.at(-1)!._created);
        await disturb(end);
      }
      await api.given.sql('update app_user set deleted_at = now() where id = any($1)', [passing]);
      expect(idsOf(staying).filter((id) => !seen.has(id))).toEqual([]);
    },
  );
});
