import { isUtf8 } from 'node:buffer';
import { pipeline, Readable } from 'node:stream';
import { CsvError, parse } from 'csv-parse';
import { compose, InvalidError } from '@app/kernel';
import { CellError } from './cell-values.js';
import type { DelimitedFileConfig } from './connector-config.js';
import { rowReader, type RowReader } from './row-reader.js';
import type { SourceRow } from './source-account.js';

/** The file as a whole cannot be read; nothing of it is taken over. */
export class SourceFileError extends InvalidError {
  constructor(
    readonly line: number,
    message: string,
  ) {
    super(`Line ${line}: ${message}`, [{ field: 'file', message: `Line ${line}: ${message}` }]);
  }
}

const longestRecord = 4 * 1024 * 1024;

interface ParsedRecord {
  readonly record: string[];
  readonly info: { readonly lines: number };
}

/** Reads RFC 4180 text in UTF-8, with or without a byte order mark. A bad row is handed on as refused, a bad file throws. */
export async function* readDelimitedFile(
  bytes: AsyncIterable<Uint8Array>,
  config: DelimitedFileConfig,
): AsyncGenerator<SourceRow> {
  let header: string[] | undefined;
  let read: RowReader | undefined;
  let lastLine = 0;
  for await (const { record, info } of records(bytes, config)) {
    const line = lastLine + 1;
    lastLine = info.lines;
    if (header === undefined || read === undefined) {
      header = headerOf(record, config);
      read = rowReader(config, header);
    } else {
      yield readRow(line, record, header, read);
    }
  }
  if (header === undefined) throw new SourceFileError(1, 'the file is empty.');
}

async function* records(bytes: AsyncIterable<Uint8Array>, config: DelimitedFileConfig): AsyncGenerator<ParsedRecord> {
  const parser = parse({
    delimiter: config.separator,
    relax_column_count: true,
    skip_empty_lines: true,
    info: true,
    max_record_size: longestRecord,
  });
  const progress = { line: 1 };
  pipeline(Readable.from(decoded(bytes, progress)), parser, () => undefined);
  try {
    for await (const record of parser) yield record as ParsedRecord;
  } catch (error) {
    if (error instanceof CsvError) throw fileErrorFrom(error);
    throw error;
  }
}

/** Strict UTF-8: a wrong byte is refused with its line instead of becoming a replacement character in somebody's name. */
async function* decoded(bytes: AsyncIterable<Uint8Array>, progress: { line: number }): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const decode = (chunk?: Uint8Array) => {
    try {
      return chunk ? decoder.decode(chunk, { stream: true }) : decoder.decode();
    } catch {
      throw new SourceFileError(progress.line + linesBeforeBadByte(chunk), 'the file is not UTF-8.');
    }
  };
  for await (const chunk of bytes) {
    const text = decode(chunk);
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) progress.line++;
    if (text !== '') yield text;
  }
  const rest = decode();
  if (rest !== '') yield rest;
}

/** How many line ends stand before the first byte of the chunk that is no UTF-8; its head may end a letter begun before. */
function linesBeforeBadByte(chunk: Uint8Array = new Uint8Array()): number {
  const newline = 0x0a;
  let lines = 0;
  for (let from = 0; ; lines++) {
    const end = chunk.indexOf(newline, from);
    const line = chunk.subarray(from, end < 0 ? chunk.length : end);
    if (
      end < 0 ||
      !(isUtf8(line) || (lines === 0 && isUtf8(line.subarray(line.findIndex((byte) => byte >> 6 !== 2)))))
    ) {
      return lines;
    }
    from = end + 1;
  }
}

const csvMessages: Partial<Record<string, string>> = {
  CSV_INVALID_CLOSING_QUOTE: 'a quoted cell goes on after its closing quote.',
  INVALID_OPENING_QUOTE: 'a quote stands inside a cell that does not begin with one.',
  CSV_QUOTE_NOT_CLOSED: 'a quoted cell is never closed: the file ends too soon.',
  CSV_MAX_RECORD_SIZE: `a row is longer than ${longestRecord} characters.`,
};

function fileErrorFrom(error: CsvError): SourceFileError {
  const { lines } = error as unknown as { lines?: number };
  return new SourceFileError(lines ?? 1, csvMessages[error.code] ?? 'the row is not RFC 4180 text.');
}

function headerOf(record: readonly string[], config: DelimitedFileConfig): string[] {
  const header = record.map((name) => compose(name.replace(/^\uFEFF/, '')).trim());
  const repeated = header.find((name, i) => name !== '' && header.indexOf(name) !== i);
  if (repeated !== undefined) throw new SourceFileError(1, `two columns are named ${JSON.stringify(repeated)}.`);

  const missing = Object.keys(config.mapping).filter((column) => !header.includes(column));
  if (missing.length > 0) {
    const names = missing.map((column) => JSON.stringify(column)).join(', ');
    const one = header.length === 1 ? ' The header has one column only: is the separator right?' : '';
    throw new SourceFileError(1, `the header lacks the mapped column ${names}.${one}`);
  }
  return header;
}

function readRow(line: number, cells: readonly string[], header: readonly string[], read: RowReader): SourceRow {
  if (cells.length !== header.length) {
    const message = `The row has ${cells.length} cells, the header ${header.length}.`;
    return { line, reason: 'wrong_column_count', message, accountKey: null };
  }
  const accountKey = read.key(cells);
  try {
    const account = read.account(cells);
    if (accountKey === null) throw new CellError('no_key', 'The row has no uuid, which is the key of this connector.');
    return { line, accountKey, account };
  } catch (error) {
    if (error instanceof CellError) return { line, reason: error.reason, message: error.message, accountKey };
    throw error;
  }
}
