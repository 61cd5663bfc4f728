import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Role } from '@app/access';
import { usage as example } from '../../fixtures/published-examples.js';
import { AccountDesk } from '../../support/account-desk.js';
import { TestApi } from '../../support/api.js';
import type { GivenOrganization } from '../../support/given.js';
import { deviationsFrom } from '../../support/published-example.js';

const path = '/api/v1/owners/account/usage';
let api: TestApi;
let desk: AccountDesk;

beforeAll(async () => {
  api = await TestApi.start();
  // Files are the only kind so far; rows of others are put in place by hand.
  await api.given.sql('alter table connector drop constraint connector_kind_is_known');
});
afterAll(async () => api.close());
beforeEach(async () => {
  desk = await AccountDesk.open(api);
});

const get = async () => (await desk.admin.get(path).expect(200)).body;

async function managed(account_type = 'MANAGED', name = 'Managed account'): Promise<GivenOrganization> {
  return api.given.organization({ parent_id: desk.organization.id, account_type, name });
}

/** Connectors of another kind, each with so many accounts. */
async function sources(organization: GivenOrganization, ...sizes: readonly number[]): Promise<void> {
  const application = await organization.application();
  for (const size of sizes) {
    const connector = await organization.connector(application, { kind: 'ldap' });
    await organization.tally(connector, true, size);
  }
}

async function files(organization: GivenOrganization, count: number): Promise<void> {
  const application = await organization.application();
  for (let i = 0; i < count; i++) {
    const connector = await organization.connector(application);
    await organization.tally(connector, false, 60_000);
  }
}

const repeated = (count: number, size: number) => Array.from({ length: count }, () => size);
const none = { attachmentsource: 0, datasource: { small: 0, medium: 0, large: 0 }, sms: 0 };

describe('GET /api/v1/owners/account/usage', () => {
  it('has the shape, the types and the figures of the published example, but for text messages', async () => {
    await files(desk.organization, 1);
    await sources(desk.organization, 999, 1_000, 49_999, ...repeated(20, 50_000));
    await sources(await managed(), ...repeated(10, 1_000), ...repeated(3, 1_000_000));
    const answer = await desk.admin.get(path).expect(200);
    const withoutMessages = JSON.parse(JSON.stringify(example), (key, value: unknown) =>
      key === 'sms' && typeof value === 'number' && value >= 10 ? 0 : value,
    );
    withoutMessages.total.sms.usage = 0;
    withoutMessages.accounts[0]._id = desk.organization.id;
    withoutMessages.accounts[1]._id = answer.body.accounts[1]._id;
    withoutMessages.accounts[0].accountName = answer.body.accounts[0].accountName;
    expect(answer.body).toEqual(withoutMessages);
    expect(deviationsFrom(example, [answer.body])).toEqual([]);
    expect(answer.text).toContain('"source":{"usage":32.4,"usageLimit":50}');
    expect(answer.headers['content-type']).toBe('application/json; charset=utf-8');
  });

  it('is nothing of whoever has nothing', async () => {
    const { accounts, total } = await get();
    expect(accounts).toEqual([expect.objectContaining({ _id: desk.organization.id, usage: none })]);
    expect(total).toEqual({ source: { usage: 0, usageLimit: 50 }, sms: { usage: 0, usageLimit: 250 } });
  });

  it('lists managed accounts after the own one, in the order they were made', async () => {
    const made = [await managed('MANAGED'), await managed('TRIAL'), await managed('DISABLED'), await managed()];
    const { accounts } = await get();
    expect(accounts.map(({ _id }: { _id: string }) => _id)).toEqual([desk.organization, ...made].map(({ id }) => id));
    expect(accounts.map(({ accountType }: { accountType: string }) => accountType)).toEqual([
      'STANDARD',
      'MANAGED',
      'TRIAL',
      'DISABLED',
      'MANAGED',
    ]);
  });

  it('leaves managed accounts on trial or switched off out of the sum', async () => {
    for (const type of ['MANAGED', 'TRIAL', 'DISABLED']) await files(await managed(type), 3);
    const { accounts, total } = await get();
    expect(accounts.slice(1).map(({ usage }: { usage: object }) => usage)).toEqual(
      repeated(3, 2.1).map((attachmentsource) => ({ ...none, attachmentsource })),
    );
    expect(total.source.usage).toBe(2.1);
  });

  it('counts neither what is deleted, nor what is of somebody else, nor of those they manage', async () => {
    await files(desk.organization, 2);
    await api.given.sql(
      'update connector set deleted_at = now() where id = (select min(id::text)::uuid from connector where organization_id = $1)',
      [desk.organization.id],
    );
    const stranger = await api.given.organization();
    await files(stranger, 1);
    await files(await api.given.organization({ parent_id: stranger.id, account_type: 'MANAGED' }), 1);
    const { accounts, total } = await get();
    expect([accounts.length, total.source.usage]).toEqual([1, 0.7]);
  });

  it('knows accounts that are live alone', async () => {
    await sources(desk.organization, 1_000);
    const connector = 'select id, organization_id from connector where organization_id = $1';
    await api.given.sql(
      `insert into account_tally (organization_id, connector_id, correlated, delta)
       select c.organization_id, c.id, true, -1 from (${connector}) c`,
      [desk.organization.id],
    );
    expect((await get()).accounts[0].usage.datasource).toEqual({ small: 0.3, medium: 0, large: 0 });
  });

  it('has the limits stored with the account, where there are any', async () => {
    const limits = 'update organization set source_limit = 12.3456, sms_limit = 7 where id = $1';
    await api.given.sql(limits, [desk.organization.id]);
    const { total } = await get();
    expect([total.source.usageLimit, total.sms.usageLimit]).toEqual([12.3456, 7]);
  });

  it('takes any other query parameter for nothing', async () => {
    await desk.admin.get(`${path}?attr=_id&x=1`).expect(200);
  });

  it('records nothing', async () => {
    await desk.trail.mark();
    await get();
    expect(await desk.trail.events()).toEqual([]);
  });

  it.each<[number, Role | undefined]>([
    [200, 'Administrator'],
    [200, 'ORG_ADMIN'],
    [200, 'AUDITOR'],
    [403, 'SOURCE_ADMIN'],
    [403, 'SOURCE_SUBADMIN'],
    [403, 'HELPDESK'],
    [403, undefined],
  ])('is %i for %s', async (status, role) => {
    await (await api.as(role ? [role] : [], desk.organization)).get(path).expect(status);
  });

  it.each([
    ['ACCOUNT/VIEW', 200],
    ['ACCOUNT/MODIFY', 200],
    ['WORKSPACE/VIEW', 403],
    ['WORKSPACE/MODIFY', 403],
  ] as const)('with a key %s is %i', async (kind, status) => {
    await (await desk.key(kind)).get(path).expect(status);
  });

  it('is refused to whatever credential of a managed account, on trial too', async () => {
    const owner = await api.given.organization();
    const manages = 'update organization set parent_id = $2, account_type = $3 where id = $1';
    const callers = [desk.admin, await desk.key('ACCOUNT/VIEW'), await desk.key('ACCOUNT/MODIFY')];
    for (const type of ['MANAGED', 'TRIAL']) {
      await api.given.sql(manages, [desk.organization.id, owner.id, type]);
      for (const caller of callers) {
        const { body } = await caller.get(path).expect(403);
        expect(body.error.code).toBe('FORBIDDEN');
      }
    }
  });

  it('is nobody’s without a credential', async () => {
    await api.client().get(path).expect(401);
  });
});

describe('rates and limits', () => {
  it('are the operator’s', async () => {
    const own = await TestApi.start({
      USAGE_RATES: '{"attachmentsource":0.1}',
      USAGE_LIMITS: '{"source":0.5,"sms":0}',
    });
    try {
      await files(own.organization, 3);
      const { body } = await (await own.as('Administrator')).get(path).expect(200);
      expect(body.rates).toEqual({ ...example.rates, attachmentsource: 0.1 });
      expect(body.total).toEqual({ source: { usage: 0.3, usageLimit: 0.5 }, sms: { usage: 0, usageLimit: 0 } });
    } finally {
      await own.close();
    }
  });
});
