import { parse } from 'csv-parse/sync';
import { array, assert, constantFrom, oneof, property, string } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { recordsIn, RowsText } from './bodies/rows-text.js';
import { csvLine } from './csv-text.js';

/** How a reader has the texts back, as the documentation says. */
const restored = (cell: string) => (/^'+[=+\-@\t\r\n＝＋－＠]/.test(cell) ? cell.slice(1) : cell);
const read = (text: string) => parse(text, { recordDelimiter: '\r\n' });

describe('a line of CSV', () => {
  it('ends in CRLF and quotes what has to be', () => {
    expect(csvLine(['a', 'b c', 'd,e', 'f"g', 'h\r\ni', ' j', 'k '])).toBe('a,b c,"d,e","f""g","h\r\ni"," j","k "\r\n');
  });

  it('tells nothing from an empty text', () => {
    expect(csvLine([null, '', null])).toBe(',"",\r\n');
  });

  it.each(['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1', '\n=1', '＝1', "'=1", "''=1"])(
    'begins with an apostrophe where a spreadsheet would run %j',
    (text) => {
      const [[cell]] = read(csvLine([text])) as [[string]];
      expect(cell).toBe(`'${text}`);
      expect(restored(cell)).toBe(text);
    },
  );

  it.each(["O'Neill", "'quoted'", 'a=b', '1-2', "'"])('leaves %j as it is', (text) => {
    expect(csvLine([text, 'x'])).toBe(`${text},x\r\n`);
  });

  it('never begins a cell with what starts a formula, and gives every text back, by our own reader too', () => {
    const hostile = string({
      unit: constantFrom("'", '=', '+', '-', '@', '\t', '\r', '\n', '"', ',', ' ', 'a', 'é', '＝'),
    });
    const text = oneof(hostile, string({ unit: 'grapheme' }));
    assert(
      property(array(text, { minLength: 2, maxLength: 6 }), (texts) => {
        const rows = read(csvLine(texts));
        expect(rows).toHaveLength(1);
        for (const cell of rows[0]!) expect(cell).not.toMatch(/^[=+\-@\t\r\n＝＋－＠]/);
        expect(rows[0]!.map(restored)).toEqual(texts);
        const [own] = recordsIn(new RowsText('csv', Buffer.from(csvLine(texts))));
        // Every kind of line end within a cell is one.
        expect(own).toEqual(texts.map((one) => one.replaceAll(/\r\n?/g, '\n')));
      }),
    );
  });
});
