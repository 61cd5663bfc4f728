import { describe, expect, it } from 'vitest';
import { allowedFrom } from './source-networks.js';

describe('source networks', () => {
  it.each([
    [[], '203.0.113.9', true],
    [['10.0.0.0/8'], '10.1.2.3', true],
    [['10.0.0.0/8'], '::ffff:10.1.2.3', true],
    [['10.0.0.0/8'], '11.1.2.3', false],
    [['10.0.0.0/8', '192.0.2.7/32'], '192.0.2.7', true],
    [['2001:db8::/32'], '2001:db8:1::1', true],
    [['2001:db8::/32'], '2001:db9::1', false],
    [['2001:db8::/32'], '10.0.0.1', false],
    [['0.0.0.0/0'], 'nonsense', false],
  ])('%j let %s in: %s', (networks, address, allowed) => {
    expect(allowedFrom(networks, address)).toBe(allowed);
  });
});
