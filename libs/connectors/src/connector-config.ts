import { type ErrorDetail, InvalidError, isStorable } from '@app/kernel';
import {
  type AccountTarget,
  accountTargets,
  type OwnerField,
  ownerFields,
  readAccountTarget,
  readOwnerField,
} from './targets.js';

export interface CorrelationRule {
  /** Where the account tells whom it belongs to. */
  readonly account: AccountTarget;
  /** What of the owner it is compared with; `email` includes the alternative address. */
  readonly owner: 'identityId' | 'email';
}

export interface DelimitedFileConfig {
  readonly kind: 'delimited-file';
  readonly separator: ',' | ';' | '\t' | '|';
  /** Column header -> account field. Columns that are not named here are not read. */
  readonly mapping: Readonly<Record<string, AccountTarget>>;
  readonly authoritative: boolean;
  /** Lower ones run first when all are started, so theirs is a person whom several authoritative connectors know. */
  readonly priority: number;
  /** Account field -> owner field; only for authoritative connectors. */
  readonly ownerMapping: Readonly<Record<string, OwnerField>>;
  /** Tried in order; the first that finds anybody decides, and two candidates are nobody. */
  readonly correlationRules: readonly CorrelationRule[];
  readonly privilegedEntitlements: readonly string[];
  readonly highlyPrivilegedEntitlements: readonly string[];
  /** A run that would remove more than both waits for a confirmation. */
  readonly deletionThreshold: { readonly percent: number; readonly rows: number };
}

export type ConnectorConfig = DelimitedFileConfig;

/**
 * What of the configuration decides how a row is read: under another reading the same row says another thing. Correlation
 * rules are not of it, for they are applied to accounts already read.
 */
export function readingOf(config: ConnectorConfig): string {
  const sorted = (record: Readonly<Record<string, string>>) =>
    Object.entries(record).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([
    sorted(config.mapping),
    config.authoritative,
    sorted(config.ownerMapping),
    config.privilegedEntitlements.toSorted(),
    config.highlyPrivilegedEntitlements.toSorted(),
  ]);
}

/** The rules an account's correlation keys are made by. */
export function rulesOf({ correlationRules }: ConnectorConfig): string {
  return JSON.stringify(correlationRules.map(({ account, owner }) => [account, owner]));
}

const defaultRules: readonly CorrelationRule[] = [
  { account: 'identityId', owner: 'identityId' },
  { account: 'email', owner: 'email' },
  { account: 'userPrincipalName', owner: 'email' },
];

const knownKeys = [
  '@type',
  'kind',
  'separator',
  'mapping',
  'authoritative',
  'priority',
  'ownerMapping',
  'correlationRules',
  'privilegedEntitlements',
  'highlyPrivilegedEntitlements',
  'deletionThreshold',
];

type Json = Readonly<Record<string, unknown>>;

/** Reads a connector's configuration as its users write it, or says everything that is wrong with it at once. */
export function parseConnectorConfig(input: unknown): ConnectorConfig {
  const problems = new Problems();
  const json: Json = isJson(input) ? input : problems.add('config', 'must be an object', {});
  for (const key of Object.keys(json)) {
    if (!knownKeys.includes(key))
      problems.add(`config.${key}`, `is not known; known are ${knownKeys.slice(1).join(', ')}`, undefined);
  }
  if (json['kind'] !== 'delimited-file') problems.add('config.kind', 'must be "delimited-file"', undefined);

  const authoritative = optional(
    json['authoritative'],
    false,
    isBoolean,
    'config.authoritative',
    'must be true or false',
    problems,
  );
  const mapping = readMapping(json['mapping'], problems);
  const config: ConnectorConfig = {
    kind: 'delimited-file',
    separator: optional(
      json['separator'],
      ',',
      isSeparator,
      'config.separator',
      'must be "," ";" "|" or a tab',
      problems,
    ),
    mapping,
    authoritative,
    priority: optional(
      json['priority'],
      100,
      isWholeNumber(1, 1000),
      'config.priority',
      'must be a whole number from 1 to 1000',
      problems,
    ),
    ownerMapping: readOwnerMapping(json['ownerMapping'], authoritative, mapping, problems),
    correlationRules: readRules(json['correlationRules'], problems),
    privilegedEntitlements: readValues(json['privilegedEntitlements'], 'config.privilegedEntitlements', problems),
    highlyPrivilegedEntitlements: readValues(
      json['highlyPrivilegedEntitlements'],
      'config.highlyPrivilegedEntitlements',
      problems,
    ),
    deletionThreshold: readThreshold(json['deletionThreshold'], problems),
  };
  problems.throwIfAny();
  return config;
}

class Problems {
  private readonly details: ErrorDetail[] = [];

  add<T>(field: string, message: string, instead: T): T {
    this.details.push({ field, message });
    return instead;
  }

  throwIfAny(): void {
    const [first] = this.details;
    if (first) throw new InvalidError(`${first.field} ${first.message}.`, this.details);
  }
}

function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const isBoolean = (value: unknown): value is boolean => typeof value === 'boolean';
const isSeparator = (value: unknown): value is DelimitedFileConfig['separator'] =>
  [',', ';', '\t', '|'].includes(value as string);
const isWholeNumber =
  (min: number, max: number) =>
  (value: unknown): value is number =>
    Number.isInteger(value) && (value as number) >= min && (value as number) <= max;

function optional<T>(
  value: unknown,
  absent: T,
  is: (v: unknown) => v is T,
  field: string,
  expected: string,
  problems: Problems,
): T {
  if (value === undefined || value === null) return absent;
  return is(value) ? value : problems.add(field, expected, absent);
}

function readMapping(value: unknown, problems: Problems): Record<string, AccountTarget> {
  const mapping: Record<string, AccountTarget> = Object.create(null) as Record<string, AccountTarget>;
  if (!isJson(value)) return problems.add('config.mapping', 'must map column headers to account fields', mapping);

  for (const [column, target] of Object.entries(value)) {
    const field = `config.mapping.${column}`;
    const read = typeof target === 'string' ? readAccountTarget(target) : undefined;
    if (!isStorable(column) || column.trim() === '') problems.add(field, 'is not a column header', undefined);
    else if (!read) problems.add(field, `must be attributes.<name> or one of ${accountTargets.join(', ')}`, undefined);
    else if (Object.values(mapping).includes(read))
      problems.add(field, `maps to ${read}, as another column does`, undefined);
    else mapping[column] = read;
  }
  if (!Object.values(mapping).includes('nativeIdentity')) {
    problems.add('config.mapping', 'must map one column to nativeIdentity, the account’s own id', undefined);
  }
  return mapping;
}

function readOwnerMapping(
  value: unknown,
  authoritative: boolean,
  mapping: Readonly<Record<string, AccountTarget>>,
  problems: Problems,
): Record<string, OwnerField> {
  const read: Record<string, OwnerField> = Object.create(null) as Record<string, OwnerField>;
  if (value === undefined || value === null) {
    if (authoritative) problems.add('config.ownerMapping', 'is required for an authoritative connector', undefined);
    return read;
  }
  if (!isJson(value)) return problems.add('config.ownerMapping', 'must map account fields to owner fields', read);
  // An empty one is how a connector without any prints itself.
  if (!authoritative && Object.keys(value).length === 0) return read;
  if (!authoritative) return problems.add('config.ownerMapping', 'is for authoritative connectors only', read);

  const mapped = new Set<string>(Object.values(mapping));
  for (const [source, ownerField] of Object.entries(value)) {
    const field = `config.ownerMapping.${source}`;
    const target = readAccountTarget(source);
    const owner = typeof ownerField === 'string' ? readOwnerField(ownerField) : undefined;
    if (!target || !mapped.has(target))
      problems.add(field, 'is not an account field that config.mapping reads', undefined);
    else if (!owner) problems.add(field, `must be metadata.<key> or one of ${ownerFields.join(', ')}`, undefined);
    else if (Object.values(read).includes(owner))
      problems.add(field, `maps to ${owner}, as another field does`, undefined);
    else read[target] = owner;
  }
  if (!Object.values(read).includes('name'))
    problems.add('config.ownerMapping', 'must give the owner a name', undefined);
  return read;
}

/** Rules by themselves, as in a configuration. */
export function parseCorrelationRules(input: unknown): readonly CorrelationRule[] {
  const problems = new Problems();
  const rules = readRules(input, problems, 'correlationRules');
  problems.throwIfAny();
  return rules;
}

function readRules(value: unknown, problems: Problems, name = 'config.correlationRules'): readonly CorrelationRule[] {
  if (value === undefined || value === null) return defaultRules;
  if (!Array.isArray(value) || value.length > 20) {
    return problems.add(name, 'must be a list of at most 20 rules', defaultRules);
  }
  return value.flatMap((rule: unknown, i) => {
    const field = `${name}[${i}]`;
    const account =
      isJson(rule) && typeof rule['account'] === 'string' ? readAccountTarget(rule['account']) : undefined;
    const owner = isJson(rule) && typeof rule['owner'] === 'string' ? readOwnerField(rule['owner']) : undefined;
    if (!account) return problems.add(`${field}.account`, 'must be an account field or attributes.<name>', []);
    if (owner !== 'identityId' && owner !== 'email')
      return problems.add(`${field}.owner`, 'must be identityId or email', []);
    return [{ account, owner }];
  });
}

function readValues(value: unknown, field: string, problems: Problems): readonly string[] {
  if (value === undefined || value === null) return [];
  const valid =
    Array.isArray(value) &&
    value.length <= 10_000 &&
    value.every((item) => typeof item === 'string' && isStorable(item));
  return valid ? [...new Set(value as string[])] : problems.add(field, 'must be a list of texts', []);
}

function readThreshold(value: unknown, problems: Problems): ConnectorConfig['deletionThreshold'] {
  const absent = { percent: 20, rows: 10 };
  if (value === undefined || value === null) return absent;
  if (!isJson(value)) return problems.add('config.deletionThreshold', 'must be {percent, rows}', absent);
  const percent = isWholeNumber(0, 100);
  const rows = isWholeNumber(0, 1_000_000_000);
  return {
    percent: optional(
      value['percent'],
      20,
      percent,
      'config.deletionThreshold.percent',
      'must be a whole number from 0 to 100',
      problems,
    ),
    rows: optional(value['rows'], 10, rows, 'config.deletionThreshold.rows', 'must be a whole number', problems),
  };
}
