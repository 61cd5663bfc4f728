import { isUtf8 } from 'node:buffer';
import { compose, InvalidError } from '@app/kernel';
import { CellError } from './cell-values.js';
import type { DelimitedFileConfig } from './connector-config.js';
import { type DelimitedRecord, RecordCutter, RecordError } from './record-cutter.js';
import { rowReader, type RowReader } from './row-reader.js';
import type { RefusedRow, RowKey, SourceRow } from './source-account.js';

/** The file as a whole cannot be read; nothing of it is taken over. */
export class SourceFileError extends InvalidError {
  constructor(
    readonly line: number,
    message: string,
  ) {
    super(`Line ${line}: ${message}`, [{ field: 'file', message: `Line ${line}: ${message}` }]);
  }
}

type Bytes = AsyncIterable<Uint8Array>;

/**
 * Reads RFC 4180 text in UTF-8, with or without a byte order mark, in blocks of rows. A bad row is handed on as refused,
 * a bad file throws. `wanted` leaves rows out by their line.
 */
export async function* readDelimitedFile(
  bytes: Bytes,
  config: DelimitedFileConfig,
  wanted: (line: number) => boolean = () => true,
): AsyncGenerator<SourceRow[]> {
  for await (const { records, header, read } of blocks(bytes, config)) {
    const rows: SourceRow[] = [];
    for (const { line, cells } of records) if (wanted(line)) rows.push(readRow(line, cells, header, read));
    yield rows;
  }
}

/**
 * Reads only whom each row is about and what tells it from its former self: a fraction of the work. A row that does not
 * even say that is handed on as refused; what else may be wrong with a row is not seen here. `takenAt` is the file's own
 * time.
 */
export async function* readDelimitedKeys(
  bytes: Bytes,
  config: DelimitedFileConfig,
  takenAt: string,
): AsyncGenerator<(RowKey | RefusedRow)[]> {
  for await (const { records, header, read } of blocks(bytes, config)) {
    const rows: (RowKey | RefusedRow)[] = [];
    for (const { line, cells } of records) {
      const key = cells.length === header.length ? read.key(cells) : null;
      if (key !== null)
        rows.push({ line, accountKey: key, hash: read.hash(cells, takenAt), person: read.person(cells) });
      else rows.push(readRow(line, cells, header, read) as RefusedRow);
    }
    yield rows;
  }
}

/** A row as it stands in a file, and by which it is recognised when the file is read as a whole. */
export interface FoundRow {
  readonly row: SourceRow;
  readonly hash: string;
}

/** The first row about this account, the one that counts; the rest of the file is not read. */
export async function findDelimitedRow(
  bytes: Bytes,
  config: DelimitedFileConfig,
  takenAt: string,
  accountKey: string,
): Promise<FoundRow | undefined> {
  for await (const { records, header, read } of blocks(bytes, config)) {
    for (const { line, cells } of records) {
      if (cells.length !== header.length || read.key(cells) !== accountKey) continue;
      return { row: readRow(line, cells, header, read), hash: read.hash(cells, takenAt) };
    }
  }
  return undefined;
}

interface Block {
  readonly records: readonly DelimitedRecord[];
  readonly header: readonly string[];
  readonly read: RowReader;
}

async function* blocks(bytes: Bytes, config: DelimitedFileConfig): AsyncGenerator<Block> {
  let header: string[] | undefined;
  let read: RowReader | undefined;
  for await (const records of recordsOf(bytes, config.separator)) {
    let first = 0;
    if (header === undefined || read === undefined) {
      header = headerOf(records[0]!.cells, config);
      read = rowReader(config, header);
      first = 1;
    }
    yield { records: first === 0 ? records : records.slice(first), header, read };
  }
  if (header === undefined) throw new SourceFileError(1, 'the file is empty.');
}

async function* recordsOf(bytes: Bytes, separator: string): AsyncGenerator<DelimitedRecord[]> {
  const cutter = new RecordCutter(separator);
  try {
    for await (const text of textOf(bytes)) {
      const records = cutter.take(text);
      if (records.length > 0) yield records;
    }
    const records = cutter.finish();
    if (records.length > 0) yield records;
  } catch (error) {
    if (error instanceof RecordError) throw new SourceFileError(error.line, error.message);
    throw error;
  }
}

/** Rows of a piece are forgotten before they are old enough to cost the garbage collector anything. */
const pieceBytes = 64 * 1024;

/** CRLF, LF and CR are each one line end, also where a file has several of them, and inside quotes. */
async function* textOf(bytes: Bytes): AsyncGenerator<string> {
  const decoder = new StrictDecoder();
  let endedInReturn = false;
  for await (const piece of pieces(bytes)) {
    const decoded = decoder.decode(piece);
    const text = endedInReturn && decoded.startsWith('\n') ? decoded.slice(1) : decoded;
    if (decoded !== '') endedInReturn = decoded.endsWith('\r');
    const plain = text.includes('\r') ? text.replaceAll(/\r\n?/g, '\n') : text;
    decoder.passed(plain);
    if (plain !== '') yield plain;
  }
  decoder.decode(undefined);
}

async function* pieces(bytes: Bytes): AsyncGenerator<Uint8Array> {
  for await (const whole of bytes) {
    for (let from = 0; from < whole.length; from += pieceBytes) yield whole.subarray(from, from + pieceBytes);
  }
}

/** UTF-8: a wrong byte is refused with its line instead of becoming a replacement character in somebody's name. */
class StrictDecoder {
  private readonly decoder = new TextDecoder('utf-8', { fatal: true });
  private line = 1;

  /** `undefined` when nothing more comes: a letter must not have been left half. */
  decode(bytes: Uint8Array | undefined): string {
    try {
      return bytes ? this.decoder.decode(bytes, { stream: true }) : this.decoder.decode();
    } catch {
      throw new SourceFileError(this.line + linesBeforeBadByte(bytes), 'the file is not UTF-8.');
    }
  }

  passed(text: string): void {
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) this.line++;
  }
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

function headerOf(record: readonly string[], config: DelimitedFileConfig): string[] {
  const header = record.map((name) => compose(name.replace(/^\uFEFF/, '')).trim());
  const repeated = header.find((name, i) => name !== '' && header.indexOf(name) !== i);
  if (repeated !== undefined) throw new SourceFileError(1, `two columns are named ${JSON.stringify(repeated)}.`);

  const missing = Object.keys(config.mapping).filter((column) => !header.includes(column));
  if (missing.length > 0) {
    const names = missing.map((column) => JSON.stringify(column)).join(', ');
    const one = header.length === 1 ? ' The header has one column only: is the separator right?' : '';
    throw new SourceFileError(1, `the header lacks the mapped column${missing.length > 1 ? 's' : ''} ${names}.${one}`);
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
