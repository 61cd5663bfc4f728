import { type ReportColumn, reportColumns } from './report-columns.js';

const types = {
  text: { type: 'string' },
  integer: { type: 'integer' },
  boolean: { type: 'boolean' },
  date: { type: 'string', format: 'date' },
  instant: { type: 'string', format: 'date-time' },
} as const;

function rowOf(columns: readonly ReportColumn<never>[]) {
  const properties = columns.map(({ name, type, nullable, description }) => {
    return [name, { ...types[type], ...(nullable && { nullable }), ...(description && { description }) }] as const;
  });
  return { type: 'object', properties: Object.fromEntries(properties), required: columns.map(({ name }) => name) };
}

/** What each report answers in JSON. */
export const reportSchema = {
  oneOf: Object.entries(reportColumns).map(([name, columns]) => ({
    type: 'object',
    required: ['report', 'generatedAt', 'rows'],
    properties: {
      report: { type: 'string', enum: [name] },
      generatedAt: { type: 'string', format: 'date-time' },
      rows: { type: 'array', items: rowOf(columns) },
    },
  })),
};
