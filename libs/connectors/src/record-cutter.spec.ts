import { parse } from 'csv-parse/sync';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { guardFormula } from '@app/kernel';
import { type DelimitedRecord, longestRecord, RecordCutter, RecordError } from './record-cutter.js';

function cut(text: string, piece = text.length + 1, separator = ','): DelimitedRecord[] {
  const cutter = new RecordCutter(separator);
  const records: DelimitedRecord[] = [];
  for (let at = 0; at < text.length; at += piece) records.push(...cutter.take(text.slice(at, at + piece)));
  return [...records, ...cutter.finish()];
}

const cells = (text: string) => cut(text).map((record) => record.cells);

describe('records', () => {
  it.each([
    ['a line end', 'a,b\nc,d\n'],
    ['none at last', 'a,b\nc,d'],
    ['blank lines', '\n\na,b\n\n\nc,d\n\n'],
    ['quotes around everything', '"a","b"\n"c","d"\n'],
    ['a quoted last cell', 'a,b\nc,"d"'],
  ])('may end in %s', (_, text) => {
    expect(cells(text)).toEqual([
      ['a', 'b'],
      ['c', 'd'],
    ]);
  });

  it('may hold separators, quotes and line ends within quotes', () => {
    expect(cells('"a,b","c ""d""","e\nf\ng"\n')).toEqual([['a,b', 'c "d"', 'e\nf\ng']]);
  });

  it('keep empty cells, also the last one', () => {
    expect(cells('a,,"",\n"",\n')).toEqual([
      ['a', '', '', ''],
      ['', ''],
    ]);
  });

  it.each(['a', '=1+1', "'=1", "''＝1", '-', '@x', "O'Neill", "'quoted'"])(
    'give back what a spreadsheet was kept from running: %j',
    (text) => {
      const safe = guardFormula(text);
      expect(cells(`x,${safe}\n"${safe}","y"\n`)).toEqual([
        ['x', text],
        [text, 'y'],
      ]);
    },
  );

  it('begin on the line where they begin, whatever stands in their cells', () => {
    expect(cut('h\n\n"a\nb\nc"\nd\n"e"\n').map(({ line }) => line)).toEqual([1, 3, 6, 7]);
  });

  it.each([';', '\t', '|'])('may be separated by %j', (separator) => {
    expect(cut(`a${separator}"b${separator}c"\n`, 2, separator)[0]?.cells).toEqual(['a', `b${separator}c`]);
  });

  it.each([
    ['a quote inside a cell', 'a\nb"c\n', 2, /inside a cell/],
    ['a blank before a quote', 'a\nx, "b"\n', 2, /inside a cell/],
    ['text behind a quote', 'a\nx\n"b"c\n', 3, /goes on/],
    ['a quote that is never closed', 'a\n"b\nc\n', 2, /never closed/],
    ['a second one, behind lines in quotes', 'a\n"b\nc","d\n', 3, /never closed/],
    ['a record without an end', `a\n${'x'.repeat(longestRecord + 1)}`, 2, /longer than/],
    ['a quoted cell without an end', `a\n"${'x'.repeat(longestRecord + 1)}`, 2, /longer than/],
  ])('are refused with their line for %s', (_, text, line, message) => {
    expect(() => cut(text)).toThrow(RecordError);
    expect(() => cut(text)).toThrow(expect.objectContaining({ line, message: expect.stringMatching(message) }));
  });

  const letters = fc.constantFrom('a', 'é', ',', '"', '\n', ' ', '');
  const quoted = fc.array(letters).map((parts) => `"${parts.join('').replaceAll('"', '""')}"`);
  const plain = fc.array(fc.constantFrom('a', 'é', ' ')).map((parts) => parts.join(''));
  const record = fc.array(fc.oneof(quoted, plain), { minLength: 1, maxLength: 4 }).map((parts) => parts.join(','));
  const file = fc
    .tuple(fc.array(record, { maxLength: 6 }), fc.boolean())
    .map(([records, closed]) => ['head', ...records].join('\n') + (closed ? '\n' : ''));

  it('are those that a reader of the standard finds, however the text is cut into pieces', () => {
    fc.assert(
      fc.property(file, fc.integer({ min: 1, max: 9 }), (text, piece) => {
        const standard: string[][] = parse(text, { relax_column_count: true, skip_empty_lines: true });
        expect(cut(text, piece).map((found) => found.cells)).toEqual(standard);
      }),
      { numRuns: 500 },
    );
  });

  it('are refused where the standard refuses them, and nowhere else', () => {
    fc.assert(
      fc.property(fc.array(letters, { maxLength: 12 }), fc.integer({ min: 1, max: 9 }), (parts, piece) => {
        const text = `head\n${parts.join('')}`;
        const standard = () => parse(text, { relax_column_count: true, skip_empty_lines: true });
        expect(outcome(() => cut(text, piece).map((found) => found.cells))).toEqual(outcome(standard));
      }),
      { numRuns: 500 },
    );
  });
});

type Outcome = (readonly string[])[] | 'refused';

function outcome(read: () => (readonly string[])[]): Outcome {
  try {
    return read();
  } catch {
    return 'refused';
  }
}
