import { describe, expect, it } from 'vitest';
import { newOpaqueToken } from './opaque-tokens.js';
import { hashesOf, newRefreshToken, readRefreshToken, refreshTokenAfter, textOf } from './refresh-token.js';

describe('a refresh token', () => {
  it('is read as it was made', () => {
    const token = newRefreshToken();
    expect(textOf(token)).toMatch(/^ostr_[A-Za-z0-9_-]{86}$/);
    expect(readRefreshToken(textOf(token))).toEqual(token);
  });

  it('is followed by one with the same beginning and another end', () => {
    const token = newRefreshToken();
    const [one, other] = [hashesOf(token), hashesOf(refreshTokenAfter(token))];
    expect(other.family).toEqual(one.family);
    expect(other.secret).not.toEqual(one.secret);
  });

  it('of before, with one part, is a beginning with nothing behind it', () => {
    const text = newOpaqueToken('refresh');
    expect(readRefreshToken(text)).toEqual({ family: text, secret: '' });
  });

  it.each(['', 'ostr_', `ostr_${'a'.repeat(85)}`, `ostr_${'a'.repeat(87)}`, `osti_${'a'.repeat(43)}`, 'a'.repeat(91)])(
    'is not %j',
    (text) => expect(readRefreshToken(text)).toBeUndefined(),
  );
});
