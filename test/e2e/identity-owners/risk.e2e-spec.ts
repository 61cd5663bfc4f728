import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '@app/kernel';
import { type Client, TestApi } from '../../support/api.js';
import type { Row } from '../../support/given.js';

let api: TestApi;
let client: Client;
let feed: Row;

const daysAgo = (days: number) => new Date(Date.now() - days * 86_400_000 - 60_000);
const fresh = { last_login_at: daysAgo(1), mfa_enabled: true, password_last_set_at: daysAgo(1) };

beforeAll(async () => {
  api = await TestApi.start();
  client = await api.as('AUDITOR');
  feed = await api.organization.connector(await api.organization.application({ name: 'Wiki' }));
});
afterAll(async () => api.close());

const pathOf = ({ id }: { readonly id: string }) => `/api/v1/owners/${id}/risk-assessment`;
const whatIf = (owner: Row, remedies: unknown) => client.post(`${pathOf(owner)}/what-if`).send({ remedies });

/** Somebody with two accounts: one without MFA and long out of use, one that shares his address and is nobody's. */
async function somebody() {
  const owner = await api.organization.owner({ email: `${newId()}@example.com` });
  const old = await api.organization.account(feed, owner, {
    ...fresh,
    mfa_enabled: false,
    last_login_at: daysAgo(100),
  });
  const good = await api.organization.account(feed, owner, fresh);
  const orphan = await api.organization.account(feed, null, { ...fresh, email: owner['email'] });
  return { owner, old, good, orphan };
}

describe('GET /api/v1/owners/{id}/risk-assessment?explain=true', () => {
  it('says of each factor what it is made of, whom it concerns, and the cheapest remedy', async () => {
    const { owner, old, orphan } = await somebody();
    const { body } = await client.get(`${pathOf(owner)}?explain=true`).expect(200);
    expect(body).toEqual({
      overall_risk_score: 29,
      risk_level: 'medium',
      points: 28.833333,
      risk_factors: [
        {
          category: 'MFA Gaps',
          affected_accounts: 1,
          severity: 'medium',
          description: 'Accounts without multi-factor authentication',
          points: 18,
          figures: [{ name: 'accounts_without_mfa', count: 1, weight: 24, points: 18 }],
          account_ids: [old.id],
          controls: ['CIS 6.3', 'CIS 6.4', 'CIS 6.5', 'NIST IA-2(1)', 'NIST IA-2(2)'],
          remedy: { action: 'enable_mfa', account_ids: [old.id], points_saved: 18, score_after: 11 },
        },
        {
          category: 'Stale Accounts',
          affected_accounts: 1,
          severity: 'low',
          description: 'Accounts not used in 90+ days',
          points: 7.5,
          figures: [
            { name: 'not_used_90', count: 1, weight: 10, points: 7.5 },
            { name: 'not_used_180', count: 0, weight: 5, points: 0 },
            { name: 'not_used_365', count: 0, weight: 5, points: 0 },
          ],
          account_ids: [old.id],
          controls: ['CIS 5.3', 'NIST AC-2(3)d'],
          remedy: { action: 'disable', account_ids: [old.id], points_saved: 25.5, score_after: 3 },
        },
        {
          category: 'Unowned Accounts',
          affected_accounts: 1,
          severity: 'low',
          description: expect.any(String) as string,
          points: 3.333333,
          figures: [{ name: 'accounts_no_owner', count: 1, weight: 5, points: 3.333333 }],
          account_ids: [orphan.id],
          controls: ['CIS 5.1', 'CIS 5.5', 'NIST AC-2'],
          remedy: { action: 'assign_owner', account_ids: [orphan.id], points_saved: 6.166666, score_after: 23 },
        },
      ],
      recommendations: [
        'Enable MFA on all accounts',
        'Review and disable unused accounts',
        'Assign owners to unowned accounts',
      ],
    });
  });

  it('adds to the assessment and changes nothing of it, which stays byte for byte without it', async () => {
    const { owner } = await somebody();
    const { text: plain } = await client.get(pathOf(owner)).expect(200);
    expect(plain).toBe(
      '{"overall_risk_score":29,"risk_level":"medium","risk_factors":[' +
        '{"category":"MFA Gaps","affected_accounts":1,"severity":"medium","description":"Accounts without multi-factor authentication"},' +
        '{"category":"Stale Accounts","affected_accounts":1,"severity":"low","description":"Accounts not used in 90+ days"},' +
        '{"category":"Unowned Accounts","affected_accounts":1,"severity":"low","description":"Accounts of nobody that carry this owner’s e-mail address"}],' +
        '"recommendations":["Enable MFA on all accounts","Review and disable unused accounts","Assign owners to unowned accounts"]}',
    );
    for (const said of ['explain=false', 'explain=False', 'explain=FALSE']) {
      expect((await client.get(`${pathOf(owner)}?${said}`).expect(200)).text).toBe(plain);
    }
    const { body } = await client.get(`${pathOf(owner)}?explain=TRUE`).expect(200);
    expect(body).toMatchObject(JSON.parse(plain));
  });

  it('has nothing to explain of an owner of nothing', async () => {
    const { body } = await client.get(`${pathOf(await api.organization.owner())}?explain=true`).expect(200);
    const nothing = { overall_risk_score: 0, risk_level: 'low', points: 0, risk_factors: [], recommendations: [] };
    expect(body).toEqual(nothing);
  });

  it.each([
    ['explain=1', 'explain must be true or false.'],
    ['explain=', 'explain must be true or false.'],
    ['explain=yes', 'explain must be true or false.'],
    ['explain=true&explain=true', 'explain must be given once.'],
    ['explain=true&explain=false', 'explain must be given once.'],
  ])('is refused for %s', async (query, message) => {
    const { body } = await client.get(`${pathOf(await api.organization.owner())}?${query}`).expect(400);
    expect(body).toEqual({ error: { code: 'VALIDATION_ERROR', message, details: [{ field: 'explain', message }] } });
  });
});

describe('POST /api/v1/owners/{id}/risk-assessment/what-if', () => {
  it('answers the assessment after the remedies, and that before them, and changes nothing', async () => {
    const { owner, old } = await somebody();
    const { body: before } = await client.get(pathOf(owner)).expect(200);
    const { body } = await whatIf(owner, [
      { category: 'mfa gaps', account_ids: [old.id.toUpperCase(), old.id] },
      { category: 'STALE ACCOUNTS', account_ids: null },
    ]).expect(200);
    expect(body).toEqual({
      overall_risk_score: 3,
      risk_level: 'low',
      risk_factors: [before.risk_factors[2]],
      recommendations: ['Assign owners to unowned accounts'],
      overall_risk_score_before: 29,
      risk_level_before: 'medium',
    });
    expect((await client.get(pathOf(owner)).expect(200)).body).toEqual(before);
  });

  it('changes nothing by a category without accounts', async () => {
    const { owner } = await somebody();
    const { body: before } = await client.get(pathOf(owner)).expect(200);
    const { body } = await whatIf(owner, [{ category: 'Breached Accounts' }]).expect(200);
    expect(body).toEqual({ ...before, overall_risk_score_before: 29, risk_level_before: 'medium' });
  });

  const ids = (count: number) => Array.from({ length: count }, () => newId());
  const categories =
    'Inactive Owner, Breached Accounts, MFA Gaps, Privileged Accounts Not Vaulted, Failed Logins, ' +
    'Shared Accounts, Stale Accounts, Password Hygiene, Highly Privileged Roles, Privileged Groups, Group Deviation, Unowned Accounts';
  it.each<[string, unknown, string]>([
    ['no remedies', { remedies: [] }, 'remedies must be a list of 1 to 12 remedies.'],
    ['none named', {}, 'remedies must be a list of 1 to 12 remedies.'],
    [
      'remedies that are no list',
      { remedies: { category: 'MFA Gaps' } },
      'remedies must be a list of 1 to 12 remedies.',
    ],
    [
      'more than there are',
      { remedies: Array.from({ length: 13 }, () => ({ category: 'MFA Gaps' })) },
      'remedies must be a list of 1 to 12',
    ],
    ['a remedy that is a text', { remedies: ['MFA Gaps'] }, 'remedies must be a list of 1 to 12 remedies.'],
    ['a remedy that is null', { remedies: [null] }, 'remedies must be a list of 1 to 12 remedies.'],
    ['a remedy that is a list', { remedies: [[{ category: 'MFA Gaps' }]] }, 'remedies must be a list of 1 to 12'],
    ['a field nobody knows', { remedies: [{ category: 'MFA Gaps' }], dryRun: true }, 'dryRun is not a known field.'],
    ['such a field of a remedy', { remedies: [{ category: 'MFA Gaps', x: 1 }] }, 'remedies[0].x is not a known field.'],
    ['no category', { remedies: [{}] }, `remedies[0].category must be one of ${categories}.`],
    ['an unknown category', { remedies: [{ category: 'MFA' }] }, `remedies[0].category must be one of ${categories}.`],
    ['a category that is a number', { remedies: [{ category: 7 }] }, 'remedies[0].category must be one of'],
    ['a category of every object', { remedies: [{ category: '__proto__' }] }, 'remedies[0].category must be one of'],
    [
      'a category twice',
      { remedies: [{ category: 'MFA Gaps' }, { category: 'mfa gaps' }] },
      'A category is named once.',
    ],
    [
      'no accounts',
      { remedies: [{ category: 'MFA Gaps', account_ids: [] }] },
      'remedies[0].account_ids must be a list of 1 to 1000 ids.',
    ],
    [
      'too many',
      { remedies: [{ category: 'MFA Gaps', account_ids: ids(1_001) }] },
      'remedies[0].account_ids must be a list of 1 to 1000 ids.',
    ],
    [
      'ids that are numbers',
      { remedies: [{ category: 'MFA Gaps', account_ids: [1] }] },
      'remedies[0].account_ids must be a list',
    ],
    [
      'an id that is none',
      { remedies: [{ category: 'MFA Gaps', account_ids: [newId(), 'x'] }] },
      'remedies[0].account_ids[1] must be an id.',
    ],
    [
      'an account that is not there',
      { remedies: [{ category: 'MFA Gaps', account_ids: [newId()] }] },
      'remedies[0].account_ids[0] is no account behind MFA Gaps of this owner.',
    ],
  ])('is refused for %s', async (_what, body, message) => {
    const { owner } = await somebody();
    const answer = await client
      .post(`${pathOf(owner)}/what-if`)
      .send(body as object)
      .expect(400);
    expect(answer.body.error.code).toBe('VALIDATION_ERROR');
    expect(answer.body.error.message).toContain(message);
    expect(answer.body.error.details[0].field).toMatch(/^(remedies|dryRun)/);
  });

  it('is refused for an account that is not behind this factor, or not of this owner, naming its place', async () => {
    const { owner, old, good } = await somebody();
    const other = await somebody();
    const { body } = await whatIf(owner, [
      { category: 'Stale Accounts' },
      { category: 'MFA Gaps', account_ids: [old.id, good.id, other.old.id] },
    ]).expect(400);
    expect(body.error.details.map(({ field }: { field: string }) => field)).toEqual([
      'remedies[1].account_ids[1]',
      'remedies[1].account_ids[2]',
    ]);
  });

  it('takes a thousand accounts at once', async () => {
    const owner = await api.organization.owner({ email: 'many@example.com' });
    await api.given.sql(
      `insert into account (organization_id, connector_id, owner_id, correlation, native_identity, native_key,
         native_identity_key, name, name_key, connector_name_key, email, email_key, mfa_enabled, last_login_at, password_last_set_at)
       select $1, $2, $3, 'rule', n, n, n, n, n, 'wiki', 'many@example.com', 'many@example.com', false, now(), now()
         from generate_series(1, 1000) as i cross join lateral (select 'many ' || i as n) x`,
      [api.organization.id, feed.id, owner.id],
    );
    const { body: explained } = await client.get(`${pathOf(owner)}?explain=true`).expect(200);
    const [{ account_ids: all }] = explained.risk_factors;
    expect(all).toHaveLength(1_000);
    const { body } = await whatIf(owner, [{ category: 'MFA Gaps', account_ids: all }]).expect(200);
    expect(body).toMatchObject({ overall_risk_score: 0, overall_risk_score_before: 24 });
  });

  it('is 404 for nobody, after the body is found right', async () => {
    const nobody = { id: newId() } as Row;
    await whatIf(nobody, [{ category: 'MFA Gaps' }]).expect(404);
    await whatIf(nobody, []).expect(400);
    await client.get(`${pathOf(nobody)}?explain=true`).expect(404);
  });
});

describe('whoever assesses nobody but himself', () => {
  it.each([['SOURCE_SUBADMIN' as const], ['no role' as const]])(
    'has his own risk explained, with every account of his, and nobody else’s: %s',
    async (role) => {
      const { owner, old } = await somebody();
      const other = await somebody();
      const self = await api.as(role === 'no role' ? [] : role);
      await api.given.sql('update owner set user_id = $2 where id = $1', [owner.id, self.user.id]);
      const { body } = await self.get(`${pathOf(owner)}?explain=true`).expect(200);
      expect(body.risk_factors[0].account_ids).toEqual([old.id]);
      const remedies = [{ category: 'MFA Gaps' }];
      await self
        .post(`${pathOf(owner)}/what-if`)
        .send({ remedies })
        .expect(200);
      for (const { id } of [other.owner, { id: newId() }]) {
        await self.get(`${pathOf({ id })}?explain=true`).expect(403);
        await self
          .post(`${pathOf({ id })}/what-if`)
          .send({ remedies })
          .expect(403);
        await self
          .post(`${pathOf({ id })}/what-if`)
          .send({})
          .expect(403);
      }
    },
  );
});
