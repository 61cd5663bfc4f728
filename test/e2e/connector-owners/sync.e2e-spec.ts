import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Client, TestApi } from '../../support/api.js';
import type { GivenOrganization } from '../../support/given.js';
import { Feed } from '../../support/feed.js';

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

const hrConfig = {
  kind: 'delimited-file',
  authoritative: true,
  mapping: {
    Id: 'nativeIdentity',
    Name: 'name',
    Mail: 'email',
    Dept: 'attributes.department',
    Boss: 'attributes.manager',
    Status: 'attributes.status',
  },
  ownerMapping: {
    name: 'name',
    email: 'email',
    'attributes.department': 'department',
    'attributes.manager': 'manager',
    'attributes.status': 'status',
  },
};
const hrFile = (...rows: string[]) => ['Id,Name,Mail,Dept,Boss,Status', ...rows].join('\n');

const systemConfig = {
  kind: 'delimited-file',
  mapping: {
    login: 'nativeIdentity',
    mail: 'email',
    staff: 'identityId',
    off: 'disabled',
    seen: 'lastLoginAt',
    mfa: 'mfaEnabled',
    groups: 'groups',
  },
  privilegedEntitlements: ['Operators', 'Domain Admins'],
  highlyPrivilegedEntitlements: ['Domain Admins'],
};
const systemFile = (...rows: string[]) => ['login,mail,staff,off,seen,mfa,groups', ...rows].join('\n');

const hr = () => Feed.create(admin, 'HR', hrConfig);
const system = (name = 'Directory') => Feed.create(admin, name, systemConfig);

async function owners(): Promise<Record<string, Record<string, unknown>>> {
  const { body } = await admin.get('/api/v1/owners?first=250').expect(200);
  const complete = await Promise.all(
    body.owners.map(async ({ id }: { id: string }) => (await admin.get(`/api/v1/owners/${id}`).expect(200)).body),
  );
  return Object.fromEntries(complete.map((owner) => [owner.identity_id ?? owner.name, owner]));
}

async function accounts(filters = ''): Promise<Record<string, Record<string, unknown>>> {
  const { body } = await admin.get(`/accounts?filters=${encodeURIComponent(filters)}`).expect(200);
  return Object.fromEntries(body.map((account: { nativeIdentity: string }) => [account.nativeIdentity, account]));
}

describe('a run of the authoritative connector', () => {
  it('makes owners with their managers, and an account of its own for each', async () => {
    const feed = await hr();
    const run = await feed.sync(hrFile('E2,Bo Berg,bo@example.com,Sales,E1,', 'E1,Ada Amir,Ada@Example.com,Board,,'));

    expect(run).toMatchObject({ state: 'succeeded', stage: 'done', rowsRead: 2, accountsCreated: 2, ownersCreated: 2 });
    const found = await owners();
    expect(found['E1']).toMatchObject({
      name: 'Ada Amir',
      email: 'Ada@Example.com',
      department: 'Board',
      manager_id: null,
    });
    expect(found['E2']).toMatchObject({ name: 'Bo Berg', manager_id: found['E1']!['id'], source_id: feed.connectorId });
    expect((await accounts())['E2']).toMatchObject({
      authoritative: true,
      identity: { name: 'Bo Berg' },
      uncorrelated: false,
    });
  });

  it('changes what the source says anew, and leaves what it does not map', async () => {
    const feed = await hr();
    await feed.sync(hrFile('E1,Ada Amir,ada@example.com,Board,,'));
    await api.given.sql(`update owner set phone = '+1 555' where organization_id = $1`, [organization.id]);
    const run = await feed.sync(hrFile('E1,Ada Lovelace,ada@example.com,Research,,'));

    expect(run).toMatchObject({ ownersUpdated: 1, ownersCreated: 0, accountsUpdated: 1 });
    expect((await owners())['E1']).toMatchObject({ name: 'Ada Lovelace', department: 'Research', phone: '+1 555' });
    expect((await accounts())['E1']).toMatchObject({ identity: { name: 'Ada Lovelace' } });
  });

  it('makes an owner inactive whom a complete file no longer names, and active when named again', async () => {
    const feed = await hr();
    await feed.sync(hrFile('E1,Ada,ada@example.com,,,', 'E2,Bo,bo@example.com,,,'));
    const gone = await feed.sync(hrFile('E1,Ada,ada@example.com,,,'));
    expect(gone).toMatchObject({ ownersDeactivated: 1, accountsRemoved: 1 });
    expect((await owners())['E2']).toMatchObject({ status: 'inactive' });

    const back = await feed.sync(hrFile('E1,Ada,ada@example.com,,,', 'E2,Bo,bo@example.com,,,'));
    expect(back).toMatchObject({ accountsReturned: 1, ownersCreated: 0 });
    expect((await owners())['E2']).toMatchObject({ status: 'active' });
  });

  it('makes a returning owner active again also when the connector maps no status', async () => {
    const mapping = { Id: 'nativeIdentity', Name: 'name' };
    const feed = await Feed.create(admin, 'Plain', {
      kind: 'delimited-file',
      authoritative: true,
      mapping,
      ownerMapping: { name: 'name' },
    });
    await feed.sync('Id,Name\nE1,Ada\nE2,Bo\n');
    await feed.sync('Id,Name\nE1,Ada\n');
    expect((await owners())['E2']).toMatchObject({ status: 'inactive' });
    await feed.sync('Id,Name\nE1,Ada\nE2,Bo\n');
    expect((await owners())['E2']).toMatchObject({ status: 'active' });

    await api.given.sql(`update owner set status = 'inactive' where organization_id = $1 and identity_id = 'E1'`, [
      organization.id,
    ]);
    await feed.sync('Id,Name\nE1,Ada L\nE2,Bo\n');
    expect((await owners())['E1']).toMatchObject({ status: 'inactive', name: 'Ada L' });
  });

  it('drops and reports a manager link that closes a circle, and a manager nobody knows', async () => {
    const feed = await hr();
    const run = await feed.sync(
      hrFile('E1,A,a@b,,E3,', 'E2,B,b@b,,E1,', 'E3,C,c@b,,E2,', 'E4,D,d@b,,E4,', 'E5,E,e@b,,E99,'),
    );
    expect(run['state']).toBe('succeeded');
    const found = await owners();
    expect(found['E1']!['manager_id']).toBe(found['E3']!['id']);
    expect(found['E2']!['manager_id']).toBe(found['E1']!['id']);
    for (const id of ['E3', 'E4', 'E5']) expect(found[id]!['manager_id']).toBeNull();
    expect((await feed.refusedRows(run)).map(({ line, reason }) => [line, reason])).toEqual([
      [4, 'manager_loop'],
      [5, 'manager_loop'],
      [6, 'unknown_manager'],
    ]);
  });

  it('gives an address to the person who has it now', async () => {
    const feed = await hr();
    await feed.sync(hrFile('E1,Ada,desk@example.com,,,', 'E2,Bo,bo@example.com,,,'));
    const run = await feed.sync(hrFile('E2,Bo,desk@example.com,,,', 'E1,Ada,ada@example.com,,,'));
    expect(run['state']).toBe('succeeded');
    const found = await owners();
    expect([found['E1']!['email'], found['E2']!['email']]).toEqual(['ada@example.com', 'desk@example.com']);
  });

  it('refuses later rows that repeat a person or an address', async () => {
    const feed = await hr();
    const run = await feed.sync(
      hrFile('E1,Ada,ada@example.com,,,', 'e1,Ida,ida@example.com,,,', 'E3,Bo,ADA@example.com,,,'),
    );
    expect(run).toMatchObject({ state: 'succeeded', accountsCreated: 1, rowsRefused: 2 });
    expect((await feed.refusedRows(run)).map(({ line, reason }) => [line, reason])).toEqual([
      [3, 'duplicate_account'],
      [4, 'duplicate_email'],
    ]);
  });

  it('links an owner to the one user who has the same address', async () => {
    const user = await organization.user({ email: 'Ada@example.com' });
    await (await hr()).sync(hrFile('E1,Ada,ada@example.com,,,'));
    const own = await api.signedIn(organization, user);
    const { id } = (await owners())['E1'] as { id: string };
    await own.get(`/api/v1/owners/${id}`).expect(200);
    await own.get(`/api/v1/owners/${id}/statistics`).expect(200);
    await own.get('/api/v1/owners').expect(403);
  });

  it('adopts an owner made over the API by its address and leaves its fields alone', async () => {
    const made = await organization.owner({ name: 'Ada by hand', email: 'ada@example.com' });
    const run = await (await hr()).sync(hrFile('E1,Ada Amir,ADA@example.com,Board,,'));
    expect(run).toMatchObject({ ownersCreated: 0, accountsCreated: 1 });
    expect((await admin.get(`/api/v1/owners/${made.id}`)).body).toMatchObject({
      name: 'Ada by hand',
      department: null,
    });
    expect((await accounts())['E1']).toMatchObject({ identityId: made.id });
  });
});

describe('a run of another connector', () => {
  beforeEach(async () => {
    await (await hr()).sync(hrFile('E1,Ada Amir,ada@example.com,,,', 'E2,Bo Berg,bo@example.com,,,'));
  });

  it('gives accounts to owners by the first rule that finds anybody', async () => {
    const run = await (
      await system()
    ).sync(systemFile('ada,bo@example.com,E1,,,,', 'bo,BO@example.com,,,,,', 'nobody,x@example.com,E99,,,,'));
    expect(run).toMatchObject({ accountsCreated: 3, accountsLinked: 2 });
    const found = await accounts();
    expect(found['ada']).toMatchObject({
      identity: { name: 'Ada Amir' },
      uncorrelated: false,
      manuallyCorrelated: false,
    });
    expect(found['bo']).toMatchObject({ identity: { name: 'Bo Berg' } });
    expect(found['nobody']).toMatchObject({ identity: null, identityId: null, uncorrelated: true });
  });

  it('gives an account to nobody when two owners fit', async () => {
    await organization.owner({ name: 'Other Ada', alt_email: 'ada@example.com' });
    await (await system()).sync(systemFile('ada,ada@example.com,,,,,'));
    expect((await accounts('uncorrelated eq true'))['ada']).toBeDefined();
  });

  it('writes no account row when nothing changed', async () => {
    const feed = await system();
    const file = systemFile('ada,ada@example.com,E1,,2026-01-01,true,Operators', 'x,,,,,,');
    await feed.sync(file);
    const before = await api.given.sql(
      `select id, xmin::text, version from account where organization_id = $1 order by id`,
      [organization.id],
    );
    const run = await feed.sync(file);
    expect(run).toMatchObject({
      state: 'succeeded',
      accountsUnchanged: 2,
      accountsCreated: 0,
      accountsUpdated: 0,
      rowsToApply: 0,
    });
    const after = await api.given.sql(
      `select id, xmin::text, version from account where organization_id = $1 order by id`,
      [organization.id],
    );
    expect(after).toEqual(before);
  });

  it('hides an account that is missing, and brings it back with its id and its manual link', async () => {
    const feed = await system();
    await feed.sync(systemFile('ada,,,,,,', 'bo,,,,,,'));
    const { id } = (await accounts())['bo'] as { id: string };
    const ada = (await owners())['E1']!['id'];
    await api.given.sql(`update account set owner_id = $2, correlation = 'manual' where id = $1`, [id, ada]);

    await feed.sync(systemFile('ada,,,,,,'));
    await admin.get(`/accounts/${id}`).expect(404);
    expect((await accounts())['bo']).toBeUndefined();

    const run = await feed.sync(systemFile('ada,,,,,,', 'bo,bo@example.com,,,,,'));
    expect(run).toMatchObject({ accountsReturned: 1 });
    expect((await accounts())['bo']).toMatchObject({ id, identityId: ada, manuallyCorrelated: true });
  });

  it('links accounts of unchanged rows once their owner has come', async () => {
    const feed = await system();
    const file = systemFile('cy,cy@example.com,,,,,');
    await feed.sync(file);
    const owner = await organization.owner({ name: 'Cy', email: 'cy@example.com' });
    const run = await feed.sync(file);
    expect(run).toMatchObject({ accountsUnchanged: 1, accountsLinked: 1 });
    expect((await accounts())['cy']).toMatchObject({ identityId: owner.id });
  });

  it('leaves what the connector does not map as it was', async () => {
    const feed = await Feed.create(admin, 'Narrow', {
      kind: 'delimited-file',
      mapping: { login: 'nativeIdentity', name: 'name' },
    });
    await feed.sync('login,name\na,First\n');
    await api.given.sql(
      `update account set disabled = true, description = 'kept' where native_identity = 'a' and organization_id = $1`,
      [organization.id],
    );
    await feed.sync('login,name\na,Second\n');
    expect((await accounts())['a']).toMatchObject({ name: 'Second', disabled: true, description: 'kept' });
  });

  it('counts held entitlements, and marks privileges by the connector’s values', async () => {
    const feed = await system();
    await feed.sync(systemFile('ada,,E1,,,,Operators|Users', 'root,,E1,,,,Domain Admins', 'bo,,E2,,,,'));
    const { id } = (await owners())['E1'] as { id: string };
    const { body } = await admin.get(`/api/v1/owners/${id}/accounts`).expect(200);
    const marks = body.accounts.map((a: Record<string, unknown>) => [
      a['name'],
      a['privileged'],
      a['in_privileged_group'],
      a['in_highly_privileged_group'],
    ]);
    expect(marks).toEqual([
      ['ada', true, true, false],
      ['root', true, true, true],
      ['Ada Amir', false, false, false],
    ]);
    await feed.sync(systemFile('ada,,E1,,,,Users', 'root,,E1,,,,Domain Admins', 'bo,,E2,,,,Users'));
    expect((await accounts())['bo']).toMatchObject({ hasEntitlements: true });
    const held = await api.given.sql<{ value: string }>(
      `select e.value from account_entitlement x join entitlement e on e.id = x.entitlement_id join account a on a.id = x.account_id
        where a.native_identity = 'ada' and a.organization_id = $1`,
      [organization.id],
    );
    expect(held.map(({ value }) => value)).toEqual(['Users']);
  });

  it('keeps exact totals', async () => {
    const feed = await system();
    const total = async (filter: string) =>
      Number(
        (await admin.get(`/accounts?limit=0&count=true&filters=${encodeURIComponent(filter)}`).expect(200)).headers[
          'x-total-count'
        ],
      );
    await feed.sync(systemFile('ada,,E1,,,,', 'b,,,,,,', 'c,,,,,,'));
    expect(await total(`sourceId eq "${feed.connectorId}"`)).toBe(3);
    expect(await total(`sourceId eq "${feed.connectorId}" and uncorrelated eq true`)).toBe(2);
    await feed.sync(systemFile('ada,,,,,,', 'b,,E2,,,,'));
    expect(await total(`sourceId eq "${feed.connectorId}"`)).toBe(2);
    expect(await total(`sourceId eq "${feed.connectorId}" and uncorrelated eq false`)).toBe(1);
    expect(await total('')).toBe(4);
  });

  it('brings statistics and risk up to date with every change', async () => {
    const feed = await system();
    const { id } = (await owners())['E1'] as { id: string };
    const score = async () =>
      (await admin.get(`/api/v1/owners/${id}/risk-assessment`).expect(200)).body.overall_risk_score;
    const stored = async () =>
      (
        await api.given.sql<{ total_threat: number }>('select total_threat from owner_statistics where owner_id = $1', [
          id,
        ])
      )[0]?.total_threat;
    await feed.sync(systemFile('ada,,E1,false,,false,'));
    const risky = await score();
    expect(await stored()).toBe(risky);
    await feed.sync(systemFile('ada,,E1,true,,false,'));
    expect(await stored()).toBe(await score());
    expect(await score()).toBeLessThan(risky);
  });

  it('records what it changed, for the account and for each owner concerned', async () => {
    const feed = await system();
    await feed.sync(systemFile('ada,,E1,,,,'));
    await feed.sync(systemFile('ada,,E2,true,,,'));
    const events = await api.given.sql<{ action: string; actor_type: string; after: Record<string, unknown> | null }>(
      `select action, actor_type, after from audit_event where organization_id = $1 and subject_id in
         (select id from account where native_identity = 'ada' and organization_id = $1) order by at, id`,
      [organization.id],
    );
    expect(events.map(({ action }) => action)).toEqual(['account.created', 'account.updated']);
    expect(events[1]!.after).toMatchObject({ disabled: true });
    const { E1, E2 } = await owners();
    const trail = async (owner: unknown) =>
      (
        await api.given.sql<{ action: string }>(
          `select action from audit_event where organization_id = $1 and subject_id = $2 and action like 'owner.account%' order by at, id`,
          [organization.id, owner],
        )
      ).map(({ action }) => action);
    expect(await trail(E1!['id'])).toEqual(['owner.accountAdded', 'owner.accountAdded', 'owner.accountRemoved']);
    expect(await trail(E2!['id'])).toEqual(['owner.accountAdded', 'owner.accountAdded']);
  });

  it('records which entitlements an account gained and lost, though their number stays the same', async () => {
    const feed = await system();
    await feed.sync(systemFile('ada,,,,,,Users|Readers'));
    await feed.sync(systemFile('ada,,,,,,Writers|Users'));
    await feed.sync(systemFile('ada,,,true,,,Users|Writers'));
    const events = await api.given.sql(
      `select before, after from audit_event where organization_id = $1 and action = 'account.updated' order by at, id`,
      [organization.id],
    );
    expect(events).toEqual([
      { before: { entitlements: ['Readers', 'Users'] }, after: { entitlements: ['Users', 'Writers'] } },
      { before: { disabled: false }, after: { disabled: true } },
    ]);
  });

  it('takes a mapped uuid for the key, so that a renamed account stays the same', async () => {
    const mapping = { login: 'nativeIdentity', uid: 'uuid' };
    const feed = await Feed.create(admin, 'Keyed', { kind: 'delimited-file', mapping });
    await feed.sync('login,uid\nold,U1\nkeyless,\n');
    const { id } = (await accounts())['old'] as { id: string };
    const run = await feed.sync('login,uid\nnew,u1\n');
    expect(run).toMatchObject({ accountsUpdated: 1, accountsCreated: 0 });
    expect((await accounts())['new']).toMatchObject({ id });
  });

  it('does not take a refused row for an absent account', async () => {
    const feed = await system();
    await feed.sync(systemFile('ada,,,,,,', 'bo,,,,,,', 'cy,,,,,,'));
    const bad = await feed.sync(systemFile('ada,,,,,,', 'bo,,,maybe,,,'));
    expect(bad).toMatchObject({ accountsRemoved: 1, rowsRefused: 1 });
    expect(Object.keys(await accounts('nativeIdentity in ("ada","bo","cy")')).toSorted()).toEqual(['ada', 'bo']);
  });

  it('removes nothing when a refused row does not say whom it is about', async () => {
    const feed = await system();
    await feed.sync(systemFile('ada,,,,,,', 'bo,,,,,,'));
    const run = await feed.sync(systemFile('ada,,,,,,', 'bo,'));
    expect(run).toMatchObject({ state: 'succeeded', accountsRemoved: 0, rowsRefused: 1 });
    expect((await accounts())['bo']).toBeDefined();
  });

  it('waits for a confirmation before it removes more than the threshold allows', async () => {
    const feed = await system();
    const all = Array.from({ length: 40 }, (_, i) => `user${i},,,,,,`);
    await feed.sync(systemFile(...all));
    const held = await feed.sync(systemFile(...all.slice(0, 20), 'new,,,,,,'));
    expect(held).toMatchObject({ state: 'needs_confirmation', accountsRemoved: 0, accountsCreated: 0 });
    expect(held['error']).toContain('20 accounts');
    expect((await accounts())['new']).toBeUndefined();

    const done = await feed.confirm(held);
    expect(done).toMatchObject({ state: 'succeeded', accountsRemoved: 20, accountsCreated: 1 });
    expect((await accounts())['user39']).toBeUndefined();
  });

  it('is no longer to be confirmed once a newer run has begun', async () => {
    const feed = await system();
    const all = Array.from({ length: 40 }, (_, i) => `user${i},,,,,,`);
    await feed.sync(systemFile(...all));
    const held = await feed.sync(systemFile(...all.slice(0, 8)));
    expect(held['state']).toBe('needs_confirmation');
    expect((await feed.sync(systemFile(...all)))['state']).toBe('succeeded');
    await admin.post(`${feed.path}/runs/${String(held['id'])}/confirm`).expect(400);
    expect((await accounts())['user39']).toBeDefined();
  });
});

describe('POST /api/v1/owners/sync', () => {
  it('runs every connector that has a file, the authoritative one first, and starts nothing twice', async () => {
    const directory = await system();
    await directory.upload(systemFile('ada,ada@example.com,E1,,,,'));
    const people = await hr();
    await people.upload(hrFile('E1,Ada,ada@example.com,,,'));
    await system('Empty');

    for (let i = 0; i < 3; i++) {
      const { body } = await admin.post('/api/v1/owners/sync').send({ ignored: true }).expect(202);
      expect(body).toEqual({ status: 'queued', message: 'Owner sync initiated' });
    }
    await people.finished();
    await directory.finished();
    expect((await accounts())['ada']).toMatchObject({ identity: { name: 'Ada' } });
    const [first] = await people.runs();
    const [second] = await directory.runs();
    expect(Date.parse(String(first!['finishedAt']))).toBeLessThanOrEqual(Date.parse(String(second!['startedAt'])));
  });
});
