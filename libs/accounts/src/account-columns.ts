import { isShortlyInactive } from '@app/owners';
import type { Sort } from '@app/query';
import type { ColumnTable } from '@app/persistence';

const ownerOf = (test: string) =>
  `exists (select from owner o where o.organization_id = $1 and o.id = a.owner_id and o.deleted_at is null and ${test})`;

const identityStates = {
  ACTIVE: `a.owner_state = 'active'`,
  INACTIVE_LONG_TERM: `(a.owner_state = 'inactive' and ${ownerOf(`not (${isShortlyInactive})`)})`,
  INACTIVE_SHORT_TERM: `(a.owner_state = 'inactive' and ${ownerOf(isShortlyInactive)})`,
};
const ownerCorrelated = {
  false: ownerOf('o.connector_id is null'),
  true: ownerOf('o.connector_id is not null'),
};
const manuallyCorrelated = { false: `a.correlation <> 'manual'`, true: `a.correlation = 'manual'` };
const hasEntitlements = { false: 'a.entitlement_count = 0', true: 'a.entitlement_count > 0' };
const origins = { AGGREGATED: `a.origin = 'AGGREGATED'`, PROVISIONED: `a.origin = 'PROVISIONED'` };

/** What filters may ask of an account, by our own paths; what they ask of its connector is answered before. */
export const accountColumns = {
  id: { sql: 'a.id', type: 'uuid' },
  name: { sql: 'a.name_key', type: 'folded' },
  nativeIdentity: { sql: 'a.native_identity_key', type: 'folded' },
  connectorId: { sql: 'a.connector_id', type: 'uuid' },
  ownerId: { sql: 'a.owner_id', type: 'uuid' },
  uncorrelated: { sql: '(a.owner_id is null)', type: 'boolean' },
  created: { sql: 'a.created_at', type: 'instant' },
  modified: { sql: 'a.modified_at', type: 'instant' },
  entitlements: {
    sql: 'h.entitlement_id',
    type: 'uuid',
    someOf: (test: string) =>
      `exists (select from account_entitlement h where h.organization_id = $1 and h.account_id = a.id and ${test})`,
  },
  hasEntitlements: { type: 'choice', choices: hasEntitlements },
  manuallyCorrelated: { type: 'choice', choices: manuallyCorrelated },
  origin: { type: 'choice', choices: origins },
  ownerName: { sql: 'a.owner_name_key', type: 'folded' },
  ownerCorrelated: { type: 'choice', choices: ownerCorrelated },
  identityState: { type: 'choice', choices: identityStates },
  /** Nothing here recommends accounts. */
  recommendation: { type: 'choice', choices: {} },
} as const satisfies ColumnTable;

/** Accounts of one key are found by an index of their own, so that no list is sorted as a whole. */
export interface SortGroup {
  readonly where: string;
  /** By which they are sorted among themselves before any further key. */
  readonly by?: string;
}

/** What accounts may be sorted by: a column with an index that ends in `id`, or few groups in ascending order. */
export type SortKey = { readonly sql: string } | { readonly groups: readonly SortGroup[] };

const groups = (choices: Readonly<Record<string, string>>, absent?: string): SortKey => ({
  groups: [...Object.values(choices), ...(absent ? [absent] : [])].map((where) => ({ where })),
});

const sortKeys: Readonly<Record<string, SortKey>> = {
  id: { sql: 'a.id' },
  name: { sql: 'a.name_key' },
  created: { sql: 'a.created_at' },
  modified: { sql: 'a.modified_at' },
  connectorId: { sql: 'a.connector_id' },
  ownerId: { sql: 'a.owner_id' },
  nativeIdentity: { sql: 'a.native_identity_key' },
  ownerName: { sql: 'a.owner_name_key' },
  entitlements: { sql: 'a.entitlement_count' },
  uuid: { groups: [{ where: 'a.uuid is not null', by: 'a.uuid collate "C"' }, { where: 'a.uuid is null' }] },
  hasEntitlements: groups(hasEntitlements),
  manuallyCorrelated: groups(manuallyCorrelated),
  origin: groups(origins),
  ownerCorrelated: groups(ownerCorrelated, 'a.owner_id is null'),
  identityState: groups(identityStates, 'a.owner_id is null'),
};

export function sortKeyOf({ path }: Sort): SortKey {
  const key = Object.hasOwn(sortKeys, path) ? sortKeys[path] : undefined;
  if (!key) throw new Error(`accounts are not sorted by ${path}`);
  return key;
}
