import type { Sort } from '@app/query';
import type { ColumnTable } from '@app/persistence';

/** What filters may ask of an account, by our own paths. */
export const accountColumns = {
  id: { sql: 'a.id', type: 'uuid' },
  name: { sql: 'a.name_key', type: 'folded' },
  nativeIdentity: { sql: 'a.native_identity_key', type: 'folded' },
  connectorId: { sql: 'a.connector_id', type: 'uuid' },
  ownerId: { sql: 'a.owner_id', type: 'uuid' },
  uncorrelated: { sql: '(a.owner_id is null)', type: 'boolean' },
} as const satisfies ColumnTable;

/** What accounts may be sorted by; each has an index that ends in `id`. */
const accountSortColumns: Readonly<Record<string, string>> = {
  id: 'a.id',
  name: 'a.name_key',
  created: 'a.created_at',
  modified: 'a.modified_at',
};

/**
 * A total order. The closing `id` runs the way of the first key and nulls stand where PostgreSQL puts them (last
 * ascending, first descending), so turning every direction around gives the exact reverse.
 */
export function accountOrder(sorts: readonly Sort[]): string {
  const keys = sorts.map(({ path, direction }) => `${columnOf(path)} ${direction}`);
  if (!sorts.some(({ path }) => path === 'id')) keys.push(`a.id ${sorts[0]?.direction ?? 'asc'}`);
  return keys.join(', ');
}

function columnOf(path: string): string {
  const column = Object.hasOwn(accountSortColumns, path) ? accountSortColumns[path] : undefined;
  if (!column) throw new Error(`accounts are not sorted by ${path}`);
  return column;
}
