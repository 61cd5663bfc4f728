import { foldOrNull } from '@app/kernel';
import {
  booleanIn,
  CellError,
  dateIn,
  emailIn,
  instantIn,
  limitedTextIn,
  listIn,
  oneOfIn,
  textIn,
  wholeNumberIn,
} from './cell-values.js';
import type { ConnectorConfig } from './connector-config.js';
import type { SourceAccount, SourceEntitlement, SourceOwner } from './source-account.js';
import type { AccountTarget, OwnerField } from './targets.js';

/** Reads one row's cells; made once a file from its header. */
export interface RowReader {
  key(cells: readonly string[]): string | null;
  account(cells: readonly string[]): SourceAccount;
}

export function rowReader(config: ConnectorConfig, header: readonly string[]): RowReader {
  const columns = new Map<AccountTarget, number>();
  for (const [column, target] of Object.entries(config.mapping)) columns.set(target, header.indexOf(column));
  const names = new Map([...columns].map(([target, index]) => [target, header[index] ?? target]));
  const attributeTargets = [...columns.keys()].filter((target) => target.startsWith('attributes.'));
  const ownerSources = new Map<OwnerField, AccountTarget>();
  for (const [target, field] of Object.entries(config.ownerMapping)) ownerSources.set(field, target as AccountTarget);
  const privileges = privilegesOf(config);
  const keyTarget: AccountTarget = columns.has('uuid') ? 'uuid' : 'nativeIdentity';
  const cellsOf =
    (cells: readonly string[]): Cell =>
    (target, read) => {
      const index = columns.get(target);
      try {
        return read(index === undefined ? '' : (cells[index] ?? ''));
      } catch (error) {
        if (error instanceof CellError) throw new CellError(error.reason, `${names.get(target)} ${error.message}.`);
        throw error;
      }
    };

  const account = (cells: readonly string[]): SourceAccount => {
    const cell = cellsOf(cells);
    const nativeIdentity = cell('nativeIdentity', (text) => limitedTextIn(text, 1_024));
    if (nativeIdentity === null) throw new CellError('no_native_identity', `${names.get('nativeIdentity')} is empty.`);
    const entitlements = readEntitlements(cell);
    return {
      ...readAccount(cell, nativeIdentity),
      ...privileges(cell, entitlements),
      entitlements,
      attributes: readAttributes(cell, attributeTargets),
      correlation: config.correlationRules.map((rule) => cell(rule.account, (text) => limitedTextIn(text, 1_024))),
      owner: config.authoritative ? readOwner(cell, ownerSources, nativeIdentity) : null,
    };
  };
  const key = (cells: readonly string[]): string | null => {
    try {
      return foldOrNull(cellsOf(cells)(keyTarget, (text) => limitedTextIn(text, 1_024)));
    } catch {
      return null;
    }
  };
  return { key, account };
}

type Cell = <T>(target: AccountTarget, read: (text: string) => T) => T;

function readAccount(cell: Cell, nativeIdentity: string) {
  return {
    nativeIdentity,
    name: cell('name', (text) => limitedTextIn(text, 1_024)) ?? nativeIdentity,
    displayName: cell('displayName', (text) => limitedTextIn(text, 1_024)),
    uuid: cell('uuid', (text) => limitedTextIn(text, 256)),
    email: cell('email', emailIn),
    description: cell('description', textIn),
    disabled: cell('disabled', booleanIn) ?? false,
    locked: cell('locked', booleanIn) ?? false,
    systemAccount: cell('systemAccount', booleanIn) ?? false,
    createdAt: cell('createdAt', instantIn),
    lastLoginAt: cell('lastLoginAt', instantIn),
    mfaEnabled: cell('mfaEnabled', booleanIn),
    passwordEnabled: cell('passwordEnabled', booleanIn) ?? true,
    passwordLastSetAt: cell('passwordLastSetAt', instantIn),
    vaulted: cell('vaulted', booleanIn) ?? false,
    shared: cell('shared', booleanIn) ?? false,
    breached: cell('breached', booleanIn) ?? false,
    failedLogins: cell('failedLoginsLastHour', wholeNumberIn) ?? 0,
  } satisfies Partial<SourceAccount>;
}

const entitlementKinds = { groups: 'group', roles: 'role', entitlements: 'group' } as const;

function readEntitlements(cell: Cell): SourceEntitlement[] {
  return (['groups', 'roles', 'entitlements'] as const).flatMap((attribute) =>
    cell(attribute, listIn).map((value) => ({ attribute, value, kind: entitlementKinds[attribute] })),
  );
}

function readAttributes(cell: Cell, targets: readonly AccountTarget[]): Record<string, string | null> {
  return Object.fromEntries(targets.map((target) => [target.slice('attributes.'.length), cell(target, textIn)]));
}

/** Marks from the file and marks from what the account holds are or-ed. */
function privilegesOf(config: ConnectorConfig) {
  const highly = new Set(config.highlyPrivilegedEntitlements);
  const any = new Set([...config.privilegedEntitlements, ...highly]);
  return (cell: Cell, entitlements: readonly SourceEntitlement[]) => {
    const holds = (values: ReadonlySet<string>, kind: 'group' | 'role') =>
      entitlements.some((held) => held.kind === kind && values.has(held.value));
    const inHighlyPrivilegedGroup = (cell('inHighlyPrivilegedGroup', booleanIn) ?? false) || holds(highly, 'group');
    const inPrivilegedGroup =
      inHighlyPrivilegedGroup || (cell('inPrivilegedGroup', booleanIn) ?? false) || holds(any, 'group');
    const hasHighlyPrivilegedRole = (cell('hasHighlyPrivilegedRole', booleanIn) ?? false) || holds(highly, 'role');
    const flagged = cell('privileged', booleanIn) ?? false;
    return {
      inHighlyPrivilegedGroup,
      inPrivilegedGroup,
      hasHighlyPrivilegedRole,
      privileged: flagged || inPrivilegedGroup || hasHighlyPrivilegedRole || holds(any, 'role'),
    };
  };
}

function readOwner(cell: Cell, sources: ReadonlyMap<OwnerField, AccountTarget>, nativeIdentity: string): SourceOwner {
  const field = <T>(name: OwnerField, read: (text: string) => T): T | null => {
    const source = sources.get(name);
    return source === undefined ? null : cell(source, read);
  };
  const text = (name: OwnerField) => field(name, (value) => limitedTextIn(value, 256));
  const name = text('name');
  if (name === null) throw new CellError('no_owner_name', 'The person has no name.');
  const startDate = field('startDate', dateIn);
  const endDate = field('endDate', dateIn);
  if (startDate !== null && endDate !== null && endDate < startDate) {
    throw new CellError('ends_before_start', 'The end date is before the start date.');
  }
  return {
    name,
    email: field('email', emailIn),
    altEmail: field('altEmail', emailIn),
    department: text('department'),
    title: text('title'),
    location: text('location'),
    ownerType: field('ownerType', (value) => oneOfIn(value, ['human', 'service', 'federated'])) ?? 'human',
    employmentType: text('employmentType'),
    status: field('status', (value) => oneOfIn(value, ['active', 'inactive'])) ?? 'active',
    identityId: text('identityId') ?? nativeIdentity,
    mobilePhone: text('mobilePhone'),
    phone: text('phone'),
    startDate,
    endDate,
    metadata: readMetadata(cell, sources),
    manager: text('manager'),
  };
}

function readMetadata(cell: Cell, sources: ReadonlyMap<OwnerField, AccountTarget>): Record<string, string | null> {
  const mapped = [...sources].filter(([field]) => field.startsWith('metadata.'));
  return Object.fromEntries(mapped.map(([field, source]) => [field.slice('metadata.'.length), cell(source, textIn)]));
}
