import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Client, TestApi } from '../../support/api.js';
import { Feed } from '../../support/feed.js';
import type { GivenOrganization } from '../../support/given.js';
import { syncedState } from '../../support/synced-state.js';

let api: TestApi;
let organization: GivenOrganization;
let admin: Client;

beforeAll(async () => {
  api = await TestApi.start();
  await api.startWorker();
});
afterAll(async () => api.close());
beforeEach(async () => {
  organization = await api.given.organization();
  admin = await api.as('Administrator', organization);
});

const systemFile = (...rows: string[]) => ['login,mail,off,groups,city', ...rows].join('\n');
const system = () =>
  Feed.create(admin, 'Directory', {
    kind: 'delimited-file',
    mapping: { login: 'nativeIdentity', mail: 'email', off: 'disabled', groups: 'groups', city: 'attributes.city' },
  });
const hrFile = (...rows: string[]) => ['Id,Name,Mail,Dept', ...rows].join('\n');
const hr = () =>
  Feed.create(admin, 'HR', {
    kind: 'delimited-file',
    authoritative: true,
    mapping: { Id: 'nativeIdentity', Name: 'name', Mail: 'email', Dept: 'attributes.department' },
    ownerMapping: { name: 'name', email: 'email', 'attributes.department': 'department' },
  });

type Json = Record<string, unknown>;

/** Uploads the file, tries it, and says what the run found; nothing may have changed by it. */
async function tried(feed: Feed, file: string): Promise<{ run: Json; changes: Json[] }> {
  const before = await syncedState(api.given, organization);
  await feed.upload(file);
  const run = await feed.run({ dryRun: true });
  expect(await syncedState(api.given, organization)).toEqual(before);
  const { body } = await admin.get(`${feed.path}/runs/${String(run['id'])}/changes?page_size=100`).expect(200);
  return { run, changes: body.list };
}

describe('a dry run', () => {
  it('says of each account what would be different, and changes nothing', async () => {
    const feed = await system();
    await feed.sync(systemFile('ada,,,A|B,Bergen', 'bo,,,,', 'cy,,,,', 'same,,,,'));
    await feed.sync(systemFile('ada,,,A|B,Bergen', 'bo,,,,', 'same,,,,'));
    const { run, changes } = await tried(
      feed,
      systemFile('ada,ada@example.com,true,A,Oslo', 'cy,,,,', 'new,n@example.com,,B,', ' same ,,,,', 'bad,no mail,,,'),
    );
    expect(run).toMatchObject({
      state: 'succeeded',
      dryRun: true,
      rowsRefused: 1,
      rowsToApply: 4,
      accountsCreated: 1,
      accountsUpdated: 1,
      accountsReturned: 1,
      accountsRemoved: 1,
      accountsUnchanged: 1,
    });
    expect(changes).toMatchObject([
      {
        change: 'update',
        subject: { type: 'account' },
        line: 2,
        nativeIdentity: 'ada',
        before: { email: null, disabled: false, attributes: { city: 'Bergen' }, entitlements: ['A', 'B'] },
        after: { email: 'ada@example.com', disabled: true, attributes: { city: 'Oslo' }, entitlements: ['A'] },
      },
      { change: 'return', line: 3, nativeIdentity: 'cy' },
      {
        change: 'create',
        subject: { type: 'account', id: '' },
        line: 4,
        name: 'new',
        before: null,
        after: { nativeIdentity: 'new', email: 'n@example.com', entitlements: ['B'] },
      },
      { change: 'remove', line: 0, nativeIdentity: 'bo', before: { name: 'bo' }, after: null },
    ]);
  });

  it('names whom accounts would belong to, also those whose rows are as before', async () => {
    await organization.owner({ name: 'Ada', email: 'ada@example.com' });
    const feed = await system();
    await feed.sync(systemFile('one,ada@example.com,,,', 'two,bo@example.com,,,'));
    const bo = await organization.owner({ name: 'Bo', email: 'bo@example.com' });
    const { run, changes } = await tried(
      feed,
      systemFile('one,,,,', 'two,bo@example.com,,,', 'three,bo@example.com,,,'),
    );
    expect(run).toMatchObject({ accountsLinked: 2, accountsUnlinked: 1 });
    expect(changes.map(({ name, after }) => [name, (after as Json)['ownerId']])).toEqual([
      ['one', null],
      ['three', bo.id],
      ['two', bo.id],
    ]);
  });

  it('says what would become of people', async () => {
    const feed = await hr();
    await feed.sync(hrFile('E1,Ada,ada@example.com,Sales', 'E2,Bo,,', 'E3,Cy,,'));
    const { run, changes } = await tried(feed, hrFile('E1,Ada Amir,ada@example.com,Legal', 'E3,Cy,,', 'E4,Dee,,Sales'));
    expect(run).toMatchObject({ ownersCreated: 1, ownersUpdated: 1, ownersDeactivated: 1, accountsRemoved: 1 });
    const ofPeople = changes.filter(({ subject }) => (subject as Json)['type'] === 'owner');
    expect(ofPeople).toMatchObject([
      {
        change: 'update',
        line: 2,
        before: { name: 'Ada', department: 'Sales' },
        after: { name: 'Ada Amir', department: 'Legal' },
      },
      { change: 'create', line: 4, name: 'Dee', after: { name: 'Dee', department: 'Sales', status: 'active' } },
      { change: 'deactivate', name: 'Bo', before: { status: 'active' }, after: { status: 'inactive' } },
    ]);
  });

  it('finds nothing in an unchanged file, and removes nobody by an incomplete one', async () => {
    const feed = await hr();
    const file = hrFile('E1,Ada,ada@example.com,Sales', 'E2,Bo,,');
    await feed.sync(file);
    expect((await tried(feed, file)).changes).toEqual([]);
    const { run, changes } = await tried(feed, hrFile('E1,Ada,ada@example.com,Sales', ',Nobody,,'));
    expect([changes, run['accountsRemoved'], run['ownersDeactivated']]).toEqual([[], 0, 0]);
  });

  const counters = (run: Json) =>
    Object.fromEntries(Object.entries(run).filter(([name]) => /^(accounts|owners|rowsTo|rowsRef|rowsRead)/.test(name)));

  it('tells exactly what the run after it does', async () => {
    const feed = await system();
    await organization.owner({ name: 'Ada', email: 'ada@example.com' });
    await feed.sync(systemFile('one,ada@example.com,,A,', 'two,,,,', 'three,,,,', 'four,,true,B,x'));
    await feed.sync(systemFile('one,ada@example.com,,A,', 'two,,,,', 'four,,true,B,x'));
    const { run } = await tried(
      feed,
      systemFile('one,,,A|C,', 'three,,,,', 'four,,TRUE,B,x', 'five,ada@example.com,,,'),
    );
    expect(counters(run)).toEqual(counters(await feed.run()));
  });

  it('tells the same of people, from the first file on', async () => {
    const feed = await hr();
    const first = await tried(feed, hrFile('E1,Ada,ada@example.com,Sales', 'E2,Bo,bo@example.com,'));
    expect(counters(first.run)).toEqual(counters(await feed.run()));
    expect(first.run).toMatchObject({ ownersCreated: 2, accountsLinked: 2 });
    const then = await tried(
      feed,
      hrFile('E1,Ada Amir,ada@example.com,Legal', 'E9,Cy,cy@example.com,', 'E2, Bo ,bo@example.com,'),
    );
    expect(counters(then.run)).toEqual(counters(await feed.run()));
  });

  it('says that the run would be held back', async () => {
    const feed = await system();
    const logins = Array.from({ length: 40 }, (_, i) => `user${i},,,,`);
    await feed.sync(systemFile(...logins));
    const { run } = await tried(feed, systemFile(...logins.slice(0, 20)));
    expect(run).toMatchObject({ state: 'succeeded', accountsRemoved: 20 });
    expect(run['error']).toContain('would wait for a confirmation. The file lacks 20 accounts');
  });

  it('counts an account that moves from one owner to another as both linked and unlinked, as the run does', async () => {
    await organization.owner({ name: 'Ada', email: 'ada@example.com' });
    await organization.owner({ name: 'Bo', email: 'bo@example.com' });
    const feed = await system();
    await feed.sync(systemFile('one,ada@example.com,,,'));
    const { run } = await tried(feed, systemFile('one,bo@example.com,,,'));
    expect(run).toMatchObject({ accountsLinked: 1, accountsUnlinked: 1 });
    expect(counters(run)).toEqual(counters(await feed.run()));
  });

  it('leaves no list of changes behind when the run was a real one', async () => {
    const feed = await system();
    const run = await feed.sync(systemFile('one,,,,'));
    const { body } = await admin.get(`${feed.path}/runs/${String(run['id'])}/changes`).expect(200);
    expect(body).toEqual({ list: [], nextPageToken: '' });
  });
});
