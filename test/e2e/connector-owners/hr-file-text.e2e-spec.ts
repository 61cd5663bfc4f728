import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { TestApi } from '../../support/api.js';
import type { Feed } from '../../support/feed.js';
import { HrCompany, hrColumns, hrFile, reasons } from '../../support/hr-company.js';

let api: TestApi;
let company: HrCompany;
let hr: Feed;

beforeAll(async () => {
  api = await TestApi.start();
  await api.startWorker();
});
afterAll(async () => api.close());

beforeEach(async () => {
  company = await HrCompany.found(api);
  hr = await company.hr();
});

const people = (count: number) => Array.from({ length: count }, (_, i) => `E${i},Name ${i},e${i}@example.com,,,,`);
const stateOfAll = async () => [await company.owners(), await company.accounts()];
const refused = async (content: string | Buffer) => {
  const { body } = await company.admin
    .post(`${hr.path}/files`)
    .attach('file', Buffer.from(content), 'hr.csv')
    .expect(400);
  return String(body.message);
};

describe('an HR file that lost many of its rows', () => {
  beforeEach(async () => {
    await hr.sync(hrFile(...people(36)));
  });

  it('changes nothing before it is confirmed, neither accounts nor people', async () => {
    const before = await stateOfAll();
    const held = await hr.sync(hrFile(...people(24), 'new,Newcomer,new@example.com,,,,'));
    expect(held).toMatchObject({ state: 'needs_confirmation', accountsRemoved: 0, ownersDeactivated: 0 });
    expect(held['error']).toContain('12 accounts');
    expect(await stateOfAll()).toEqual(before);

    const done = await hr.confirm(held);
    expect(done).toMatchObject({ state: 'succeeded', accountsRemoved: 12, ownersDeactivated: 12, ownersCreated: 1 });
    const { E23, E24, new: newcomer } = await company.owners();
    expect([E23, E24, newcomer].map((owner) => owner!['status'])).toEqual(['active', 'inactive', 'active']);
  });

  it('is superseded by a newer one, which is judged by itself', async () => {
    const held = await hr.sync(hrFile(...people(24)));
    const run = await hr.sync(hrFile(...people(35)));
    expect(run).toMatchObject({ state: 'succeeded', accountsRemoved: 1, ownersDeactivated: 1 });
    const runs = await hr.runs();
    expect(runs.find(({ id }) => id === held['id'])).toMatchObject({ state: 'cancelled' });
  });
});

it('an HR file whose people all got other identity ids waits for a confirmation, though no account is missing', async () => {
  const numbered = await company.hr(
    {
      mapping: { Login: 'nativeIdentity', Id: 'identityId', Name: 'name' },
      ownerMapping: { name: 'name', identityId: 'identityId' },
    },
    'Numbered',
  );
  const file = (prefix: string) =>
    ['Login,Id,Name', ...Array.from({ length: 30 }, (_, i) => `l${i},${i < 12 ? prefix : ''}${i},Name ${i}`)].join(
      '\n',
    );
  await numbered.sync(file(''));
  const before = await stateOfAll();
  await numbered.upload(file('X'));
  expect(await numbered.run({ dryRun: true })).toMatchObject({ accountsRemoved: 0, ownersDeactivated: 12 });

  const held = await numbered.run();
  expect(held).toMatchObject({ state: 'needs_confirmation', ownersDeactivated: 0 });
  expect(held['error']).toContain('makes 12 people inactive');
  expect(await stateOfAll()).toEqual(before);
  expect(await numbered.confirm(held)).toMatchObject({ ownersDeactivated: 12, ownersCreated: 12, accountsRemoved: 0 });
});

it('an HR file that says of many people that they have left waits for a confirmation too', async () => {
  const mapped = await company.hr(
    {
      mapping: { Id: 'nativeIdentity', Name: 'name', State: 'attributes.state' },
      ownerMapping: { name: 'name', 'attributes.state': 'status' },
    },
    'With status',
  );
  const file = (gone: number) =>
    [
      'Id,Name,State',
      ...Array.from({ length: 40 }, (_, i) => `S${i},Name ${i},${i < gone ? 'inactive' : 'active'}`),
    ].join('\n');
  await mapped.sync(file(0));
  const before = await stateOfAll();
  const held = await mapped.sync(file(30));
  expect(held).toMatchObject({ state: 'needs_confirmation', accountsUpdated: 0 });
  expect(held['error']).toContain('makes 30 people inactive');
  expect(await stateOfAll()).toEqual(before);
  expect(await mapped.confirm(held)).toMatchObject({ state: 'succeeded', ownersUpdated: 30 });
});

describe('an HR file without people', () => {
  it('is refused when it is empty', async () => {
    expect(await refused('')).toMatch(/line 1.*empty/i);
  });

  it('fails its run when it holds a header alone, and changes nothing', async () => {
    await hr.sync(hrFile(...people(3)));
    const before = await stateOfAll();
    const run = await hr.sync(hrFile());
    expect(run).toMatchObject({ state: 'failed', rowsRead: 0 });
    expect(run['error']).toContain('no rows');
    expect(await stateOfAll()).toEqual(before);
  });
});

describe('the last line of an HR file', () => {
  it('that breaks off within quotes refuses the file', async () => {
    expect(await refused(`${hrFile(...people(3))}\nE9,"Name 9`)).toMatch(/never closed/);
  });

  it('that breaks off between cells is refused, and nobody counts as absent', async () => {
    await hr.sync(hrFile(...people(3)));
    const run = await hr.sync(`${hrFile(...people(1))}\nE1,Name 1,e1@exa`);
    expect(run).toMatchObject({ state: 'succeeded', rowsRefused: 1, accountsRemoved: 0, ownersDeactivated: 0 });
    expect(await reasons(hr, run)).toEqual(['3 wrong_column_count']);
    expect((await company.owners())['E1']).toMatchObject({ email: 'e1@example.com', status: 'active' });
  });

  it.each(['', '\n', '\r\n', '\n\n\n', '\r'])('may end with %j', async (end) => {
    expect(await hr.sync(`${hrFile(...people(2))}${end}`)).toMatchObject({ rowsRead: 2, rowsRefused: 0 });
  });
});

describe('the letters of an HR file', () => {
  const file = hrFile('E1,Zoë,zoe@example.com,,,,');

  it.each([
    ['Latin-1', Buffer.from(file, 'latin1'), /line 2.*UTF-8/i],
    ['UTF-16 with a mark', Buffer.from(`\uFEFF${file}`, 'utf16le'), /line 1.*UTF-8/i],
    ['UTF-16 without a mark', Buffer.from(file, 'utf16le'), /line \d/i],
    ['big-endian UTF-16', Buffer.from(`\uFEFF${file}`, 'utf16le').swap16(), /line 1.*UTF-8/i],
    [
      'UTF-8 with halves of a letter (CESU-8)',
      Buffer.concat([Buffer.from(`${hrColumns}\nE1,`), Buffer.from([0xed, 0xa0, 0xbd, 0xed, 0xb8, 0x80])]),
      /line 2.*UTF-8/i,
    ],
    ['an overlong letter', Buffer.concat([Buffer.from(`${hrColumns}\nE1,`), Buffer.from([0xc0, 0xaf])]), /UTF-8/],
    ['a letter cut off at the end', Buffer.from(file).subarray(0, Buffer.from(file).indexOf(0xc3) + 1), /UTF-8/],
  ])('refuse it when they are %s', async (_, content, message) => {
    expect(await refused(content)).toMatch(message);
    expect(await company.owners()).toEqual({});
  });

  it('may begin with a mark of UTF-8', async () => {
    expect(await hr.sync(`\uFEFF${file}`)).toMatchObject({ rowsRead: 1, rowsRefused: 0 });
  });

  it('refuse a row with a NUL where it is mapped', async () => {
    const run = await hr.sync(hrFile('E1,A\u0000da,,,,,', 'E2,Bo,b@example.com,,,,'));
    expect(await reasons(hr, run)).toEqual(['2 unstorable_character']);
    expect(Object.keys(await company.owners())).toEqual(['E2']);
  });

  it.each([
    ['two columns of one name', `${hrColumns},Mail\n`, /two columns are named "Mail"/],
    ['two columns of one name, spelled in two ways', `${hrColumns},Zoë,Zoe\u0308\n`, /two columns are named/],
    ['a mapped column that is missing', `${hrColumns.replace('Mail', 'mail')}\n`, /lacks the mapped column "Mail"/],
  ])('refuse it when the header has %s', async (_, content, message) => {
    expect(await refused(content)).toMatch(message);
  });
});

describe('a cell of a million letters', () => {
  const long = 'x'.repeat(1_000_000);

  it.each([
    ['the name', `E1,${long},a@example.com,,,,`, ['2 too_long']],
    ['the e-mail address', `E1,Ada,${long}@example.com,,,,`, ['2 bad_email']],
    ['the department', `E1,Ada,a@example.com,${long},,,`, ['2 too_long']],
    ['the identity', `${long},Ada,a@example.com,,,,`, ['2 too_long']],
    ['the manager', `E1,Ada,a@example.com,,${long},,`, ['2 too_long']],
  ])('in %s refuses its row', async (_, row, expected) => {
    const run = await hr.sync(hrFile(row, 'E2,Bo,b@example.com,,,,'));
    expect(run).toMatchObject({ state: 'succeeded', rowsRead: 2, rowsRefused: 1 });
    expect(await reasons(hr, run)).toEqual(expected);
    expect(Object.keys(await company.owners())).toEqual(['E2']);
  });

  it('in a column that is not mapped does not matter', async () => {
    const run = await hr.sync(`${hrColumns},Note\nE1,Ada,a@example.com,,,,,${long}\n`);
    expect(run).toMatchObject({ rowsRead: 1, rowsRefused: 0, ownersCreated: 1 });
  });

  it('in an attribute that only accounts keep is kept', async () => {
    const feed = await company.hr(
      {
        mapping: { Id: 'nativeIdentity', Name: 'name', Note: 'attributes.note' },
        ownerMapping: { name: 'name' },
      },
      'Notes',
    );
    const run = await feed.sync(`Id,Name,Note\nE1,Ada,${long}\n`);
    expect(run).toMatchObject({ state: 'succeeded', rowsRefused: 0 });
    const { id } = (await company.accounts())['E1']!;
    expect((await company.get(`/accounts/${String(id)}`))['attributes']).toMatchObject({ note: long });
  });
});

describe('the lines of an HR file', () => {
  it.each([
    ['LF', '\n'],
    ['CRLF', '\r\n'],
    ['CR', '\r'],
  ])('are counted as an editor shows them, when they end with %s', async (_, end) => {
    const run = await hr.sync(
      [hrColumns, '', 'E1,,a@example.com,,,,', '', '', `"E2","two${end}lines",b@example.com,,,,`, 'E3,,,,,,', ''].join(
        end,
      ),
    );
    expect(run).toMatchObject({ state: 'succeeded', rowsRead: 3, ownersCreated: 1 });
    expect(await reasons(hr, run)).toEqual(['3 no_owner_name', '8 no_owner_name']);
  });

  it.each([
    [
      'CRLF and then LF',
      `${hrColumns}\r\nE1,Ada,a@example.com,,,,\nE2,Bo,b@example.com,,,,\r\nE3,Cy,c@example.com,,,,\n`,
    ],
    [
      'LF and then CRLF',
      `${hrColumns}\nE1,Ada,a@example.com,,,,\r\nE2,Bo,b@example.com,,,,\nE3,Cy,c@example.com,,,,\r\n`,
    ],
    ['CR and then LF', `${hrColumns}\rE1,Ada,a@example.com,,,,\nE2,Bo,b@example.com,,,,\rE3,Cy,c@example.com,,,,`],
  ])('may end in several ways within one file: %s', async (_, content) => {
    const run = await hr.sync(content);
    expect(run).toMatchObject({ state: 'succeeded', rowsRead: 3, rowsRefused: 0 });
    expect(await company.eachOwner('name')).toEqual({ E1: 'Ada', E2: 'Bo', E3: 'Cy' });
  });
});
