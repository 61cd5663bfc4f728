import type { Report } from '@app/insights';
import { csvLine } from '../../http/csv-text.js';
import { type ReportColumn, reportColumns } from './report-columns.js';

type Cell = string | number | boolean | null;
type Row = Readonly<Record<string, Cell>>;
type Column = ReportColumn<Row>;

const columnsOf = (report: Report) => reportColumns[report.name] as unknown as readonly Column[];

/** `{"report", "generatedAt", "rows": [...]}`, row by row. */
export function jsonPieces(report: Report): AsyncGenerator<string> {
  const { name, generatedAt } = report;
  const head = `{"report":${JSON.stringify(name)},"generatedAt":"${generatedAt.toISOString()}","rows":[`;
  const cells = columnsOf(report).map((column) => ({ key: JSON.stringify(column.name), from: column.from }));
  const write = (row: Row) => `{${cells.map(({ key, from }) => `${key}:${JSON.stringify(row[from])}`).join(',')}}`;
  return framed(report, { head, write, separator: ',', tail: ']}' });
}

/** A header and a line a row. */
export function csvPieces(report: Report): AsyncGenerator<string> {
  const columns = columnsOf(report);
  const head = csvLine(columns.map(({ name }) => name));
  const write = (row: Row) => csvLine(columns.map(({ from }) => textOf(row[from]!)));
  return framed(report, { head, write, separator: '', tail: '' });
}

function textOf(cell: Cell): string | null {
  return cell === null ? null : String(cell);
}

interface Frame {
  readonly head: string;
  readonly write: (row: Row) => string;
  readonly separator: string;
  readonly tail: string;
}

/** Nothing is written before the first rows are there: a report that cannot be read is refused, not begun. */
async function* framed({ pieces }: Report, { head, write, separator, tail }: Frame): AsyncGenerator<string> {
  let lead = head;
  for await (const rows of pieces) {
    yield lead + (rows as unknown as readonly Row[]).map(write).join(separator);
    lead = separator;
  }
  const end = lead === head ? head + tail : tail;
  if (end !== '') yield end;
}
