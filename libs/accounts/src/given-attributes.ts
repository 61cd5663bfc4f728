import {
  type AccountTarget,
  type ConnectorConfig,
  type GivenRow,
  readFreeAttribute,
  readGivenRow,
} from '@app/connectors';
import { compose, InvalidError } from '@app/kernel';

/** What somebody says of an account, by the names he uses; null takes a value away. */
export type GivenAttributes = Readonly<Record<string, unknown>>;

/** Sorted by whether a column of the connector has the name. */
export interface SortedAttributes {
  readonly cells: ReadonlyMap<string, string>;
  readonly free: Readonly<Record<string, string | null>>;
  /** Of those without a column of their own: who the account is to be called. */
  readonly fallbackName: string | undefined;
}

/** Where it is said whose accounts are meant. */
const sourceName = 'sourceId';
/** Stands for the name of an account whose connector has no column for it. Headers are trimmed: none is this one. */
const nameCell = ' name';

const longestValue = 4_000;
const mostFree = 200;
const mostBytes = 65_536;
/** One cell of these is a list; each of its values has a limit of its own. */
const lists: readonly (AccountTarget | undefined)[] = ['groups', 'roles', 'entitlements'];

/**
 * A name that is a column’s header, or the attribute a column is mapped to, means that column; any other stays a free
 * attribute.
 */
export function sortAttributes(config: ConnectorConfig, given: GivenAttributes): SortedAttributes {
  const cells = new Map<string, string>();
  const free: Record<string, string | null> = {};
  for (const [sent, value] of Object.entries(given)) {
    if (sent === sourceName) continue;
    const name = compose(sent).trim();
    const text = textOf(name, value);
    const column = columnOf(config, name);
    if (text.length > longestValue && !lists.includes(config.mapping[column ?? ''])) {
      const named = `attributes.${shown(name)}`;
      throw InvalidError.field(named, `${named} must not be longer than ${longestValue} characters.`);
    }
    if (column === undefined) {
      if (Object.hasOwn(free, name)) throw twice(name);
      free[name] = readFreeAttribute(name, text);
    } else if (cells.has(column)) throw twice(name);
    else cells.set(column, text);
  }
  const fallbackName = headerOf(config, 'name') === undefined ? (free['name'] ?? free['displayName']) : undefined;
  return { cells, free, fallbackName: fallbackName ?? undefined };
}

/** Who an account is that is to be made: its column, else `id`, else `userName`. */
export function withNativeIdentity(
  config: ConnectorConfig,
  given: GivenAttributes,
  { cells }: SortedAttributes,
): Map<string, string> {
  const column = headerOf(config, 'nativeIdentity')!;
  const said = [cells.get(column), given['id'], given['userName']].map((value) => textOf('id', value ?? null));
  const found = said.find((text) => text.trim() !== '');
  if (found === undefined) {
    throw InvalidError.field('attributes', `attributes must name the account: ${column}, id or userName.`);
  }
  return new Map([...cells, [column, found]]);
}

/** The cells as a row; the name also where the connector has no column for it. */
export function readNamedRow(config: ConnectorConfig, cells: ReadonlyMap<string, string>, name = ''): GivenRow {
  if (headerOf(config, 'name') !== undefined) return readGivenRow(config, cells);
  const mapping = { ...config.mapping, [nameCell]: 'name' as const };
  return readGivenRow({ ...config, mapping }, new Map([...cells, [nameCell, name]]));
}

/**
 * Whoever reads a list of accounts reads all their attributes, so that no account may grow without end. What a file or a
 * former release has made larger may stay and shrink.
 * @throws {InvalidError} for attributes that are more than they may be, and more than they were
 */
export function requireLimited(config: ConnectorConfig, before: GivenAttributes, after: GivenAttributes): void {
  const free = (attributes: GivenAttributes) =>
    Object.keys(attributes).filter((name) => headerOf(config, `attributes.${name}`) === undefined).length;
  const bytes = (attributes: GivenAttributes) => Buffer.byteLength(JSON.stringify(attributes));
  if (free(after) > mostFree && free(after) > free(before)) {
    throw InvalidError.field(
      'attributes',
      `attributes must not name more than ${mostFree} that no column is mapped to.`,
    );
  }
  if (bytes(after) > mostBytes && bytes(after) > bytes(before)) {
    throw InvalidError.field('attributes', `attributes must not be more than ${mostBytes} bytes of JSON together.`);
  }
}

export function headerOf({ mapping }: ConnectorConfig, target: AccountTarget): string | undefined {
  return Object.keys(mapping).find((column) => mapping[column] === target);
}

function columnOf(config: ConnectorConfig, name: string): string | undefined {
  if (Object.hasOwn(config.mapping, name)) return name;
  return headerOf(config, `attributes.${name}`);
}

/** Values are texts; clients that send numbers and truths mean their texts. */
function textOf(name: string, value: unknown): string {
  if (value === null) return '';
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value))) return String(value);
  throw InvalidError.field(`attributes.${shown(name)}`, `attributes.${shown(name)} must be a text.`);
}

function twice(name: string): InvalidError {
  return InvalidError.field(`attributes.${shown(name)}`, `attributes.${shown(name)} is given twice.`);
}

function shown(name: string): string {
  return name.length > 100 ? `${name.slice(0, 100)}…` : name;
}
