import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import { meantMethod } from './method-override.js';

const path = '/api/v1/owners/account';
const asked = (method: string, url: string, said?: string) =>
  meantMethod({
    method,
    url,
    headers: said === undefined ? {} : { 'x-http-method-override': said },
  } as IncomingMessage);

describe('the method that is meant', () => {
  it.each([
    [path, 'PUT', 'PUT'],
    [`${path}?attr=_id`, 'put', 'PUT'],
    [`${path}/groups/1`, ' Delete ', 'DELETE'],
  ])('of a POST to %s that says "%s" is %s', (url, said, meant) => {
    expect(asked('POST', url, said)).toBe(meant);
  });

  it.each([
    ['a method that is none of them', 'POST', path, 'PATCH'],
    ['two', 'POST', path, 'PUT, DELETE'],
    ['nothing', 'POST', path, ''],
    ['it on another method', 'GET', path, 'DELETE'],
    ['it on another surface', 'POST', '/api/v1/owners', 'DELETE'],
    ['it at a word that begins alike', 'POST', '/api/v1/owners/accounts', 'DELETE'],
    ['it at another spelling of the path', 'POST', '/api/v1/owners/%61ccount', 'DELETE'],
  ])('is the one it came with where it says %s', (_, method, url, said) => {
    expect(asked(method, url, said)).toBeUndefined();
  });

  it('is the one it came with where nothing is said', () => {
    expect(asked('POST', path)).toBeUndefined();
  });
});
