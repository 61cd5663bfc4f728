import { type PoolClient, types } from 'pg';

/**
 * How values leave the database, for rows and entities alike: instants as ISO 8601 UTC with milliseconds (the wire
 * format, so what is stored is what is printed), dates as YYYY-MM-DD, 64-bit counts as numbers.
 */
export function setColumnTypes(client: Pick<PoolClient, 'setTypeParser'>): void {
  client.setTypeParser(types.builtins.TIMESTAMPTZ, instantFromText);
  client.setTypeParser(types.builtins.DATE, (text) => text);
  client.setTypeParser(types.builtins.INT8, Number);
}

/** `2024-01-09 11:01:00.1+00` -> `2024-01-09T11:01:00.100Z`; the connections run in UTC. */
export function instantFromText(text: string): string {
  const fraction = text.length > 20 && text.charCodeAt(19) === 46 ? text.slice(20, -3) : '';
  return `${text.slice(0, 10)}T${text.slice(11, 19)}.${fraction.padEnd(3, '0')}Z`;
}
