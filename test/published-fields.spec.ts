import { describe, expect, it } from 'vitest';
import type { FieldTable, SortTable } from '@app/query';
import { accountFields, accountSorters } from '../apps/api/src/surfaces/accounts/account.fields.js';
import { entitlementCollection } from '../apps/api/src/surfaces/accounts/entitlements/entitlement.fields.js';
import {
  identityCollection,
  publicIdentityCollection,
} from '../apps/api/src/surfaces/accounts/identities/identity.fields.js';
import { sourceCollection } from '../apps/api/src/surfaces/accounts/sources/source.fields.js';
import {
  presentExplainedRisk,
  presentRisk,
  presentWhatIf,
} from '../apps/api/src/surfaces/identity-owners/present-risk.js';
import { ownerSearchFields, searchedTextFields } from '../apps/api/src/surfaces/identity-owners/owner.fields.js';

const inWords = (text: string) => text.trim().split(/\s+/);

/** `field: operators`, a line each, several fields of the same operators together: as published, not as built. */
function published(lines: string): Record<string, string[]> {
  const fields = lines
    .trim()
    .split('\n')
    .flatMap((line) => {
      const [names = '', ops = ''] = line.split(': ');
      return inWords(names).map((name) => [name, inWords(ops).toSorted()] as const);
    });
  return Object.fromEntries(fields);
}

const built = (fields: FieldTable) =>
  Object.fromEntries(Object.entries(fields).map(([name, { ops }]) => [name, [...ops].toSorted()]));

const collections: [string, FieldTable, SortTable, string, string][] = [
  [
    'accounts',
    accountFields,
    accountSorters,
    `id identityId name nativeIdentity sourceId identity.name: eq in sw
     uncorrelated entitlements hasEntitlements manuallyCorrelated identity.correlated source.authoritative: eq
     identity.identityState source.displayableName source.connectionType origin: eq in
     created modified: eq ge gt le lt
     recommendation.method recommendation.type: eq in isnull`,
    `id name created modified sourceId identityId identity.id nativeIdentity uuid manuallyCorrelated entitlements origin
     identity.name identity.identityState identity.correlated source.displayableName source.authoritative
     source.connectionType hasEntitlements sourceOwner.name`,
  ],
  [
    'identities',
    identityCollection.fields,
    identityCollection.sorters,
    `id: eq in
     name alias firstname lastname email: eq sw
     cloudStatus processingState correlated protected: eq`,
    'name alias cloudStatus',
  ],
  [
    'public identities',
    publicIdentityCollection.fields,
    publicIdentityCollection.sorters,
    `id: eq in
     alias email firstname lastname: eq sw`,
    'name',
  ],
];

describe.each(collections)('what the vendor publishes of %s', (_name, fields, sorters, filters, orders) => {
  it('is what can be filtered by, each field with its operators', () => {
    expect(built(fields)).toEqual(published(filters));
  });

  it('is what can be sorted by', () => {
    expect(Object.keys(sorters).toSorted()).toEqual(inWords(orders).toSorted());
  });
});

it('sources are filtered by every published field', () => {
  const names = `id name type owner.id features created modified managementWorkgroup.id description authoritative healthy
    status connectionType connectorName category`;
  expect(Object.keys(sourceCollection.fields).toSorted()).toEqual(inWords(names).toSorted());
  expect(built(sourceCollection.fields)).toMatchObject(
    published(`name: co eq in sw ge gt ne isnull
      features: ca co`),
  );
});

it('entitlements are filtered and sorted by every published field', () => {
  const names = 'id name type attribute value source.id requestable created modified owner.id';
  expect(Object.keys(entitlementCollection.fields).toSorted()).toEqual(inWords(names).toSorted());
  expect(built(entitlementCollection.fields)).toMatchObject(published('name: eq in sw'));
  const orders = 'id name created modified type attribute value source.id requestable';
  expect(Object.keys(entitlementCollection.sorters).toSorted()).toEqual(inWords(orders).toSorted());
});

describe('the search of owners', () => {
  const texts = `id name email alt_email department title location employment_type identity_id phone mobile_phone manager
    manager_id source_id`;
  const others: [string, string][] = [
    ['enum', 'owner_type status risk_level'],
    ['date', 'start_date end_date created_at updated_at'],
    [
      'number',
      `total_threat overall_risk_score total_accounts active_accounts disabled_accounts child_count breached_accounts
       accounts_without_mfa privileged_accounts_not_vaulted shared_accounts inactive_owners_enabled_accounts not_used_90
       not_used_180 not_used_365 failed_logins_in_hour accounts_with_password_never accounts_with_password_90
       accounts_with_password_180 accounts_with_password_365 all_privileged_groups highly_privileged_groups
       highly_privileged_roles accounts_no_owner mapped_accounts account_group_deviation direct_reports`,
    ],
  ];
  const namesOf = (...types: string[]) =>
    Object.entries(ownerSearchFields).flatMap(([name, { type }]) => (types.includes(type) ? name : []));

  it('looks for terms in every text', () => {
    expect(namesOf('text', 'id').toSorted()).toEqual(inWords(texts).toSorted());
    expect([...searchedTextFields].toSorted()).toEqual(inWords(texts).toSorted());
  });

  it.each(others)('asks of every %s', (type, names) => {
    expect(namesOf(type).toSorted()).toEqual(inWords(names).toSorted());
  });
});

describe('the risk of an owner', () => {
  const factor = {
    category: 'MFA Gaps',
    affectedAccounts: 1,
    severity: 'medium',
    description: '',
    recommendation: '',
  } as const;
  const risk = { score: 18, level: 'low', points: 18, factors: [{ ...factor, points: 18 }] } as const;
  const remedy = { action: 'enable_mfa', accountIds: [], pointsSaved: 18, scoreAfter: 0 } as const;
  const figures = [{ name: 'accounts_without_mfa', count: 1, weight: 24, points: 18 }] as const;
  const explained = { ...risk, factors: [{ ...risk.factors[0], figures, accountIds: [], controls: [], remedy }] };
  const assessment = 'overall_risk_score risk_level risk_factors recommendations';
  const ofFactor = 'category affected_accounts severity description';

  it('has the published fields', () => {
    const shown = presentRisk(risk);
    expect(Object.keys(shown)).toEqual(inWords(assessment));
    expect(Object.keys(shown.risk_factors[0]!)).toEqual(inWords(ofFactor));
  });

  it('explained, has more of them', () => {
    const shown = presentExplainedRisk(explained);
    expect(Object.keys(shown)).toEqual(inWords(`${assessment} points`));
    const [first] = shown.risk_factors;
    expect(Object.keys(first!)).toEqual(inWords(`${ofFactor} points figures account_ids controls remedy`));
    expect(Object.keys(first!.figures[0]!)).toEqual(inWords('name count weight points'));
    expect(Object.keys(first!.remedy)).toEqual(inWords('action account_ids points_saved score_after'));
  });

  it('after remedies, has what was before beside it', () => {
    const fields = inWords(`${assessment} overall_risk_score_before risk_level_before`);
    expect(Object.keys(presentWhatIf({ before: risk, after: risk }))).toEqual(fields);
  });
});
