import { type AccountTarget, type ConnectorConfig, correlationKeyOf, type CorrelationRule } from '@app/connectors';

/** What is kept of an account that may tell whose it is. */
export interface ComparedAccount {
  readonly native_identity: string;
  readonly name: string;
  readonly display_name: string | null;
  readonly uuid: string | null;
  readonly email: string | null;
  readonly description: string | null;
  readonly attributes: Readonly<Record<string, unknown>>;
  /** What the applied rules compare, in their order. */
  readonly correlation_keys: readonly (string | null)[];
}

/** How the connector of such an account is read. */
export interface ComparingConnector {
  readonly config: ConnectorConfig;
  readonly applied_rules: string | null;
}

/** Of `a`; whole attributes may be left out where nothing looks at them. */
export const comparedColumns = `a.native_identity, a.name, a.display_name, a.uuid, a.email, a.description, a.correlation_keys`;

const kept: Readonly<Partial<Record<AccountTarget, (account: ComparedAccount) => string | null>>> = {
  nativeIdentity: (account) => account.native_identity,
  name: (account) => account.name,
  displayName: (account) => account.display_name,
  uuid: (account) => account.uuid,
  email: (account) => account.email,
  description: (account) => account.description,
};

/** Account fields in the order in which their keys were made; none where no rules were applied yet. */
export function appliedFields({ applied_rules, config }: ComparingConnector): readonly AccountTarget[] {
  if (applied_rules === null) return rulesIn(config).map(({ account }) => account);
  return (JSON.parse(applied_rules) as readonly [AccountTarget, string][]).map(([account]) => account);
}

export function rulesIn(config: ConnectorConfig): readonly CorrelationRule[] {
  return (config as Partial<ConnectorConfig>).correlationRules ?? [];
}

/** Whether a field is kept of accounts, or at least what of it is compared. */
export function isKept(field: AccountTarget, applied: readonly AccountTarget[]): boolean {
  return applied.includes(field) || field in kept || field.startsWith('attributes.');
}

/** The text of a field, as far as it is kept. */
export function textOfField(account: ComparedAccount, field: AccountTarget): string | null {
  if (!field.startsWith('attributes.')) return kept[field]?.(account) ?? null;
  const name = field.slice('attributes.'.length);
  const value = Object.hasOwn(account.attributes, name) ? account.attributes[name] : null;
  return value === null ? null : typeof value === 'string' ? value : JSON.stringify(value);
}

/** What a rule compares of a field: as a run has read it where it did, else as the account has it now. */
export function keyOfField(
  account: ComparedAccount,
  field: AccountTarget,
  applied: readonly AccountTarget[],
): string | null {
  const { correlation_keys: keys } = account;
  const place = keys.length === applied.length ? applied.indexOf(field) : -1;
  return place >= 0 ? (keys[place] ?? null) : correlationKeyOf(textOfField(account, field));
}
