import { type AccountTarget, type ConnectorConfig, type PersonKeys, readGivenRow, rulesOf } from '@app/connectors';
import { InvalidError } from '@app/kernel';
import type { StoredAccount } from './stored-account.js';

/** What an account holds as the cells of a row of its connector, by the names of the columns; as far as it is stored. */
export function cellsOf(account: StoredAccount): Map<string, string> {
  const marks = ownMarks(account);
  const cells = new Map<string, string>();
  for (const [column, target] of Object.entries(account.config.mapping)) {
    cells.set(column, cellOf(account, target, marks));
  }
  return cells;
}

/** Whom the account is about, as far as what is stored of its row tells. */
export function personOf(account: StoredAccount): PersonKeys | null {
  if (!account.config.authoritative) return null;
  try {
    return readGivenRow(account.config, cellsOf(account)).person;
  } catch (error) {
    // What was taken over by other rules of reading than today's tells nobody.
    if (error instanceof InvalidError) return null;
    throw error;
  }
}

type Marks = Partial<Record<AccountTarget, boolean>>;

function cellOf(account: StoredAccount, target: AccountTarget, marks: Marks): string {
  if (target.startsWith('attributes.')) return textOf(account.attributes[target.slice('attributes.'.length)]);
  switch (target) {
    case 'nativeIdentity':
      return account.native_identity;
    case 'name':
      return account.name;
    case 'displayName':
      return textOf(account.display_name);
    case 'uuid':
      return textOf(account.uuid);
    case 'email':
      return textOf(account.email);
    case 'description':
      return textOf(account.description);
    case 'disabled':
      return textOf(account.disabled);
    case 'locked':
      return textOf(account.locked);
    case 'systemAccount':
      return textOf(account.system_account);
    case 'createdAt':
      return textOf(account.source_created_at);
    case 'lastLoginAt':
      return textOf(account.last_login_at);
    case 'mfaEnabled':
      return textOf(account.mfa_enabled);
    case 'passwordEnabled':
      return textOf(account.password_enabled);
    case 'passwordLastSetAt':
      return textOf(account.password_last_set_at);
    case 'vaulted':
      return textOf(account.vaulted);
    case 'shared':
      return textOf(account.shared);
    case 'breached':
      return textOf(account.breached);
    case 'failedLoginsLastHour':
      return textOf(account.failed_logins);
    case 'groups':
    case 'roles':
    case 'entitlements':
      return account.held.flatMap(({ attribute, value }) => (attribute === target ? value : [])).join('|');
    case 'identityId':
    case 'userPrincipalName':
      return comparedBy(account, target);
    default:
      return textOf(marks[target]);
  }
}

/** Stored only as what a correlation rule compares; folded, as it is compared. */
function comparedBy({ config, correlation_keys, applied_rules }: StoredAccount, target: AccountTarget): string {
  const sameRules = applied_rules === null || applied_rules === rulesOf(config);
  const position = config.correlationRules.findIndex((rule) => rule.account === target);
  return sameRules && position >= 0 ? textOf(correlation_keys[position]) : '';
}

/** Marks that do not come from what the account holds: those are told again by its groups and roles. */
function ownMarks(account: StoredAccount): Marks {
  const { privilegedEntitlements, highlyPrivilegedEntitlements }: ConnectorConfig = account.config;
  const holds = (values: readonly string[], role: boolean) =>
    account.held.some(({ attribute, value }) => (attribute === 'roles') === role && values.includes(value));
  const highGroup = holds(highlyPrivilegedEntitlements, false);
  const group = highGroup || holds(privilegedEntitlements, false);
  const highRole = holds(highlyPrivilegedEntitlements, true);
  const role = highRole || holds(privilegedEntitlements, true);
  const { in_highly_privileged_group, in_privileged_group, has_highly_privileged_role, privileged } = account;
  return {
    inHighlyPrivilegedGroup: in_highly_privileged_group && !highGroup,
    inPrivilegedGroup: in_privileged_group && !group && !in_highly_privileged_group,
    hasHighlyPrivilegedRole: has_highly_privileged_role && !highRole,
    privileged: privileged && !in_privileged_group && !has_highly_privileged_role && !role,
  };
}

function textOf(value: unknown): string {
  return value === null || value === undefined ? '' : typeof value === 'string' ? value : JSON.stringify(value);
}
