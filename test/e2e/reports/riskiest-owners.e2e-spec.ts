import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Client, TestApi } from '../../support/api.js';
import type { GivenOrganization, Row } from '../../support/given.js';

type Json = Record<string, string | number | boolean | null>;

let api: TestApi;

beforeAll(async () => {
  api = await TestApi.start();
});
afterAll(() => api.close());

const daysAgo = (days: number) => new Date(Date.now() - days * 86_400_000 - 60_000);
const fresh = { last_login_at: daysAgo(1), mfa_enabled: true, password_last_set_at: daysAgo(1) };
const path = '/api/v1/reports/riskiest-owners';
const rowsOf = async (client: Client): Promise<Json[]> => (await client.get(path).expect(200)).body.rows;
const namesIn = (rows: Json[]) => rows.map(({ ownerName }) => ownerName);

/** An organization with nothing in it, its auditor, and a way to have an owner's figures stored as they are now. */
async function elsewhere() {
  const organization = await api.given.organization();
  const client = await api.as('AUDITOR', organization);
  const feed = await organization.connector(await organization.application());
  const counted = async (columns: object, ...accounts: object[]): Promise<Row> => {
    const owner = await organization.owner({ ...columns });
    for (const account of accounts) await organization.account(feed, owner, { ...fresh, ...account });
    await store(client, owner);
    return owner;
  };
  return { organization, client, feed, counted };
}

const store = async (client: Client, { id }: Row) => client.get(`/api/v1/owners/${id}/statistics`).expect(200);

/** As a month of standing still leaves it: what was counted is long due, and says another thing than is so. */
async function letTimePass(organization: GivenOrganization, figures: string) {
  const due = `update owner_statistics set next_change_at = now() - interval '1 day', ${figures} where organization_id = $1`;
  await api.given.sql(due, [organization.id]);
}

describe('GET /api/v1/reports/riskiest-owners', () => {
  it('tells of each owner with a score who it is, how risky, by what most of all, and of how many accounts', async () => {
    const { organization, client, counted } = await elsewhere();
    const manager = await organization.owner({ name: 'Jane Manager' });
    const columns = { name: 'Ada', email: 'ada@example.com', department: 'Sales', manager_id: manager.id };
    const ada = await counted(columns, { mfa_enabled: false }, { shared: true }, { disabled: true });
    const { body } = await client.get(path).expect(200);
    expect(body).toEqual({
      report: 'riskiest-owners',
      generatedAt: expect.stringMatching(/Z$/) as string,
      rows: [
        {
          ownerId: ada.id,
          ownerName: 'Ada',
          ownerEmail: 'ada@example.com',
          department: 'Sales',
          managerName: 'Jane Manager',
          riskScore: 26,
          riskLevel: 'medium',
          topFactor: 'MFA Gaps',
          totalAccounts: 3,
          activeAccounts: 2,
        },
      ],
    });
  });

  it('has the highest score first, then the name without case, and leaves out whoever has none', async () => {
    const { client, counted } = await elsewhere();
    await counted({ name: 'bo' }, { shared: true });
    await counted({ name: 'Ada' }, { shared: true });
    await counted({ name: 'zoe' }, { breached: true });
    await counted({ name: 'Clean' }, {});
    await counted({ name: 'Empty' });
    expect(namesIn(await rowsOf(client))).toEqual(['zoe', 'Ada', 'bo']);
  });

  it('says what the risk assessment says', async () => {
    const { client, counted } = await elsewhere();
    const owners = [
      await counted({ status: 'inactive' }, { mfa_enabled: false }, { privileged: true }),
      await counted({}, { last_login_at: daysAgo(400) }, { password_last_set_at: null }),
    ];
    const rows = await rowsOf(client);
    expect(rows).toHaveLength(2);
    for (const { ownerId, riskScore, riskLevel, topFactor } of rows) {
      expect(owners.map(({ id }) => id)).toContain(ownerId);
      const { body } = await client.get(`/api/v1/owners/${String(ownerId)}/risk-assessment`).expect(200);
      const told = [body.overall_risk_score, body.risk_level, body.risk_factors[0].category];
      expect([riskScore, riskLevel, topFactor]).toEqual(told);
    }
  });

  it('counts anew what time has changed, before it is sorted, and not only some of it', async () => {
    const { organization, client, feed, counted } = await elsewhere();
    await counted({ name: 'Grown stale' }, { last_login_at: daysAgo(100) });
    await counted({ name: 'Never was' }, {});
    await letTimePass(organization, 'total_threat = 1, not_used_90 = 0, shared_accounts = 1');
    expect(await rowsOf(client)).toMatchObject([
      { ownerName: 'Grown stale', riskScore: 10, topFactor: 'Stale Accounts' },
    ]);

    const count = 5_003;
    await api.given.sql(
      `with made as (
         insert into owner (organization_id, name, name_key) select $1, 'o' || i, 'o' || i from generate_series(1, $3::int) i returning id)
       insert into account (organization_id, connector_id, owner_id, correlation, native_identity, native_key,
         native_identity_key, name, name_key, connector_name_key, breached, mfa_enabled, last_login_at, password_last_set_at)
       select $1, $2, id, 'rule', id, id, id, id, id, 'feed', true, true, now(), now() from made`,
      [organization.id, feed.id, count],
    );
    const figures = (
      await api.given.sql<{ name: string }>(
        `select column_name as name from information_schema.columns
        where table_name = 'owner_statistics' and is_nullable = 'NO' and data_type = 'integer' and column_name <> 'risk_model_version'`,
      )
    ).map(({ name }) => name);
    await api.given.sql(
      `insert into owner_statistics (organization_id, owner_id, ${figures.join(', ')}, total_threat, risk_level,
         risk_model_version, next_change_at, calculated_at)
       select organization_id, id, ${figures.map(() => '0').join(', ')}, 0, 'low', 1, now() - interval '1 day', now()
         from owner where organization_id = $1 and name like 'o%'`,
      [organization.id],
    );
    const rows = await rowsOf(client);
    expect(rows.filter(({ riskScore }) => riskScore === 30)).toHaveLength(count);
  }, 60_000);

  it('leaves out deleted owners and everybody else’s, and names no deleted manager', async () => {
    const { organization, client, counted } = await elsewhere();
    const other = await elsewhere();
    await other.counted({ name: 'Theirs' }, { shared: true });
    const manager = await organization.owner({ deleted_at: new Date() });
    await counted({ name: 'Here', manager_id: manager.id }, { shared: true });
    const gone = await counted({ name: 'Deleted' }, { shared: true });
    await api.given.sql('update owner set deleted_at = now() where id = $1', [gone.id]);
    expect(await rowsOf(client)).toMatchObject([{ ownerName: 'Here', managerName: null, ownerEmail: null }]);
  });
});
