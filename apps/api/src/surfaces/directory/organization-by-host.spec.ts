import { describe, expect, it } from 'vitest';
import { OrganizationByHost } from './organization-by-host.js';

const hosts = new OrganizationByHost({
  uploadLimitBytes: 1,
  rateLimits: undefined,
  publicUrl: 'https://Idp.example.com:8443',
});

describe('the organization in a host name', () => {
  it('stands before the public host', () => {
    expect(hosts.slugIn('acme.idp.example.com')).toBe('acme');
    expect(hosts.slugIn('ACME.IDP.example.com')).toBe('acme');
  });

  it.each([
    'idp.example.com',
    'a.b.idp.example.com',
    'acme.example.com',
    '127.0.0.1',
    'localhost',
    '',
    '.idp.example.com',
  ])('is not in %j', (host) => expect(hosts.slugIn(host)).toBeUndefined());
});
