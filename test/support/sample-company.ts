import { readFileSync } from 'node:fs';
import { parse } from 'csv-parse/sync';

const folder = new URL('../../demo/company/', import.meta.url);

interface ConnectorConfig {
  kind: string;
  separator: string;
  authoritative: boolean;
  priority: number;
  mapping: Record<string, string>;
  ownerMapping?: Record<string, string>;
  correlationRules: { account: string; owner: string }[];
  privilegedEntitlements: string[];
  highlyPrivilegedEntitlements: string[];
  deletionThreshold: { percent: number; rows: number };
}

interface Source {
  application: { displayName: string; description: string };
  connector: { displayName: string; description: string; config: ConnectorConfig };
  file: string;
}

/** The values of one row by mapping target; an owner's fields likewise. */
export type Row = Record<string, string>;

export interface SampleAccount {
  row: Row;
  source: Source;
  owner: Row | undefined;
}

export function readCompany(): { referenceDate: string; name: string; systems: Source[] } {
  return JSON.parse(readFileSync(new URL('company.json', folder), 'utf8')) as ReturnType<typeof readCompany>;
}

export function readSource(file: string): string {
  return readFileSync(new URL(file, folder), 'utf8');
}

export function rowsOf({ file, connector: { config } }: Source): Row[] {
  const records = parse<Row>(readSource(file), { bom: true, columns: true, delimiter: config.separator });
  return records.map((record) => renamed(record, config.mapping));
}

export function ownersOf(source: Source): Row[] {
  return rowsOf(source).map((row) => renamed(row, source.connector.config.ownerMapping ?? {}));
}

/** Every account with the owner its connector's rules give it: the first rule that finds exactly one. */
export function accountsOf(systems: Source[], owners: Row[]): SampleAccount[] {
  return systems.flatMap((source) => {
    const finders = source.connector.config.correlationRules.map((rule) => {
      const byKey = Map.groupBy(owners, (owner) => fold(owner[rule.owner]));
      return (row: Row) => (row[rule.account] ? byKey.get(fold(row[rule.account])) : undefined);
    });

    return rowsOf(source).map((row) => {
      const found = finders.map((find) => find(row)).find((candidates) => candidates?.length === 1);
      return { row, source, owner: found?.[0] };
    });
  });
}

export function fold(text = ''): string {
  return text.normalize('NFC').toLowerCase();
}

export function valuesOf(row: Row, target: string): string[] {
  return row[target] ? row[target].split('|') : [];
}

function renamed(record: Row, names: Record<string, string>): Row {
  return Object.fromEntries(Object.entries(names).map(([from, to]) => [to, record[from] ?? '']));
}
