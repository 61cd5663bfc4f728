/** RFC 4180 but for the line ends, which are LF as most exports have them. */
export function delimited(columns, rows, { separator, byteOrderMark = false }) {
  const quoted = (value) =>
    value.includes(separator) || /["\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
  const lines = [columns, ...rows].map((cells) => cells.map(quoted).join(separator));

  return `${byteOrderMark ? '\uFEFF' : ''}${lines.join('\n')}\n`;
}

/** What a person would type into the cell: nothing for the unknown, words for yes and no, bars between several values. */
export function cell(value) {
  if (value === undefined || value === null) return '';
  return Array.isArray(value) ? value.join('|') : String(value);
}
