/** The operators of the SailPoint standard collection parameters; each field supports the ones its table names. */
export type Operator = 'eq' | 'ne' | 'gt' | 'ge' | 'lt' | 'le' | 'co' | 'sw' | 'in' | 'ca' | 'pr' | 'isnull';

/** What a public filter field stands for: our typed path, the type of its values, the operators it supports. */
export type Field =
  | { readonly path: string; readonly type: 'text' | 'id'; readonly ops: readonly Operator[] }
  | {
      readonly path: string;
      readonly type: 'enum';
      readonly ops: readonly Operator[];
      readonly values: readonly string[];
    }
  | {
      readonly path: string;
      readonly type: 'boolean' | 'number' | 'instant';
      readonly ops: readonly Exclude<Operator, 'co' | 'sw'>[];
    };

/** A listing's filter contract by wire name, written `as const satisfies FieldTable`. Our choice: what it lacks is refused. */
export type FieldTable = Readonly<Record<string, Field>>;

/** A listing's sort contract: wire name to our typed path. */
export type SortTable = Readonly<Record<string, string>>;

/** One sort key; the first of a list is the primary one. */
export interface Sort {
  readonly path: string;
  readonly direction: 'asc' | 'desc';
}

/** Own entries only: `__proto__` or `constructor` sent as a field name finds nothing. */
export function entryOf<T>(table: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}
