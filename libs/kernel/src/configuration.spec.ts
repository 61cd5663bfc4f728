import { describe, expect, it } from 'vitest';
import { ConfigurationError, readConfiguration, readDatabaseConfiguration } from './configuration.js';

const key = Buffer.alloc(32, 7).toString('base64url');

describe('configuration', () => {
  it('needs nothing: an embedded database, loopback, port 3000', () => {
    const configuration = readConfiguration({});
    expect(configuration).toMatchObject({ port: 3000, host: '127.0.0.1', dataDir: '.ostiary', adminUser: 'admin' });
    expect(configuration.databaseUrl).toBeUndefined();
    expect(configuration.publicUrl).toBe('http://127.0.0.1:3000');
  });

  it('is frozen', () => {
    expect(Object.isFrozen(readConfiguration({}))).toBe(true);
  });

  it('takes an empty value for an absent one', () => {
    expect(readConfiguration({ PORT: '', DATABASE_URL: '  ' })).toMatchObject({ port: 3000, databaseUrl: undefined });
  });

  it('writes an IPv6 host in brackets', () => {
    expect(readConfiguration({ HOST: '::1', PORT: '1' })).toMatchObject({ host: '::1', publicUrl: 'http://[::1]:1' });
    expect(readConfiguration({ HOST: '[::1]', PORT: '1' })).toMatchObject({ host: '::1', publicUrl: 'http://[::1]:1' });
  });

  it.each([
    ['PORT', '70000'],
    ['PORT', '3e3'],
    ['LOG_LEVEL', 'loud'],
    ['OSTIARY_SECRET_KEY', 'hunter2hunter2'],
    ['OSTIARY_PUBLIC_URL', 'ftp://secretplace'],
    ['OSTIARY_PUBLIC_URL', 'https://id.example/base?y=1'],
    ['OSTIARY_PUBLIC_URL', 'https://id.example/base#f'],
    ['HOST', '300.1.1.1'],
    ['HOST', 'bad host'],
    ['HOST', 'host/path'],
    ['HOST', 'a@b'],
    ['OSTIARY_ADMIN_USER', 'a'.repeat(257)],
    ['OSTIARY_ADMIN_USER', 'bad\nname'],
    ['OSTIARY_ADMIN_USER', 'un\u200bseen'],
    ['OSTIARY_ADMIN_PASSWORD', 'p'.repeat(4_097)],
    ['DATABASE_URL', 'mysql://user:hunter2@host/db'],
    ['UPLOAD_LIMIT_BYTES', '-1'],
    ['DATABASE_POOL_SIZE', '1'],
    ['OSTIARY_METHOD_OVERRIDE', 'true'],
    ['METRICS_PATH', 'prometheus'],
    ['METRICS_PATH', '/prometheus/'],
    ['METRICS_PATH', '//prometheus'],
    ['METRICS_PATH', '/a/../b'],
    ['METRICS_PATH', '/:id'],
    ['METRICS_PATH', '/*'],
    ['METRICS_PATH', '/metrics?x'],
    ['METRICS_PATH', '/%6detrics'],
    ['METRICS_PORT', '65536'],
    ['METRICS_PORT', 'none'],
    ['METRICS_PORT', '3000'],
    ['RATE_LIMIT', 'sometimes'],
    ['RATE_LIMIT_PER_ADDRESS', 'none'],
    ['RATE_LIMIT_DOOR_FAILURES', 'few'],
    ['OSTIARY_ORGANIZATION_SLUG', 'Not A Slug'],
    ['OSTIARY_AWAIT_SAMPLE', 'perhaps'],
    ['TRUSTED_PROXIES', 'proxy.example'],
    ['TRUSTED_PROXIES', '10.0.0.0/33'],
    ['TRUSTED_PROXIES', '127.0.0.1, 10.0.0.0/0'],
    ['OUTBOUND_ALLOW', 'intranet.example'],
    ['OUTBOUND_ALLOW', '10.0.0.0/99'],
    ['SMTP_URL', 'imap://user:hunter2@host'],
    ['MAIL_FROM', 'no address'],
    ['INVITATION_URL', 'https://portal.example/accept'],
  ])('stops the start on a bad %s, naming the key and not the value', (name, value) => {
    const read = () => readConfiguration({ OSTIARY_SECRET_KEY: key, [name]: value });
    expect(read).toThrow(ConfigurationError);
    expect(read).toThrow(name);
    expect(read).not.toThrow(value);
  });

  it('names the field of a policy as it would be reached', () => {
    expect(() => readConfiguration({ PASSWORD_VALIDITY_POLICY: '{"minLength":7}' })).toThrow(
      /^PASSWORD_VALIDITY_POLICY\.minLength must be a whole number from 8 to 256$/,
    );
    expect(() => readConfiguration({ ARGON2: '[]' })).toThrow(/^ARGON2 must be a JSON object$/);
  });

  it('takes no method for another unless told to', () => {
    expect(readConfiguration({}).methodOverride).toBe(false);
    expect(readConfiguration({ OSTIARY_METHOD_OVERRIDE: 'ON' }).methodOverride).toBe(true);
  });

  it('tells Prometheus at /metrics of the main port unless told otherwise', () => {
    expect(readConfiguration({})).toMatchObject({ metricsPath: '/metrics', metricsPort: undefined });
    expect(readConfiguration({ METRICS_PATH: 'off' }).metricsPath).toBeUndefined();
    expect(() => readConfiguration({ METRICS_PATH: '/' })).toThrow(ConfigurationError);
    const chosen = readConfiguration({ METRICS_PATH: '/internal/v1.0/metrics', METRICS_PORT: '9464' });
    expect(chosen).toMatchObject({ metricsPath: '/internal/v1.0/metrics', metricsPort: 9464 });
    expect(readConfiguration({ PORT: '0', METRICS_PORT: '0' }).metricsPort).toBe(0);
  });

  it('limits requests and attempts unless told not to', () => {
    const limits = { perAddress: 5_000, perCredential: 2_000, doorFailures: 300 };
    expect(readConfiguration({}).rateLimits).toEqual(limits);
    expect(readConfiguration({ RATE_LIMIT: 'OFF' }).rateLimits).toBeUndefined();
    expect(readConfiguration({ RATE_LIMIT_DOOR_FAILURES: '7' }).rateLimits).toEqual({ ...limits, doorFailures: 7 });
  });

  it('lets a user have a hundred sessions unless told otherwise, and one at least', () => {
    expect(readConfiguration({}).sessionsPerUser).toBe(100);
    expect(readConfiguration({ SESSIONS_PER_USER: '1' }).sessionsPerUser).toBe(1);
    for (const bad of ['0', '10001', '-1', 'off', '1.5'])
      expect(() => readConfiguration({ SESSIONS_PER_USER: bad })).toThrow(/^SESSIONS_PER_USER must be a whole number/);
  });

  it('takes proxies as addresses and networks', () => {
    const { trustedProxies } = readConfiguration({ TRUSTED_PROXIES: ' 127.0.0.1,10.0.0.0/8, fd00::/8 ,' });
    expect(trustedProxies).toEqual(['127.0.0.1', '10.0.0.0/8', 'fd00::/8']);
  });

  it('wants a secret key beside a database of your own', () => {
    expect(() => readConfiguration({ DATABASE_URL: 'postgres://db/x' })).toThrow(/OSTIARY_SECRET_KEY is required/);
    expect(readConfiguration({ DATABASE_URL: 'postgres://db/x', OSTIARY_SECRET_KEY: key }).secretKey).toHaveLength(32);
  });

  it('asks commands that only touch the database for nothing else', () => {
    const database = readDatabaseConfiguration({ DATABASE_URL: 'postgres://db/x', PORT: 'none' });
    expect(database).toEqual({ databaseUrl: 'postgres://db/x', dataDir: '.ostiary', databaseOsUser: undefined });
  });
});
