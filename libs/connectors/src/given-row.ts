import { InvalidError, isStorable } from '@app/kernel';
import { CellError, textIn } from './cell-values.js';
import type { ConnectorConfig } from './connector-config.js';
import { rowReader } from './row-reader.js';
import type { PersonKeys, SourceAccount } from './source-account.js';

/** What a row that somebody gives by hand says of an account, read as a row of the connector's file is. */
export interface GivenRow {
  /** The account's lasting key in its connector. */
  readonly accountKey: string;
  readonly account: SourceAccount;
  /** From authoritative connectors: whom the row is about. It makes nobody. */
  readonly person: PersonKeys | null;
}

/**
 * Reads cells by the names of their columns; one that is left out is empty.
 * @throws {InvalidError} naming the column, by its name among `names` if it has one
 */
export function readGivenRow(
  config: ConnectorConfig,
  cells: ReadonlyMap<string, string>,
  names: ReadonlyMap<string, string> = new Map(),
): GivenRow {
  const header = Object.keys(config.mapping);
  const row = header.map((column) => cells.get(column) ?? '');
  const called = header.map((column) => names.get(column) ?? column);
  const reader = rowReader({ ...config, authoritative: false }, header, called);
  const account = refusing(() => reader.account(row));
  const accountKey = reader.key(row);
  if (accountKey === null) throw new InvalidError('The account has no uuid, which is the key of this connector.');
  return { accountKey, account, person: rowReader(config, header).person(row) };
}

const longestName = 128;

/** An attribute that no column of the connector is mapped to; an empty one is null. */
export function readFreeAttribute(name: string, text: string): string | null {
  if (name === '' || name.length > longestName || name === '__proto__' || !isStorable(name)) {
    throw new InvalidError(`The name of an attribute must be a text of 1 to ${longestName} characters.`);
  }
  return refusing(() => textIn(text), `attributes.${name} `);
}

function refusing<T>(read: () => T, about = ''): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof CellError) throw new InvalidError(`${about}${error.message}`.replace(/\.?$/, '.'));
    throw error;
  }
}
