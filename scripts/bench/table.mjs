/** A table of Markdown, or an empty line. */
export function table(head, rows) {
  if (rows.length === 0) return [''];
  const line = (cells) => `| ${cells.join(' | ')} |`;
  return ['', line(head), line(head.map(() => '---')), ...rows.map(line), ''];
}
