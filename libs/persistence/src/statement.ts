/**
 * SQL text with the shape of its rows. Named ones are prepared once a connection: only shapes from a fixed list may be
 * named, since each costs backend memory for good. `$1` is always the organization, bound by the door itself.
 */
export interface Statement<Row> {
  readonly scope: 'tenant';
  readonly name: string | undefined;
  readonly text: string;
  /** Never set: it carries the row type. */
  readonly row?: Row;
}

/** SQL that crosses organizations, for work done with `asSystem` only. */
export interface SystemStatement<Row> {
  readonly scope: 'system';
  readonly name: string | undefined;
  readonly text: string;
  readonly row?: Row;
}

const names = new Set<string>();

export function statement<Row>(name: string | undefined, text: string): Statement<Row> {
  if (!/\$1(?![0-9])/.test(text)) throw new Error(`a tenant's statement must use $1, its organization: ${text}`);
  claim(name);
  return { scope: 'tenant', name, text };
}

export function systemStatement<Row>(name: string | undefined, text: string): SystemStatement<Row> {
  claim(name);
  return { scope: 'system', name, text };
}

function claim(name: string | undefined): void {
  if (name === undefined) return;
  if (names.has(name)) throw new Error(`two statements are named ${name}`);
  names.add(name);
}
