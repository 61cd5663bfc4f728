import { describe, expect, it } from 'vitest';
import { saysEverythingOnce } from './said-once.js';

const token = (header: string, claims: string) =>
  [header, claims].map((part) => Buffer.from(part).toString('base64url')).join('.');

describe('a token', () => {
  it.each([
    ['{}'],
    ['{"sub":"a","iss":"b"}'],
    ['{ "sub" : "a" , "aud" : [ "sub", "sub" ] }'],
    ['{"sub":"sub","act":{"sub":"a"},"other":[{"sub":1},{"sub":2}]}'],
    ['{"sub":"\\",\\"sub\\":\\"a"}'],
    ['{"sub":"{","iss":"}"}'],
    ['{"sub":"a","":"b","\\\\":"c","SUB":"d"}'],
    ['{"sub":"a:","iss":"sub:"}'],
  ])('of %s says everything once', (json) => {
    expect([saysEverythingOnce(token('{}', json)), saysEverythingOnce(token(json, '{}'))]).toEqual([true, true]);
  });

  it.each([
    ['{"sub":"a","sub":"b"}'],
    ['{"sub":"a","sub":"a"}'],
    ['{"sub":"a","iss":"x","exp":1,"sub":"b"}'],
    ['{"sub":"a", "sub"\n: "b"}'],
    ['{"sub":"a","s\\u0075b":"b"}'],
    ['{"act":{"sub":"a","sub":"b"}}'],
    ['{"sub":"a","act":{"sub":"x"},"sub":"b"}'],
    ['{"list":[{"a":1,"a":2}]}'],
    ['{"":1,"":2}'],
    ['{"a\\"":1,"a\\"":2}'],
    ['{"__proto__":1,"__proto__":2}'],
  ])('of %s does not', (json) => {
    expect([saysEverythingOnce(token('{}', json)), saysEverythingOnce(token(json, '{}'))]).toEqual([false, false]);
  });
});
