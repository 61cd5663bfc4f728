import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Caller } from '@app/access';
import { type ConnectorConfig, type CorrelationRule, parseConnectorConfig, rulesOf } from '@app/connectors';
import { principalOf } from '../../../test/support/callers.js';
import type { GivenOrganization, Row } from '../../../test/support/given.js';
import { openTestBed, type TestBed } from '../../../test/support/test-bed.js';
import { RulesTrials, type TrialSample } from './rules-trial.js';

let bed: TestBed;
let trials: RulesTrials;
let company: GivenOrganization;
let caller: Caller;
let connector: Row & { readonly config: ConnectorConfig };
let ada: Row;
let bob: Row;

const mapping = {
  login: 'nativeIdentity',
  staff: 'identityId',
  mail: 'email',
  full: 'displayName',
  badge: 'attributes.badge',
};
const byStaff: CorrelationRule = { account: 'identityId', owner: 'identityId' };
const byMail: CorrelationRule = { account: 'email', owner: 'email' };
const byBadge: CorrelationRule = { account: 'attributes.badge', owner: 'identityId' };

beforeAll(async () => {
  bed = await openTestBed();
  trials = new RulesTrials(bed.database);
});
afterAll(() => bed.close());

beforeEach(async () => {
  company = await bed.given.organization();
  caller = principalOf(company.id, ['SOURCE_ADMIN']);
  connector = await feed([byStaff]);
  ada = await company.owner({ name: 'Ada', email: 'ada@example.com', identity_id: 'E1' });
  bob = await company.owner({ name: 'Bob', alt_email: 'bob@example.com', identity_id: 'E2' });
});

async function feed(correlationRules: CorrelationRule[], applied = true, more: object = {}) {
  const config = parseConnectorConfig({ kind: 'delimited-file', mapping, correlationRules, ...more });
  const columns = { config, ...(applied && { applied_rules: rulesOf(config) }) };
  return { ...(await company.connector(await company.application(), columns)), config };
}

const account = (owner: Row | null, columns: Record<string, unknown>) => company.account(connector, owner, columns);
const told = ({ account: { name }, owner, wouldBe }: TrialSample) => [name, owner?.name ?? null, wouldBe?.name ?? null];

describe('a trial of correlation rules', () => {
  it('tells of every account what would become of its link, and writes nothing', async () => {
    await company.owner({ name: 'Twin', identity_id: 'E7' });
    await company.owner({ name: 'Other twin', identity_id: 'e7' });
    await account(null, { name: 'new', attributes: { badge: 'e1' } });
    await account(ada, { name: 'moved', attributes: { badge: 'E2' } });
    await account(ada, { name: 'lost', attributes: { badge: 'E9' } });
    await account(bob, { name: 'torn', attributes: { badge: 'E7' } });
    await account(null, { name: 'unclear', attributes: { badge: 'E7' } });
    await account(null, { name: 'nobody', attributes: {} });
    await account(ada, { name: 'same', attributes: { badge: 'E1' } });
    await account(bob, { name: 'by hand', attributes: { badge: 'E1' }, correlation: 'manual' });
    await account(bob, { name: 'made so', attributes: { badge: 'E1' }, correlation: 'provisioning' });
    await account(null, { name: 'removed', attributes: { badge: 'E1' }, deleted_at: new Date() });
    const elsewhere = await feed([byStaff]);
    await company.account(elsewhere, null, { name: 'elsewhere', attributes: { badge: 'E1' } });
    const stored = async () =>
      bed.given.sql('select a::text from account a where organization_id = $1 order by id', [company.id]);
    const before = await stored();

    const trial = await trials.run(caller, connector, [byBadge]);
    expect(trial).toMatchObject({
      rules: [byBadge],
      accounts: 9,
      unchanged: 3,
      counts: { kept: 2, wouldLink: 1, wouldChange: 1, wouldRelease: 2, ambiguous: 2, unmatched: 2 },
      unmapped: [],
    });
    const { samples } = trial;
    expect(Object.fromEntries(Object.entries(samples).map(([group, some]) => [group, some.map(told)]))).toEqual({
      kept: [
        ['by hand', 'Bob', 'Bob'],
        ['made so', 'Bob', 'Bob'],
      ],
      wouldLink: [['new', null, 'Ada']],
      wouldChange: [['moved', 'Ada', 'Bob']],
      wouldRelease: [
        ['lost', 'Ada', null],
        ['torn', 'Bob', null],
      ],
      ambiguous: [
        ['torn', 'Bob', null],
        ['unclear', null, null],
      ],
      unmatched: [
        ['lost', 'Ada', null],
        ['nobody', null, null],
      ],
    });
    expect(await stored()).toEqual(before);
    expect(await bed.given.sql('select id from audit_event where organization_id = $1', [company.id])).toEqual([]);
  });

  it('adds up: what is kept, changed and unchanged is every account', async () => {
    for (let i = 0; i < 40; i++) {
      const owner = [null, ada, bob][i % 3]!;
      const correlation = owner && i % 5 === 0 ? { correlation: 'manual' } : {};
      await account(owner, { attributes: { badge: `E${i % 4}` }, ...correlation });
    }
    const { accounts, unchanged, counts } = await trials.run(caller, connector, [byBadge]);
    expect(counts.kept + counts.wouldLink + counts.wouldChange + counts.wouldRelease + unchanged).toBe(accounts);
    expect(accounts).toBe(40);
  });

  it('goes by the rules of the connector where no others are given, as its runs would', async () => {
    const keyed = (...correlation_keys: (string | null)[]) => ({ correlation_keys });
    await account(null, { name: 'by staff', email: 'bob@example.com', ...keyed('e1') });
    await account(ada, { name: 'without', email: 'ada@example.com', ...keyed(null) });
    const { rules, samples } = await trials.run(caller, connector);
    expect(rules).toEqual([byStaff]);
    expect(samples.wouldLink.map(told)).toEqual([['by staff', null, 'Ada']]);
    expect(samples.wouldRelease.map(told)).toEqual([['without', 'Ada', null]]);
  });

  it('tries rules in their order, without case, and takes alternative addresses for addresses', async () => {
    const keyed = (...correlation_keys: (string | null)[]) => ({ correlation_keys });
    await account(null, { name: 'first', email: 'bob@example.com', ...keyed('e1') });
    await account(null, { name: 'second', email: 'BOB@example.com', ...keyed('e9') });
    await account(null, { name: 'none', ...keyed(null) });
    const { samples } = await trials.run(caller, connector, [byStaff, byMail]);
    expect(samples.wouldLink.map(told)).toEqual([
      ['first', null, 'Ada'],
      ['second', null, 'Bob'],
    ]);
  });

  it('reads what is kept of an account otherwise: its name, its uuid, its words', async () => {
    await company.owner({ name: 'Zoë', identity_id: 'ZOË' });
    await account(null, { name: 'shown', display_name: ' zoe\u0308 ' });
    await account(null, { name: 'E1', native_identity: 'e1' });
    const by = (field: CorrelationRule['account']): CorrelationRule => ({ account: field, owner: 'identityId' });
    const linked = async (...rules: CorrelationRule[]) =>
      (await trials.run(caller, connector, rules)).samples.wouldLink.map(told);
    expect(await linked(by('displayName'))).toEqual([['shown', null, 'Zoë']]);
    expect(await linked(by('nativeIdentity'), by('displayName'))).toEqual([
      ['shown', null, 'Zoë'],
      ['E1', null, 'Ada'],
    ]);
  });

  it('survives attributes of any kind', async () => {
    for (const badge of [['E1'], { a: 1 }, 7, null, true, 'x'.repeat(5_000)])
      await account(null, { attributes: { badge } });
    expect((await trials.run(caller, connector, [byBadge])).counts.unmatched).toBe(6);
  });

  it('without rules would release everybody that no person has linked', async () => {
    await account(ada, {});
    expect(await trials.run(caller, connector, [])).toMatchObject({ counts: { wouldRelease: 1, unmatched: 1 } });
  });

  it('knows no owner of another organization, and none that was deleted', async () => {
    const other = await bed.given.organization();
    await other.owner({ identity_id: 'E5' });
    await company.owner({ identity_id: 'E5', deleted_at: new Date() });
    await account(null, { attributes: { badge: 'E5' } });
    expect((await trials.run(caller, connector, [byBadge])).counts).toMatchObject({ unmatched: 1, wouldLink: 0 });
  });

  it('keeps twenty samples of a kind, whatever their number', async () => {
    for (let i = 0; i < 25; i++) await account(null, { attributes: { badge: 'E1' } });
    const { counts, samples } = await trials.run(caller, connector, [byBadge]);
    expect([counts.wouldLink, samples.wouldLink.length]).toEqual([25, 20]);
  });

  it('of an account field that is not kept is refused, unless a rule in force compares it', async () => {
    await account(null, { correlation_keys: ['e1'] });
    expect((await trials.run(caller, connector, [byMail, byStaff])).counts.wouldLink).toBe(1);
    connector = await feed([byMail]);
    await expect(trials.run(caller, connector, [byMail, byStaff])).rejects.toMatchObject({
      code: 'invalid',
      details: [
        { field: 'correlationRules[1].account', message: expect.stringContaining('dry run of a file') as string },
      ],
    });
    connector = await feed([byMail], true, { mapping: { ...mapping, off: 'disabled' } });
    await expect(trials.run(caller, connector, [{ account: 'disabled', owner: 'email' }])).rejects.toMatchObject({
      code: 'invalid',
    });
  });

  it('of a field that nothing is read into finds nobody, and says so', async () => {
    await account(null, { attributes: { other: 'E1' }, description: 'E1' });
    const unmapped: CorrelationRule[] = [
      { account: 'attributes.other', owner: 'identityId' },
      { account: 'userPrincipalName', owner: 'email' },
      { account: 'description', owner: 'identityId' },
    ];
    expect(await trials.run(caller, connector, unmapped)).toMatchObject({
      counts: { wouldLink: 0, unmatched: 1 },
      unmapped: ['attributes.other', 'userPrincipalName', 'description'],
    });
  });

  it('is none of a connector that says itself who people are', async () => {
    const hr = await feed([byStaff], true, { authoritative: true, ownerMapping: { displayName: 'name' } });
    await expect(trials.run(caller, hr)).rejects.toMatchObject({ code: 'failed_precondition' });
  });

  it('is of one moment and in pieces: many accounts are judged with samples alone in memory', async () => {
    await bed.given.sql(
      `insert into account (organization_id, connector_id, native_identity, native_key, native_identity_key, name, name_key,
         connector_name_key, attributes)
       select $1, $2, n, n, n, n, n, $3, jsonb_build_object('badge', (array['E1', 'E2', 'E9'])[1 + i % 3])
         from (select i, 'n ' || i as n from generate_series(1, 7000) i) s`,
      [company.id, connector.id, connector['name_key']],
    );
    const { accounts, counts, samples } = await trials.run(caller, connector, [byBadge]);
    expect([accounts, counts.wouldLink, counts.unmatched]).toEqual([7_000, 4_667, 2_333]);
    expect(samples.unmatched).toHaveLength(20);
  }, 30_000);
});
