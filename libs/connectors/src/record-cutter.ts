import { unguardFormula } from '@app/kernel';

export interface DelimitedRecord {
  /** Where it begins, counted from 1. */
  readonly line: number;
  readonly cells: readonly string[];
}

/** The text cannot be cut into records from here on. */
export class RecordError extends Error {
  constructor(
    readonly line: number,
    message: string,
  ) {
    super(message);
  }
}

export const longestRecord = 4 * 1024 * 1024;

/**
 * Cuts RFC 4180 text, whose lines end with LF, into records, piece by piece. Quotes are strict: they stand around a whole
 * cell or not at all. Blank lines are skipped. A `'` that keeps spreadsheets from running a cell is no part of it.
 */
export class RecordCutter {
  private rest = '';
  private line = 1;

  constructor(private readonly separator: string) {}

  /** The records that are whole by now. */
  take(text: string): DelimitedRecord[] {
    return this.cut(this.rest + text, false);
  }

  /** What is left when nothing more comes. */
  finish(): DelimitedRecord[] {
    return this.cut(this.rest, true);
  }

  private cut(text: string, last: boolean): DelimitedRecord[] {
    const records: DelimitedRecord[] = [];
    let at = 0;
    let quote = text.indexOf('"');
    while (at < text.length) {
      const end = text.indexOf('\n', at);
      if (end < 0 && !last) break;
      if (quote >= 0 && quote < at) quote = text.indexOf('"', at);
      const next = quote >= 0 && (quote < end || end < 0) ? this.quoted(text, at, last) : this.plain(text, at, end);
      if (!next) break;
      if (next.cells) records.push({ line: this.line, cells: next.cells });
      this.line += next.lines;
      at = next.after;
    }
    this.rest = text.slice(at);
    if (this.rest.length <= longestRecord) return records;
    throw new RecordError(this.line, `a row is longer than ${longestRecord} characters.`);
  }

  /** A line without quotes, the most of all; a blank one has no cells. */
  private plain(text: string, from: number, found: number) {
    const end = orLength(text, found);
    return { cells: end === from ? undefined : this.cellsOf(text.slice(from, end)), lines: 1, after: end + 1 };
  }

  private cellsOf(line: string): string[] {
    const cells = line.split(this.separator);
    return line.includes("'") ? cells.map((cell) => unguardFormula(cell)) : cells;
  }

  /** A record with quotes in it, or undefined when its end is not there yet. */
  private quoted(text: string, from: number, last: boolean) {
    const scan = new QuotedScan(text, this.separator, last);
    const cells: string[] = [];
    let lines = 1;
    for (let at = from; ;) {
      const cell = text[at] === '"' ? scan.quotedCell(at) : scan.plainCell(at);
      if (cell === undefined) return undefined;
      if (typeof cell === 'string') throw new RecordError(this.line + lines - 1, cell);
      cells.push(unguardFormula(cell.value));
      lines += cell.lines;
      if (text[cell.after] === this.separator) at = cell.after + 1;
      else return { cells, lines, after: cell.after + 1 };
    }
  }
}

interface Cell {
  readonly value: string;
  /** Line ends inside it. */
  readonly lines: number;
  /** Where the separator or the line end behind it stands. */
  readonly after: number;
}

/** Reads the cells of one record: a cell, undefined when more text is needed, or what is wrong. */
class QuotedScan {
  private end = -1;

  constructor(
    private readonly text: string,
    private readonly separator: string,
    private readonly last: boolean,
  ) {}

  plainCell(at: number): Cell | string | undefined {
    const { text } = this;
    if (this.end < at) this.end = orLength(text, text.indexOf('\n', at));
    const after = Math.min(orLength(text, text.indexOf(this.separator, at)), this.end);
    if (after === text.length && !this.last) return undefined;

    const value = text.slice(at, after);
    if (value.includes('"')) return 'a quote stands inside a cell that does not begin with one.';
    return { value, lines: 0, after };
  }

  /** Two quotes inside are one of the value. */
  quotedCell(at: number): Cell | string | undefined {
    const { text } = this;
    let value = '';
    for (let from = at + 1; ;) {
      const close = text.indexOf('"', from);
      if (close < 0) return this.last ? 'a quoted cell is never closed: the file ends too soon.' : undefined;
      value += text.slice(from, close);
      if (text[close + 1] !== '"') return this.closed(value, close + 1);
      value += '"';
      from = close + 2;
    }
  }

  private closed(value: string, after: number): Cell | string | undefined {
    const next = this.text[after];
    if (next === undefined && !this.last) return undefined;
    if (next === undefined || next === '\n' || next === this.separator) return { value, lines: linesIn(value), after };
    return 'a quoted cell goes on after its closing quote.';
  }
}

function orLength(text: string, found: number): number {
  return found < 0 ? text.length : found;
}

function linesIn(text: string): number {
  let count = 0;
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) count++;
  return count;
}
