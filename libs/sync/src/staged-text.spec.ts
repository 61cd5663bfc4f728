import { describe, expect, it } from 'vitest';
import { arrayText, copyField } from './staged-text.js';

describe('a field on its way into COPY', () => {
  it.each([
    [null, '\\N'],
    [true, 't'],
    [false, 'f'],
    [-7, '-7'],
    ['', ''],
    ['a\tb\nc\rd\\e', 'a\\tb\\nc\\rd\\\\e'],
    ['\\N', '\\\\N'],
    ['\\.', '\\\\.'],
    ['"O\'Neil" {a,b}', '"O\'Neil" {a,b}'],
  ])('%j is written as %j', (value, written) => expect(copyField(value)).toBe(written));
});

describe('a list of keys', () => {
  it.each([
    [[], '{}'],
    [[null, ''], '{NULL,""}'],
    [['NULL', 'Ä "q" \\ {x},y'], '{"null","ä \\"q\\" \\\\ {x},y"}'],
  ])('%j is written as %j', (values, written) => expect(arrayText(values)).toBe(written));
});
