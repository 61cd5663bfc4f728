import { sourceOwnerOf } from '@app/connectors';
import { fold } from '@app/kernel';
import { type Condition, everything, mapLeaves, matches, nothing, pathsIn, type Sort } from '@app/query';
import { statement } from '@app/persistence';
import { isFlatFile } from './held-connector.js';

/** How accounts of a kind of connector come here: read from a file, or from the system itself. */
export type ConnectionType = 'direct' | 'file';

export function connectionTypeOf(kind: string): ConnectionType {
  return isFlatFile({ kind }) ? 'file' : 'direct';
}

/** What lists of accounts ask of a connector. */
export interface ConnectorFacts {
  readonly id: string;
  readonly name: string;
  readonly authoritative: boolean;
  readonly kind: string;
  readonly source_owner_name: string | null;
  /** Whether the user the statement names answers for it. */
  readonly own: boolean;
}

/** `$2` is the user whose own connectors are marked, or null. */
export const connectorFacts = statement<ConnectorFacts>(
  'account.connector-facts',
  `select c.id, c.name, c.authoritative, c.kind, s.name as source_owner_name,
     exists (select from connector_owner own
       where own.organization_id = $1 and own.connector_id = c.id and own.user_id = $2::uuid) as own
     from connector c ${sourceOwnerOf('c.id')}
    where c.organization_id = $1 and c.deleted_at is null order by c.id`,
);

const factOf: Readonly<Record<string, (connector: ConnectorFacts) => string | boolean | null>> = {
  connectorName: ({ name }) => name,
  authoritative: ({ authoritative }) => authoritative,
  connectionType: ({ kind }) => connectionTypeOf(kind),
  sourceOwnerName: (connector) => connector.source_owner_name,
};

export function asksOfConnector(path: string): boolean {
  return Object.hasOwn(factOf, path);
}

export function asksConnectors(condition: Condition): boolean {
  return [...pathsIn(condition)].some(asksOfConnector);
}

/** The same condition with what it asks of connectors answered: there are few, and accounts are indexed by theirs. */
export function byConnector(condition: Condition, connectors: readonly ConnectorFacts[]): Condition {
  return mapLeaves(condition, (leaf) => {
    if (!asksOfConnector(leaf.path)) return leaf;
    const found = connectors.filter((one) => matches(leaf, (path) => factOf[path]!(one), fold));
    return found.length === connectors.length ? everything : ofConnectors(found);
  });
}

/** Being an account of one of these. */
export function ofConnectors(connectors: readonly Pick<ConnectorFacts, 'id'>[]): Condition {
  const [only, ...others] = connectors.map(({ id }) => id);
  if (only === undefined) return nothing;
  if (others.length === 0) return { kind: 'compare', path: 'connectorId', op: 'eq', value: only };
  return { kind: 'in', path: 'connectorId', values: [only, ...others] };
}

/** Connectors in the order of what is sorted by; those that are alike in it have one rank. */
export interface ConnectorRanks {
  readonly ids: readonly string[];
  readonly ranks: readonly number[];
}

export function ranksBy({ path }: Sort, connectors: readonly ConnectorFacts[]): ConnectorRanks {
  const keyed = connectors.map((one) => ({ id: one.id, key: keyOf(factOf[path]!(one)) }));
  const keys = [...new Set(keyed.map(({ key }) => key))].toSorted(nullsLast);
  return { ids: keyed.map(({ id }) => id), ranks: keyed.map(({ key }) => keys.indexOf(key)) };
}

function keyOf(value: string | boolean | null): string | null {
  return value === null ? null : fold(String(value));
}

/** By code point, as the database sorts. */
function nullsLast(left: string | null, right: string | null): number {
  if (left === null || right === null) return Number(left === null) - Number(right === null);
  return Buffer.compare(Buffer.from(left), Buffer.from(right));
}
