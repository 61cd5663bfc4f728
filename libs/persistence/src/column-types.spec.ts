import { describe, expect, it } from 'vitest';
import { instantFromText } from './column-types.js';

describe('instants on the way out', () => {
  it.each([
    ['2024-01-09 11:01:00+00', '2024-01-09T11:01:00.000Z'],
    ['2024-01-09 11:01:00.1+00', '2024-01-09T11:01:00.100Z'],
    ['2024-01-09 11:01:00.12+00', '2024-01-09T11:01:00.120Z'],
    ['2024-01-09 11:01:00.123+00', '2024-01-09T11:01:00.123Z'],
    ['0001-01-01 00:00:00+00', '0001-01-01T00:00:00.000Z'],
    ['9999-12-31 23:59:59.999+00', '9999-12-31T23:59:59.999Z'],
  ])('prints %s as %s', (stored, printed) => {
    expect(instantFromText(stored)).toBe(printed);
    expect(new Date(printed).toISOString()).toBe(printed);
  });
});
