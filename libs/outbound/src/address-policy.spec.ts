import { describe, expect, it } from 'vitest';
import { AddressPolicy, innermostAddress } from './address-policy.js';

const strict = new AddressPolicy([]);

describe('an address that may not be connected to', () => {
  it.each([
    ['127.0.0.1', 'loopback'],
    ['127.255.255.254', 'loopback'],
    ['::1', 'loopback'],
    ['0:0:0:0:0:0:0:1', 'loopback'],
    ['0.0.0.0', 'unspecified'],
    ['0.1.2.3', 'unspecified'],
    ['::', 'unspecified'],
    ['10.0.0.1', 'private'],
    ['172.16.0.1', 'private'],
    ['172.31.255.255', 'private'],
    ['192.168.1.1', 'private'],
    ['100.64.0.1', 'private'],
    ['169.254.169.254', 'link-local'],
    ['fe80::1', 'link-local'],
    ['fe80::1%eth0', 'link-local'],
    ['febf::1', 'link-local'],
    ['fc00::1', 'unique local'],
    ['fd00:ec2::254', 'unique local'],
    ['fec0::1', 'unique local'],
    ['224.0.0.1', 'multicast'],
    ['239.255.255.255', 'multicast'],
    ['ff02::1', 'multicast'],
    ['255.255.255.255', 'reserved'],
    ['240.0.0.1', 'reserved'],
    ['192.0.0.8', 'reserved'],
    ['198.19.0.1', 'reserved'],
    ['203.0.113.7', 'reserved'],
    ['2001:db8::1', 'reserved'],
    ['2001:0:4136:e378:8000:63bf:3fff:fdd2', 'reserved'],
    ['64:ff9b:1::1', 'reserved'],
    ['100::1', 'reserved'],
    ['4000::1', 'reserved'],
    ['::ffff:127.0.0.1', 'loopback'],
    ['::ffff:7f00:1', 'loopback'],
    ['::ffff:10.1.2.3', 'private'],
    ['::ffff:0.0.0.0', 'unspecified'],
    ['::10.1.2.3', 'private'],
    ['64:ff9b::7f00:1', 'loopback'],
    ['64:ff9b::169.254.169.254', 'link-local'],
    ['2002:7f00:1::1', 'loopback'],
    ['2002:c0a8:101::', 'private'],
  ])('is %s, which is %s', (address, kind) => {
    expect(strict.refusal(address)).toBe(kind);
  });
});

describe('an address that may be connected to', () => {
  it.each([
    '8.8.8.8',
    '1.1.1.1',
    '172.15.255.255',
    '172.32.0.0',
    '100.63.255.255',
    '169.253.0.1',
    '223.255.255.255',
    '2606:4700:4700::1111',
    '2a00:1450:4001::1',
    '::ffff:8.8.8.8',
    '64:ff9b::8.8.8.8',
    '2002:808:808::1',
  ])('is %s', (address) => {
    expect(strict.refusal(address)).toBeUndefined();
  });
});

describe('what the operator opens', () => {
  const opened = new AddressPolicy(['10.1.0.0/16', '127.0.0.1', 'fd00:1::/32']);

  it.each(['10.1.2.3', '127.0.0.1', 'fd00:1::5', '::ffff:10.1.2.3', '64:ff9b::10.1.2.3'])('takes in %s', (address) => {
    expect(opened.refusal(address)).toBeUndefined();
  });

  it.each(['10.2.0.1', '127.0.0.2', 'fd00:2::5', '::1', '::ffff:127.0.0.2', '2002:a02:1::'])(
    'does not take in %s',
    (address) => {
      expect(opened.refusal(address)).toBeDefined();
    },
  );
});

describe('an address in an address', () => {
  it.each([
    ['::ffff:1.2.3.4', '1.2.3.4'],
    ['::FFFF:102:304', '1.2.3.4'],
    ['64:ff9b::102:304', '1.2.3.4'],
    ['2002:102:304::9', '1.2.3.4'],
    ['1.2.3.4', '1.2.3.4'],
    ['::1', '::1'],
    ['0:0::0', '::'],
    ['2A00:0:0::1', '2a00::1'],
    ['fe80::1%lo', 'fe80::1'],
  ])('%s leads to %s', (address, reached) => {
    expect(innermostAddress(address)).toBe(reached);
  });
});
