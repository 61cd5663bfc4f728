import 'reflect-metadata';
import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ConfigurationError, readConfiguration } from '@app/kernel';
import { DatabaseUnavailableError } from '@app/persistence';
import { SecretKeyError } from '@app/secrets';
import { Server, ServerStartError } from '../../apps/api/src/server.js';
import { migrations } from '../../database/migrations/index.js';
import { Given } from '../support/given.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

let database: TestDatabase;
let given: Given;

beforeEach(async () => {
  database = await createTestDatabase();
  given = await Given.on(database.ownerUrl);
});
afterEach(async () => {
  await given.close();
  await database.drop();
});

const start = (environment: Record<string, string> = {}) =>
  Server.start(
    readConfiguration({
      DATABASE_URL: database.serverUrl,
      OSTIARY_SECRET_KEY: Buffer.alloc(32, 1).toString('base64url'),
      OSTIARY_ADMIN_PASSWORD: 'a password for this test',
      OSTIARY_WORKER: 'none',
      LOG_LEVEL: 'silent',
      PORT: '0',
      ...environment,
    }),
  );

describe('the start of a server on a database of its operator', () => {
  it('says what it listens on, makes the first rows, and stops', async () => {
    const server = await start();
    const answer = await fetch(`${server.url}/api/v1/auth/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ username: 'admin', password: 'a password for this test' }),
    });
    expect(answer.status).toBe(200);
    expect((await fetch(`${server.url}/health/ready`)).status).toBe(503);
    await server.stop();
    await expect(fetch(server.url)).rejects.toThrow('fetch failed');
  });

  it('takes a weak password for the administrator, and says in one line why it is weak but not what it is', async () => {
    const lines = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    const weak = 'iloveyou123456789';
    await (await start({ OSTIARY_ADMIN_PASSWORD: weak })).stop();
    // Later starts do not use it.
    await (await start({ OSTIARY_ADMIN_PASSWORD: weak })).stop();
    const written = lines.mock.calls.map(([line]) => String(line));
    lines.mockRestore();
    expect(written).toEqual([
      'OSTIARY_ADMIN_PASSWORD is weak: The password is easily guessed: it is made of common words.\n',
    ]);
    expect(await given.sql('select 1 from credential')).toHaveLength(1);
  });

  it('refuses a database that lacks migrations, and does not migrate it', async () => {
    await given.sql(`delete from schema_migration where name = '0008-audit'`);
    await expect(start()).rejects.toThrow(ServerStartError);
    await expect(start()).rejects.toThrow(/lacks 1 migration\(s\), first 0008-audit/);
    await given.sql('drop table schema_migration');
    await expect(start()).rejects.toThrow(`lacks ${migrations.length} migration(s)`);
  });

  it('says which rights are missing', async () => {
    await given.sql('revoke insert, select on signing_key from ostiary_server');
    await expect(start()).rejects.toThrow(DatabaseUnavailableError);
    await expect(start()).rejects.toThrow(/lacks rights/);
  });

  it('refuses another secret key than the one the first start had', async () => {
    await (await start()).stop();
    const other = { OSTIARY_SECRET_KEY: Buffer.alloc(32, 2).toString('base64url') };
    await expect(start(other)).rejects.toThrow(SecretKeyError);
    expect(await given.sql('select 1 from signing_key')).toHaveLength(1);
  });

  it('says that its port is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    await expect(start({ PORT: String(port) })).rejects.toThrow(`PORT ${port} on 127.0.0.1 is in use`);
    other.close();
  });

  it('has its metrics on a port of their own if told so, and there alone', async () => {
    const server = await start({ METRICS_PORT: '0' });
    expect(server.metricsUrl).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/metrics$/);
    expect((await fetch(`${server.url}/metrics`)).status).toBe(404);
    expect(await (await fetch(server.metricsUrl!)).text()).toContain(
      'ostiary_http_requests_total{method="GET",route="unmatched",status="404"} 1',
    );
    const url = server.metricsUrl!;
    await server.stop();
    await expect(fetch(url)).rejects.toThrow('fetch failed');
  });

  it('has no metrics if told so', async () => {
    const server = await start({ METRICS_PATH: 'off', METRICS_PORT: '0' });
    expect(server.metricsUrl).toBeUndefined();
    expect((await fetch(`${server.url}/metrics`)).status).toBe(404);
    await server.stop();
  });

  it('refuses a path for its metrics that an API uses, and a port that is taken', async () => {
    await expect(start({ METRICS_PATH: '/health/live' })).rejects.toThrow(ConfigurationError);
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    await expect(start({ METRICS_PORT: String(port) })).rejects.toThrow(`METRICS_PORT ${port} on 127.0.0.1 is in use`);
    other.close();
  });
});
