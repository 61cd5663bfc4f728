import type { ConnectorConfig, SourceAccount } from '@app/connectors';
import { mappedColumns, mapsEntitlements, type RowValues, rowValues } from './row-columns.js';
import { type HeldValue, rowColumns, type StoredAccount } from './stored-account.js';

type Document = Record<string, unknown>;

/** An account as it will be, and what of it its users see change. */
export interface AccountChange {
  readonly values: RowValues;
  readonly attributes: Readonly<Record<string, unknown>>;
  /** Null where the connector maps no such column: what the account holds stays. */
  readonly holds: readonly HeldValue[] | null;
  readonly before: Document;
  readonly after: Document;
  /** It changes something a row of the connector could say. */
  readonly ofRow: boolean;
}

interface Row {
  readonly account: SourceAccount;
  readonly says: ConnectorConfig['mapping'];
  readonly attributes: Readonly<Record<string, unknown>>;
  /** When the row's momentary figures were taken; null: it has none of its own. */
  readonly figuresAt: string | null;
  /** Whether it says anything that correlation rules compare. */
  readonly rekeys: boolean;
}

/** What a row makes of an account. Whatever it does not say stays as it is. */
export function changeOf(stored: StoredAccount, { account, says, attributes, figuresAt, rekeys }: Row): AccountChange {
  const said = rowValues(account, figuresAt ?? '');
  const values: Document = { ...valuesOf(stored) };
  for (const column of mappedColumns({ mapping: says })) values[column] = said[column];
  if (figuresAt === null) Object.assign(values, { failed_logins_at: stored.failed_logins_at });
  if (!rekeys) Object.assign(values, { correlation_keys: stored.correlation_keys });
  // Until an operation at the source has been decided, what a row says of the state is of the time before.
  if (stored.pending) Object.assign(values, { disabled: stored.disabled, locked: stored.locked });

  const holds = mapsEntitlements({ mapping: says }) ? heldIn(account) : null;
  const next = {
    ...shown(values),
    ...(holds && { entitlements: valuesIn(holds) }),
    attributes: withoutNulls(attributes),
  };
  const now = {
    ...shown(stored),
    ...(holds && { entitlements: valuesIn(stored.held) }),
    attributes: stored.attributes,
  };
  return {
    values: values as unknown as RowValues,
    attributes: next.attributes,
    holds,
    before: differing(now, next),
    after: differing(next, now),
    ofRow: !same(rowsPart(stored.config, now), rowsPart(stored.config, next)) || !same(keysOf(stored), keysOf(values)),
  };
}

/** Without the attributes that no column is mapped to. */
function rowsPart({ mapping }: ConnectorConfig, shownNow: Document & Pick<Row, 'attributes'>): Document {
  const mapped = Object.values(mapping).flatMap((target) =>
    target.startsWith('attributes.') ? target.slice('attributes.'.length) : [],
  );
  const attributes = mapped.map((name) =>
    Object.hasOwn(shownNow.attributes, name) ? shownNow.attributes[name] : null,
  );
  return { ...shownNow, attributes };
}

const keysOf = (values: object) => (values as RowValues).correlation_keys;

function valuesOf(stored: RowValues): RowValues {
  return Object.fromEntries(rowColumns.map((column) => [column, stored[column]])) as unknown as RowValues;
}

export function heldIn({ entitlements }: SourceAccount): HeldValue[] {
  return entitlements
    .map(({ attribute, value }) => ({ attribute: attribute as HeldValue['attribute'], value }))
    .toSorted((a, b) => compare(a.attribute, b.attribute) || compare(a.value, b.value));
}

export function withoutNulls(attributes: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== null));
}

/** The order of the database's own comparison of bytes. */
function compare(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

function valuesIn(held: readonly HeldValue[]): string[] {
  return held.map(({ value }) => value);
}

/** Keys say nothing to a reader that the texts they are made of do not. */
function shown(values: object): Document {
  const columns = rowColumns.filter((column) => !/_keys?$/.test(column) && column !== 'entitlement_count');
  return Object.fromEntries(columns.map((column) => [camelCase(column), (values as Document)[column]]));
}

function differing(these: Document, those: Document): Document {
  return Object.fromEntries(Object.entries(these).filter(([name, value]) => !same(value, those[name])));
}

function same(one: unknown, other: unknown): boolean {
  return stable(one) === stable(other);
}

/** The database keeps the keys of an object in an order of its own. */
function stable(value: unknown): string {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return JSON.stringify(value ?? null);
  return JSON.stringify(Object.entries(value).toSorted(([a], [b]) => compare(a, b)));
}

function camelCase(column: string): string {
  return column.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
