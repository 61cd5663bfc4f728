/** What a spreadsheet would run as a formula, or strip so that one begins. */
const formula = /^'*[=+\-@\t\r\n＝＋－＠]/;

/**
 * One line of RFC 4180 with its end. A text that a spreadsheet would take for a formula gets a `'` in front, and so does
 * one that looks like a text so treated: whoever takes one `'` from every cell that begins with `'`s and one of these
 * characters has the text back unchanged. Null is an empty cell, an empty text a quoted one.
 */
export function csvLine(cells: readonly (string | null)[]): string {
  return `${cells.map(cellOf).join(',')}\r\n`;
}

function cellOf(text: string | null): string {
  if (text === null) return '';
  const safe = formula.test(text) ? `'${text}` : text;
  return safe === '' || /[",\r\n]|^\s|\s$/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
