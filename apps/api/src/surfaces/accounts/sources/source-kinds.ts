import { connectionTypeOf } from '@app/accounts';

/** What a kind of connector is called on this surface. */
interface SourceKind {
  readonly type: string;
  readonly connectorName: string;
  readonly connectorClass: string;
  readonly features: readonly string[];
}

const kinds: Readonly<Record<string, SourceKind>> = {
  'delimited-file': {
    type: 'DelimitedFile',
    connectorName: 'Delimited File',
    connectorClass: 'ostiary.connectors.v1.DelimitedFile',
    // A delimited file is read as a whole and written by nobody: no feature that provisions.
    features: ['DISCOVER_SCHEMA', 'NO_RANDOM_ACCESS'],
  },
};

export function sourceKindOf(kind: string) {
  const known = kinds[kind] ?? { type: kind, connectorName: kind, connectorClass: kind, features: [] };
  return { ...known, connectionType: connectionTypeOf(kind) };
}

/** What every kind there is shows of itself, by its own name. */
export function toldOfKinds<T>(told: (kind: ReturnType<typeof sourceKindOf>) => T): Record<string, T> {
  return Object.fromEntries(Object.keys(kinds).map((kind) => [kind, told(sourceKindOf(kind))]));
}
