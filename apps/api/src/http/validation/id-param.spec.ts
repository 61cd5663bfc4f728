import { describe, expect, it } from 'vitest';
import { NotFoundError } from '@app/kernel';
import { IdParam } from './id-param.js';

const id = '01890a5d-ac96-774b-bcce-b302099a8057';
const pipe = new IdParam('owner');

describe('an id in a path', () => {
  it('may be written in capitals', () => {
    expect(pipe.transform(id.toUpperCase())).toBe(id);
  });

  it.each([
    [''],
    ['own-123'],
    [`${id}x`],
    [` ${id}`],
    [id.replaceAll('-', '')],
    ["' or 1=1"],
    ['\0'],
    [undefined],
    [7],
  ])('%j is unknown before any query', (text) => {
    expect(() => pipe.transform(text)).toThrow(NotFoundError);
  });
});
