import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '@app/kernel';
import { type Client, TestApi } from '../../support/api.js';
import type { Row } from '../../support/given.js';

let api: TestApi;
let client: Client;
let feeds: Row[];
let owners: Row[];
let accounts: Record<string, Row>;

const given = ['ada', 'Bob', 'zoë', '100%_of\\it', 'say "hi"', "o'neil #1 & co", 'bobby'];

beforeAll(async () => {
  api = await TestApi.start();
  client = await api.as('SOURCE_ADMIN');
  const application = await api.organization.application();
  feeds = [await api.organization.connector(application), await api.organization.connector(application)];
  owners = [await api.organization.owner(), await api.organization.owner()];
  accounts = {};
  for (const [i, name] of given.entries()) {
    const times = { created_at: new Date(2026, 0, 10 - i), modified_at: new Date(2026, 1, 1 + (i % 3)) };
    const native = { native_identity: `CN=${name}` };
    const owner = i < 4 ? owners[i % 2]! : null;
    accounts[name] = await api.organization.account(feeds[i % 2]!, owner, { name, ...native, ...times });
  }
});
afterAll(async () => api.close());

const ask = (filters: string, sorters = '') =>
  client.get(`/accounts?${new URLSearchParams({ filters, ...(sorters && { sorters }) }).toString()}`);
async function found(filters: string, sorters = ''): Promise<string[]> {
  const { body } = await ask(filters, sorters).expect(200);
  return body.map(({ name }: { name: string }) => name);
}
const except = (...names: string[]) => given.filter((name) => !names.includes(name));

/** Filter and the names it finds; `$ada` is an id of hers, and so on. */
const cases: [string, string[]][] = [
  ['', given],
  ['   ', given],
  ['name eq "ada"', ['ada']],
  ['name eq "ADA"', ['ada']],
  ['name eq "bob"', ['Bob']],
  ['name eq "ad"', []],
  ['name eq ""', []],
  ['name eq "ZOE\u0308"', ['zoë']],
  ['name eq "100%_of\\\\it"', ['100%_of\\it']],
  ['name eq "say \\"HI\\""', ['say "hi"']],
  ['name eq "o\'neil #1 & co"', ["o'neil #1 & co"]],
  ['name in ("ADA","Zoë","nobody")', ['ada', 'zoë']],
  ['name in ("ada", "ada" ,"ada")', ['ada']],
  ['name sw "bo"', ['Bob', 'bobby']],
  ['name sw "BOB"', ['Bob', 'bobby']],
  ['name sw "%"', []],
  ['name sw "_"', []],
  ['name sw "\\\\"', []],
  ['name sw "100%_"', ['100%_of\\it']],
  ['name sw "100__"', []],
  ['name sw "say \\""', ['say "hi"']],
  ['name sw ""', given],
  ['nativeIdentity eq "cn=ADA"', ['ada']],
  ['nativeIdentity in ("CN=ada","CN=bob")', ['ada', 'Bob']],
  ['nativeIdentity sw "cn=bob"', ['Bob', 'bobby']],
  ['nativeIdentity sw "bob"', []],
  ['id eq "$ada"', ['ada']],
  ['id eq "$ADA"', ['ada']],
  ['id eq "nonsense"', []],
  ['id in ("$ada","nonsense","$bobby")', ['ada', 'bobby']],
  ['id sw "$ada"', ['ada']],
  ['id sw ""', given],
  ['id sw "g"', []],
  ['id sw "$ada0"', []],
  ['sourceId eq "$feed0"', ['ada', 'zoë', 'say "hi"', 'bobby']],
  ['sourceId in ("$feed0","$feed1")', given],
  ['sourceId sw "$feed1"', ['Bob', '100%_of\\it', "o'neil #1 & co"]],
  ['sourceId eq "$unknown"', []],
  ['identityId eq "$owner0"', ['ada', 'zoë']],
  ['identityId in ("$owner0","$owner1")', ['ada', 'Bob', 'zoë', '100%_of\\it']],
  ['identityId sw "$owner1"', ['Bob', '100%_of\\it']],
  ['uncorrelated eq true', ['say "hi"', "o'neil #1 & co", 'bobby']],
  ['uncorrelated eq false', ['ada', 'Bob', 'zoë', '100%_of\\it']],
  ['not name eq "ada"', except('ada')],
  ['not identityId eq "$owner0"', except('ada', 'zoë')],
  ['not identityId in ("$owner0")', except('ada', 'zoë')],
  ['not not name eq "ada"', ['ada']],
  ['not uncorrelated eq true', ['ada', 'Bob', 'zoë', '100%_of\\it']],
  ['name eq "ada" or name eq "bob"', ['ada', 'Bob']],
  ['name sw "b" and uncorrelated eq true', ['bobby']],
  ['name eq "ada" or name sw "bob" and uncorrelated eq true', ['ada', 'bobby']],
  ['(name eq "ada" or name sw "bob") and uncorrelated eq false', ['ada', 'Bob']],
  ['not name eq "ada" and name sw "a"', []],
  ['not (name eq "ada" and uncorrelated eq true)', given],
  ['((name eq "ada"))', ['ada']],
  ['name eq "ada"and name eq "ada"', ['ada']],
  ['name eq "and or not ( )"', []],
];

function filled(text: string): string {
  const unknown = newId();
  return text
    .replace('$ada', accounts['ada']!.id)
    .replace('$ADA', accounts['ada']!.id.toUpperCase())
    .replace('$bobby', accounts['bobby']!.id)
    .replace(/\$feed(\d)/g, (_, i) => feeds[Number(i)]!.id)
    .replace(/\$owner(\d)/g, (_, i) => owners[Number(i)]!.id)
    .replace('$unknown', unknown);
}

describe('filters', () => {
  it.each(cases)('%s', async (filter, expected) => {
    expect((await found(filled(filter))).toSorted()).toEqual(expected.toSorted());
    const counted = await client
      .get(`/accounts?limit=0&count=true&filters=${encodeURIComponent(filled(filter))}`)
      .expect(200);
    expect(counted.headers['x-total-count']).toBe(String(expected.length));
  });

  it('and its complement share all accounts out between them', async () => {
    for (const [filter] of cases.filter(([text]) => text.trim() !== '')) {
      const [these, others] = [await found(filled(filter)), await found(`not (${filled(filter)})`)];
      expect([...these, ...others].toSorted()).toEqual(given.toSorted());
    }
  });

  it.each([
    'name co "x"',
    'name ne "x"',
    'name gt "a"',
    'name pr',
    'pr name',
    'name isnull',
    'id gt "a"',
    'uncorrelated in (true)',
    'uncorrelated eq "true"',
    'uncorrelated eq maybe',
    'uncorrelated sw true',
    'disabled eq true',
    'attributes.mail eq "x"',
    'email eq "x"',
    '__proto__ eq "x"',
    'constructor eq "x"',
    'toString eq "x"',
    'Name eq "x"',
    'name EQ "x"',
    'name eq x',
    "name eq 'x'",
    'name eq 1',
    'name eq true',
    'name eq null',
    'name eq',
    'name',
    'eq "x"',
    '"x" eq name',
    'name eq "x',
    'name eq x"',
    'name eq "x" "y"',
    'name eq "x" and',
    'and name eq "x"',
    'name eq "x" or or name eq "y"',
    'name eq "x" AND name eq "y"',
    'name in ()',
    'name in "x"',
    'name in ("x"',
    'name in ("x",)',
    'name in ("x" "y")',
    '(name eq "x"',
    'name eq "x")',
    '()',
    'not',
    'name eq "\\n"',
    'name eq "x"; drop table account',
    `${'('.repeat(60)}name eq "x"${')'.repeat(60)}`,
    `${'not '.repeat(60)}name eq "x"`,
    Array(201).fill('name eq "x"').join(' or '),
    `name in (${Array(501).fill('"x"').join(',')})`,
    `name eq "${'x'.repeat(12_000)}"`,
  ])('refuses %.60s', async (filter) => {
    const { status, body } = await ask(filter);
    expect([status, body.detailCode]).toEqual([400, '400.1 Bad Request Content']);
    expect(body.messages[0].text).toMatch(/\S{3}/);
  });

  it('says what would have been accepted', async () => {
    const text = async (filter: string) => (await ask(filter).expect(400)).body.messages[0].text as string;
    expect(await text('nome eq "x"')).toMatch(/nome.*id, identityId, name, nativeIdentity, sourceId, uncorrelated, /s);
    expect(await text('name co "x"')).toMatch(/name.*co.*eq, in, sw/s);
  });

  it('may be as long as a filter may be', async () => {
    const long = `name in ("ada",${Array.from({ length: 360 }, (_, i) => `"${'x'.repeat(25)}${i}"`).join(',')})`;
    expect(long.length).toBeGreaterThan(11_000);
    expect(await found(long)).toEqual(['ada']);
    const deep = `${'('.repeat(40)}name eq "ada"${')'.repeat(40)}`;
    expect(await found(deep)).toEqual(['ada']);
    const wide = Array(200).fill('name eq "ada"').join(' or ');
    expect(await found(wide)).toEqual(['ada']);
  });

  it.each([
    'name+sw+%22bob%22+and+uncorrelated+eq+true',
    'name%20sw%20%22bob%22%20and%20uncorrelated%20eq%20true',
    'name%09sw%0a"bob"%20and+uncorrelated%20eq+true',
    '%28name+sw+%22bob%22%29+and+not+%28uncorrelated+eq+false%29',
  ])('reads the habits of clients: %s', async (encoded) => {
    const { body } = await client.get(`/accounts?filters=${encoded}`).expect(200);
    expect(body.map(({ name }: { name: string }) => name)).toEqual(['bobby']);
  });
});

describe('sorters', () => {
  const byName = given.toSorted((a, b) => (a.toLowerCase() < b.toLowerCase() ? -1 : 1));

  it.each(['id', 'name', 'created', 'modified'])(
    'by %s order both ways, each the reverse of the other',
    async (field) => {
      const up = await found('', field);
      expect(await found('', `-${field}`)).toEqual(up.toReversed());
      expect(new Set(up).size).toBe(given.length);
    },
  );

  it('order by name without case, and by time', async () => {
    expect(await found('', 'name')).toEqual(byName);
    expect(await found('', 'created')).toEqual(given.toReversed());
    expect(await found('', 'id')).toEqual(given);
  });

  it('take the first for the main one', async () => {
    const { body } = await ask('', 'modified,-name').expect(200);
    const expected = body.toSorted((a: Record<string, string>, b: Record<string, string>) =>
      a['modified'] === b['modified']
        ? byName.indexOf(b['name']!) - byName.indexOf(a['name']!)
        : a['modified']!.localeCompare(b['modified']!),
    );
    expect(body).toEqual(expected);
    expect(await found('', ' modified , -name ')).toEqual(body.map(({ name }: { name: string }) => name));
  });

  it('apply to what the filter leaves', async () => {
    expect(await found('name sw "bob"', '-name')).toEqual(['bobby', 'Bob']);
  });

  it.each([
    '+name',
    'name,',
    ',name',
    'name,,id',
    'Name',
    'email',
    '--name',
    '-',
    'name asc',
    'name,name',
    'name,-name',
    '__proto__',
    '-constructor',
    'name;id',
    Array(11).fill('name').join(','),
  ])('refuse %s', async (sorters) => {
    const { status, body } = await ask('', sorters);
    expect([status, body.detailCode]).toEqual([400, '400.1 Bad Request Content']);
  });
});
