import type { ReportColumn } from './report-columns.js';
import { reportColumns } from './report-columns.js';

const types = {
  text: { type: 'string' },
  boolean: { type: 'boolean' },
  date: { type: 'string', format: 'date' },
  instant: { type: 'string', format: 'date-time' },
} as const;

/** A row as JSON. Dates and instants are text already: the writer of rows must not parse them again. */
export function rowSchemaOf<Row>(columns: readonly ReportColumn<Row>[]) {
  return objectOf(columns, ({ type }) => ({ type: types[type].type }));
}

function documentedRow<Row>(columns: readonly ReportColumn<Row>[]) {
  return objectOf(columns, ({ type, description }) => ({ ...types[type], ...(description && { description }) }));
}

function objectOf<Row>(columns: readonly ReportColumn<Row>[], typeOf: (column: ReportColumn<Row>) => object) {
  return {
    type: 'object',
    properties: Object.fromEntries(
      columns.map((column) => [column.name, { ...typeOf(column), ...(column.nullable && { nullable: true }) }]),
    ),
    required: columns.map(({ name }) => name),
  } as const;
}

/** What each report answers in JSON. */
export const reportSchema = {
  oneOf: Object.entries(reportColumns).map(([name, columns]) => ({
    type: 'object',
    required: ['report', 'generatedAt', 'rows'],
    properties: {
      report: { type: 'string', enum: [name] },
      generatedAt: { type: 'string', format: 'date-time' },
      rows: { type: 'array', items: documentedRow(columns) },
    },
  })),
};
