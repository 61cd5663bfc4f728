import { guardFormula } from '@app/kernel';

/**
 * One line of RFC 4180 with its end. A text that a spreadsheet would take for a formula gets a `'` in front, and so does
 * one that looks like a text so treated: our own readers of CSV take it off again. Null is an empty cell, an empty text a
 * quoted one.
 */
export function csvLine(cells: readonly (string | null)[]): string {
  return `${cells.map(cellOf).join(',')}\r\n`;
}

function cellOf(text: string | null): string {
  if (text === null) return '';
  const safe = guardFormula(text);
  return safe === '' || /[",\r\n]|^\s|\s$/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
