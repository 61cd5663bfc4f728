import { describe, expect, it } from 'vitest';
import { canonicalNetwork } from './body-fields.js';

describe('a network', () => {
  it.each([
    ['10.0.0.0/8', '10.0.0.0/8'],
    ['192.0.2.7', '192.0.2.7/32'],
    ['0.0.0.0/0', '0.0.0.0/0'],
    ['2001:DB8::/32', '2001:db8::/32'],
    ['::1', '::1/128'],
  ])('%s is written %s', (sent, canonical) => expect(canonicalNetwork(sent)).toBe(canonical));

  it.each([
    '10.0.0.1/8',
    '10.0.0.0/33',
    '10.0.0.0/',
    '10.0.0.0/x',
    '10.0.0.0/8/8',
    '10.1',
    '010.0.0.0/8',
    'fe80::1%eth0',
    '2001:db8::1/32',
    'example.com',
    '',
    7,
    null,
  ])('is not %j', (sent) => expect(canonicalNetwork(sent)).toBeUndefined());
});
