import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { fold, newId } from '@app/kernel';
import type { Principal } from '@app/access';
import { type ConnectorConfig, parseConnectorConfig, rulesOf } from '@app/connectors';
import type { Database } from '@app/persistence';
import { principalOf } from '../../../test/support/callers.js';
import type { GivenOrganization, Row } from '../../../test/support/given.js';
import { openTestBed, type TestBed } from '../../../test/support/test-bed.js';
import { CorrelationCandidates } from './correlation-candidates.js';

interface Asked {
  readonly text: string;
  readonly values: readonly unknown[];
}

let bed: TestBed;
let company: GivenOrganization;
let caller: Principal;
let candidates: CorrelationCandidates;
let connector: Row;
const asked: Asked[] = [];

beforeAll(async () => {
  bed = await openTestBed();
  const database = new Proxy(bed.database, {
    get: (target, name) => (name === 'query' ? recording(target) : Reflect.get(target, name, target)),
  });
  candidates = new CorrelationCandidates(database);
});
afterAll(() => bed.close());

beforeEach(async () => {
  company = await bed.given.organization();
  caller = principalOf(company.id, ['AUDITOR']);
  connector = await feed({});
  asked.length = 0;
});

function recording(database: Database): Database['query'] {
  return async (who, statement, values) => {
    asked.push({ text: statement.text, values: [who.organizationId, ...(values ?? [])] });
    return database.query(who, statement, values);
  };
}

const mapping = { login: 'nativeIdentity', staff: 'identityId', mail: 'email', full: 'displayName' };

async function feed(more: object): Promise<Row> {
  const config: ConnectorConfig = parseConnectorConfig({ kind: 'delimited-file', mapping, ...more });
  return company.connector(await company.application(), { config, applied_rules: rulesOf(config) });
}

async function found(account: Row, limit = 10) {
  const list = await candidates.of(caller, account.id, limit);
  return list.map(({ owner, score, rule, ambiguous, current, evidence }) => {
    return { name: owner.name, score, rule, ambiguous, current, kinds: evidence.map(({ kind }) => kind) };
  });
}

const names = async (account: Row, limit?: number) => (await found(account, limit)).map(({ name }) => name);

describe('the candidates of an account', () => {
  it('are whoever meets it in any way, the strongest first', async () => {
    await company.owner({ name: 'By rule', identity_id: 'E1' });
    await company.owner({ name: 'By address', email: 'zoe@example.com' });
    await company.owner({ name: 'By other address', alt_email: 'ZOE@example.com' });
    await company.owner({ name: 'By box', email: 'zoe@other.example' });
    await company.owner({ name: 'Zoë Zeno', email: 'z@example.com' });
    await company.owner({ name: 'Zeno, Zoë' });
    await company.owner({ name: 'Zoë Zenon-Zeno' });
    await company.owner({ name: 'Nobody of these', email: 'zoe.x@example.com', identity_id: 'E11' });
    const account = await company.account(connector, null, {
      native_identity: 'zoe',
      email: 'zoe@example.com',
      display_name: 'Zoë ZENO',
      correlation_keys: ['e1', 'zoe@example.com', null],
    });
    expect(await found(account)).toEqual([
      { name: 'By rule', score: 100, rule: true, ambiguous: false, current: false, kinds: ['IDENTITY_ID'] },
      { name: 'By address', score: 90, rule: false, ambiguous: false, current: false, kinds: ['EMAIL'] },
      {
        name: 'By other address',
        score: 85,
        rule: false,
        ambiguous: false,
        current: false,
        kinds: ['ALTERNATIVE_EMAIL'],
      },
      { name: 'Zoë Zeno', score: 70, rule: false, ambiguous: false, current: false, kinds: ['NAME'] },
      { name: 'By box', score: 60, rule: false, ambiguous: false, current: false, kinds: ['EMAIL_LOCAL_PART'] },
      { name: 'Zeno, Zoë', score: 60, rule: false, ambiguous: false, current: false, kinds: ['NAME_WORDS'] },
      expect.objectContaining({ name: 'Zoë Zenon-Zeno', kinds: ['SIMILAR_NAME'] }),
    ]);
    expect(await names(account, 2)).toEqual(['By rule', 'By address']);
    expect(await names(account, 0)).toEqual([]);
  });

  it('are told in two statements, however many they are', async () => {
    const account = await company.account(connector, null, { native_identity: 'ada', display_name: 'Ada Amir' });
    await found(account);
    for (let i = 0; i < 60; i++) await company.owner({ name: 'Ada Amir', email: `ada@${i}.example` });
    expect(await names(account, 50)).toHaveLength(50);
    expect(asked).toHaveLength(4);
  });

  it('two of one rule are ambiguous', async () => {
    await company.owner({ name: 'Twin', identity_id: 'E1' });
    await company.owner({ name: 'Other twin', identity_id: 'e1' });
    const account = await company.account(connector, null, { correlation_keys: ['e1', null, null] });
    expect(await found(account)).toMatchObject([
      { name: 'Twin', rule: true, ambiguous: true, score: 95 },
      { name: 'Other twin', rule: true, ambiguous: true, score: 95 },
    ]);
  });

  it('hold the owner it has, marked, even if nothing speaks for him and others speak louder', async () => {
    const current = await company.owner({ name: 'By hand' });
    for (let i = 0; i < 12; i++) await company.owner({ name: `Louder ${i}`, email: `ada@${i}.example` });
    const account = await company.account(connector, current, { native_identity: 'ada', correlation: 'manual' });
    const all = await found(account);
    expect(all).toHaveLength(10);
    expect(all.at(-1)).toMatchObject({ name: 'By hand', score: 0, current: true, kinds: [] });
    expect(all.filter((one) => one.current)).toHaveLength(1);
    const [only] = await found(account, 1);
    expect(only).toMatchObject({ name: 'By hand' });
  });

  it('are live owners of the organization, the inactive among them', async () => {
    const other = await bed.given.organization();
    await other.owner({ name: 'Theirs', email: 'ada@example.com' });
    await company.owner({ name: 'Gone', email: 'ada@example.com', deleted_at: new Date() });
    await company.owner({ name: 'Inactive', alt_email: 'ada@example.com', status: 'inactive' });
    const account = await company.account(connector, null, { email: 'ada@example.com' });
    expect(await names(account)).toEqual(['Inactive']);
  });

  it('are none where nothing leads to anybody', async () => {
    await company.owner({ name: '%', email: 'a_b@example.com' });
    for (const native_identity of ['%', '_', '\\', "'", '💥', 'x'.repeat(500), '@', 'a@', '@b', 'cn=', '\\\\']) {
      const account = await company.account(connector, null, { native_identity, name: native_identity });
      expect([native_identity, await names(account)]).toEqual([native_identity, []]);
    }
  });
});

describe('an account whose candidates are asked for', () => {
  it('must be live, of the organization, and of an own connector of a SOURCE_SUBADMIN', async () => {
    const other = await bed.given.organization();
    const theirs = await other.account(await other.connector(await other.application()));
    const gone = await company.account(connector, null, { deleted_at: new Date() });
    const account = await company.account(connector);
    for (const id of [theirs.id, gone.id, newId(), 'no id']) {
      await expect(candidates.of(caller, id, 10)).rejects.toMatchObject({ code: 'not_found' });
    }
    const user = await company.user();
    const narrow = principalOf(company.id, ['SOURCE_SUBADMIN'], user.id);
    await expect(candidates.of(narrow, account.id, 10)).rejects.toMatchObject({ code: 'not_found' });
    await company.connectorOwner(connector, user);
    expect(await candidates.of(narrow, account.id, 10)).toEqual([]);
  });
});

interface Plan {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Actual Rows'?: number;
  readonly 'Actual Loops'?: number;
  readonly 'Rows Removed by Filter'?: number;
  readonly 'Rows Removed by Index Recheck'?: number;
  readonly Plans?: readonly Plan[];
}

/** Owners the plan looks at. */
function lookedAt(plan: Plan): number {
  const inside = (plan.Plans ?? []).reduce((sum, one) => sum + lookedAt(one), 0);
  if (plan['Relation Name'] !== 'owner') return inside;
  const { 'Rows Removed by Filter': filtered = 0, 'Rows Removed by Index Recheck': rechecked = 0 } = plan;
  return inside + ((plan['Actual Rows'] ?? 0) + filtered + rechecked) * (plan['Actual Loops'] ?? 1);
}

describe('among very many owners', () => {
  it('a few are looked at, whatever the account is called', async () => {
    await bed.given.sql(
      `insert into owner (organization_id, name, name_key, email, email_key, alt_email, alt_email_key, identity_id, identity_key)
       select $1, n, n, m, m, m, m, i::text, i::text from (
         select i, (array['ada','bob','carla','dmitri','eva'])[1 + i % 5] || ' ' || md5(i::text) as n,
           md5(i::text) || '@example.com' as m from generate_series(1, 40000) i) x`,
      [company.id],
    );
    await bed.given.sql('vacuum analyze owner');
    const [some] = await bed.given.sql<{ name: string; email: string; identity_id: string }>(
      'select name, email, identity_id from owner where organization_id = $1 limit 1',
      [company.id],
    );
    for (const columns of [
      { native_identity: some!.identity_id, email: some!.email, display_name: some!.name },
      { native_identity: 'nobody', email: 'nobody@example.com', display_name: 'Nobody At All' },
      { native_identity: 'ada', display_name: 'ada' },
      { native_identity: 'a', name: 'Зоя Петрова', display_name: '李 小龙' },
    ]) {
      asked.length = 0;
      const account = await company.account(connector, null, {
        ...columns,
        correlation_keys: [fold(columns.native_identity), columns.email ?? null, null],
      });
      await found(account);
      const { text, values } = asked.at(-1)!;
      const [row] = await bed.given.sql<Record<string, { Plan: Plan }[]>>(
        `explain (analyze, format json) ${text}`,
        values,
      );
      expect([columns, lookedAt(row!['QUERY PLAN']![0]!.Plan)]).toEqual([columns, expect.toSatisfy((n) => n < 500)]);
    }
  }, 60_000);
});
