import { isDeepStrictEqual } from 'node:util';
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
  /** Columns by the names they were given under, which refusals repeat. */
  readonly names: ReadonlyMap<string, string>;
}

/** As much of an account as decides what is meant by a name. */
export interface ShownAccount {
  readonly config: ConnectorConfig;
  readonly attributes: GivenAttributes;
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
 * What is said of an account that is to be made. A name that is a column’s header, or the attribute a column is mapped
 * to, means that column; any other stays a free attribute.
 */
export function sortAttributes(config: ConnectorConfig, given: GivenAttributes): SortedAttributes {
  return named(config, sort(config, given));
}

/** What is said of an account that is there, by the names its client reads: what is said as it is shown is no change. */
export function sortChanges({ config, attributes }: ShownAccount, given: GivenAttributes): SortedAttributes {
  return named(config, sort(config, given, attributes), attributes);
}

/** Likewise; and what the account shows and is not said goes. Of what it does not show nothing else is touched. */
export function sortReplacement({ config, attributes }: ShownAccount, given: GivenAttributes): SortedAttributes {
  const said = sort(config, given, attributes);
  for (const name of Object.keys(attributes)) {
    const column = headerOf(config, `attributes.${name}`);
    if (name === sourceName || (column === undefined ? said.freeNames.has(name) : said.names.has(column))) continue;
    if (column === undefined) said.free[name] = null;
    else said.cells.set(column, '');
  }
  return named(config, said, attributes);
}

export function saysNothing({ cells, free }: SortedAttributes): boolean {
  return cells.size === 0 && Object.keys(free).length === 0;
}

interface Sorted {
  readonly cells: Map<string, string>;
  readonly free: Record<string, string | null>;
  readonly names: Map<string, string>;
  readonly freeNames: Set<string>;
}

function sort(config: ConnectorConfig, given: GivenAttributes, shownNow?: GivenAttributes): Sorted {
  const sorted: Sorted = { cells: new Map(), free: {}, names: new Map(), freeNames: new Set() };
  const { cells, free, names, freeNames } = sorted;
  for (const [sent, value] of Object.entries(given)) {
    if (sent === sourceName) continue;
    const name = shownNow && Object.hasOwn(shownNow, sent) ? sent : compose(sent).trim();
    const column = columnOf(config, name, shownNow);
    if (column === undefined ? freeNames.has(name) : names.has(column)) throw twice(name);
    if (column === undefined) freeNames.add(name);
    else names.set(column, pathOf(name));
    // It stays whatever it is, also where it could not be said today.
    if (shownNow && Object.hasOwn(shownNow, name) && isDeepStrictEqual(shownNow[name], value)) continue;

    const text = textOf(name, value);
    if (text.length > longestValue && !lists.includes(config.mapping[column ?? ''])) {
      throw InvalidError.field(pathOf(name), `${pathOf(name)} must not be longer than ${longestValue} characters.`);
    }
    if (column === undefined) free[name] = readFreeAttribute(name, text);
    else cells.set(column, text);
  }
  return sorted;
}

function named(
  config: ConnectorConfig,
  { cells, free, names }: Sorted,
  shownNow: GivenAttributes = {},
): SortedAttributes {
  return { cells, free, names, fallbackName: nameAmong(config, free, shownNow) };
}

/** Where no column is the name, `name` is, else `displayName`; if one of them is another now. */
function nameAmong(
  config: ConnectorConfig,
  free: SortedAttributes['free'],
  shownNow: GivenAttributes,
): string | undefined {
  if (headerOf(config, 'name') !== undefined) return undefined;
  const said = (name: string) => Object.hasOwn(free, name);
  const held = (name: string) => {
    if (said(name)) return free[name];
    return Object.hasOwn(shownNow, name) && headerOf(config, `attributes.${name}`) === undefined
      ? shownNow[name]
      : undefined;
  };
  const decides = said('name') || (said('displayName') && (held('name') ?? null) === null);
  const name = decides ? (held('name') ?? held('displayName')) : undefined;
  return typeof name === 'string' ? name : undefined;
}

/** With who the account is that is to be made: its column, else `id`, else `userName`. */
export function withNativeIdentity(
  config: ConnectorConfig,
  given: GivenAttributes,
  sorted: SortedAttributes,
): SortedAttributes {
  const { cells, names } = sorted;
  const column = headerOf(config, 'nativeIdentity')!;
  const said = [
    [names.get(column), cells.get(column)],
    ['attributes.id', textOf('id', given['id'] ?? null)],
    ['attributes.userName', textOf('userName', given['userName'] ?? null)],
  ] as const;
  const [name, text] = said.find(([, one]) => one !== undefined && one.trim() !== '') ?? [];
  if (name === undefined || text === undefined) {
    throw InvalidError.field('attributes', `attributes must name the account: ${column}, id or userName.`);
  }
  return { ...sorted, cells: new Map([...cells, [column, text]]), names: new Map([...names, [column, name]]) };
}

/** The cells as a row; the name also where the connector has no column for it. Refusals call columns by these names. */
export function readNamedRow(
  config: ConnectorConfig,
  cells: ReadonlyMap<string, string>,
  name = '',
  names: SortedAttributes['names'] = new Map(),
): GivenRow {
  if (headerOf(config, 'name') !== undefined) return readGivenRow(config, cells, names);
  const mapping = { ...config.mapping, [nameCell]: 'name' as const };
  return readGivenRow(
    { ...config, mapping },
    new Map([...cells, [nameCell, name]]),
    new Map([...names, [nameCell, 'The name']]),
  );
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

/**
 * The column that is meant by a name: its header, the attribute it is mapped to, or that as the mapping spells it. A name
 * that is the header of one and the attribute of another means the header where nothing is shown, as in the file, and
 * otherwise what is shown.
 */
export function columnOf(config: ConnectorConfig, name: string, shownNow?: GivenAttributes): string | undefined {
  const ofAttribute = headerOf(config, `attributes.${name}`);
  if (shownNow && (ofAttribute !== undefined || Object.hasOwn(shownNow, name))) return ofAttribute;
  if (Object.hasOwn(config.mapping, name)) return name;
  return ofAttribute ?? (isAttribute(name) ? headerOf(config, name) : undefined);
}

export function isAttribute(name: string): name is `attributes.${string}` {
  return name.startsWith('attributes.');
}

/** Values are texts; clients that send numbers and truths mean their texts. */
function textOf(name: string, value: unknown): string {
  if (value === null) return '';
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value))) return String(value);
  throw InvalidError.field(pathOf(name), `${pathOf(name)} must be a text.`);
}

function twice(name: string): InvalidError {
  return InvalidError.field(pathOf(name), `${pathOf(name)} is given twice.`);
}

/** Where it stands in what was sent. */
function pathOf(name: string): string {
  return `attributes.${name.length > 100 ? `${name.slice(0, 100)}…` : name}`;
}
