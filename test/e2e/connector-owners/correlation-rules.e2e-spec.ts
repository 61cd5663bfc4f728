import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { RunQueue } from '@app/sync';
import { type Client, TestApi } from '../../support/api.js';
import { Feed } from '../../support/feed.js';
import type { GivenOrganization } from '../../support/given.js';

let api: TestApi;
let organization: GivenOrganization;
let admin: Client;
let feed: Feed;

const mapping = { login: 'nativeIdentity', mail: 'email', staff: 'attributes.staff' };
const byMail = { account: 'email', owner: 'email' };
const byStaff = { account: 'attributes.staff', owner: 'identityId' };
const config = (...correlationRules: object[]) => ({ kind: 'delimited-file', mapping, correlationRules });

beforeAll(async () => {
  api = await TestApi.start();
  await api.startWorker();
});
afterAll(async () => api.close());
beforeEach(async () => {
  organization = await api.given.organization();
  admin = await api.as('Administrator', organization);
  await organization.owner({ name: 'Ada', email: 'ada@example.com', identity_id: 'E1' });
  await organization.owner({ name: 'Bo', email: 'bo@example.com', identity_id: 'E2' });
  feed = await Feed.create(admin, 'Directory', config(byMail));
});

const change = (...rules: object[]) =>
  admin
    .post(feed.path)
    .send({ connector: { config: config(...rules) } })
    .expect(200);

/** Login -> owner's name, kind of link, version. */
async function links(): Promise<Record<string, unknown>> {
  const found = await api.given.sql(
    `select a.native_identity, o.name as owner, a.correlation, a.version from account a
       left join owner o on o.organization_id = a.organization_id and o.id = a.owner_id where a.organization_id = $1`,
    [organization.id],
  );
  return Object.fromEntries(
    found.map(({ native_identity, owner, correlation, version }) => [native_identity, [owner, correlation, version]]),
  );
}

const file = 'login,mail,staff\none,ada@example.com,E2\ntwo,bo@example.com,E2\nthree,,E1\n';

describe('correlation rules that change', () => {
  it('are applied at once to the accounts that are there, and touch nobody whose link stays', async () => {
    await feed.sync(file);
    expect(await links()).toEqual({ one: ['Ada', 'rule', 1], two: ['Bo', 'rule', 1], three: [null, 'none', 1] });
    await change(byStaff, byMail);
    const run = await feed.finished();
    expect(run).toMatchObject({
      state: 'succeeded',
      accountsUpdated: 0,
      accountsLinked: 2,
      accountsUnlinked: 1,
      accountsUnchanged: 3,
    });
    expect(await feed.runs()).toHaveLength(2);
    expect(await links()).toEqual({ one: ['Bo', 'rule', 2], two: ['Bo', 'rule', 1], three: ['Ada', 'rule', 2] });
  });

  it('are tried in their order', async () => {
    await feed.sync(file);
    await change(byMail, byStaff);
    await feed.finished();
    expect(await links()).toMatchObject({ one: ['Ada', 'rule', 1], three: ['Ada', 'rule', 2] });
  });

  it('leave links made by hand, and what was written over the API to a mapped field', async () => {
    await feed.sync(file);
    await api.given.sql(
      `update account set correlation = 'manual', email = 'by-hand@example.com' where organization_id = $1 and native_identity = 'one'`,
      [organization.id],
    );
    await change(byStaff);
    await feed.finished();
    expect(await links()).toMatchObject({ one: ['Ada', 'manual', 1], three: ['Ada', 'rule', 2] });
    const [account] = await api.given.sql(
      `select email from account where organization_id = $1 and native_identity = 'one'`,
      [organization.id],
    );
    expect(account).toEqual({ email: 'by-hand@example.com' });
  });

  it('are applied to the file the accounts stem from, not to one that waits for its run', async () => {
    await feed.sync(file);
    await feed.upload('login,mail,staff\nother,,\n');
    await change(byStaff);
    const run = await feed.finished();
    expect(run).toMatchObject({ accountsCreated: 0, accountsRemoved: 0 });
    expect(Object.keys(await links()).toSorted()).toEqual(['one', 'three', 'two']);
  });

  it('start nothing where nothing was read yet, nor when the configuration changes otherwise', async () => {
    await change(byStaff);
    expect(await feed.runs()).toEqual([]);
    await feed.sync(file);
    await admin
      .post(feed.path)
      .send({ connector: { config: { ...config(byStaff), privilegedEntitlements: ['A'] } } })
      .expect(200);
    expect(await feed.runs()).toHaveLength(1);
  });

  it('wait for a run that is held back, which then goes by them', async () => {
    const many = Array.from({ length: 30 }, (_, i) => `user${i},,E1`).join('\n');
    await feed.sync(`login,mail,staff\n${many}\n`);
    const held = await feed.sync('login,mail,staff\nuser0,,E1\n');
    expect(held['state']).toBe('needs_confirmation');
    await change(byStaff);
    expect(await feed.runs()).toHaveLength(2);
    await feed.confirm(held);
    expect(await links()).toMatchObject({ user0: ['Ada', 'rule', 2] });
  });
});

describe('rules that changed while a run was held back', () => {
  it('are applied all the same when that run is cancelled', async () => {
    const many = Array.from({ length: 30 }, (_, i) => `user${i},,E1`).join('\n');
    await feed.sync(`login,mail,staff\n${many}\n`);
    const held = await feed.sync('login,mail,staff\nuser0,,E1\n');
    await change(byStaff);
    await admin.post(`${feed.path}/runs/${String(held['id'])}/cancel`).expect(200);
    expect(await links()).toMatchObject({ user0: [null, 'none', 1] });
    await api.app.get(RunQueue, { strict: false }).followAllRules();
    expect(await feed.finished()).toMatchObject({ state: 'succeeded', accountsLinked: 30 });
    await api.app.get(RunQueue, { strict: false }).followAllRules();
    expect(await feed.runs()).toHaveLength(3);
  });
});

describe('a run of a file that says the same in other words', () => {
  it('changes no account and records nothing', async () => {
    await feed.sync(file);
    const before = await api.given.sql(
      'select id, version, modified_at from account where organization_id = $1 order by id',
      [organization.id],
    );
    const run = await feed.sync('staff,login,mail\n"E2"," one",ada@example.com\nE2,two , bo@example.com\nE1,three,\n');
    expect(run).toMatchObject({ accountsUpdated: 0, accountsUnchanged: 3 });
    expect(
      await api.given.sql('select id, version, modified_at from account where organization_id = $1 order by id', [
        organization.id,
      ]),
    ).toEqual(before);
    const events = await api.given.sql(
      `select from audit_event where organization_id = $1 and action = 'account.updated'`,
      [organization.id],
    );
    expect(events).toEqual([]);
  });
});
