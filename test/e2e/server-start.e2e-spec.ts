import 'reflect-metadata';
import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readConfiguration } from '@app/kernel';
import { DatabaseUnavailableError } from '@app/persistence';
import { Server, ServerStartError } from '../../apps/api/src/server.js';
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

  it('refuses a database that lacks migrations, and does not migrate it', async () => {
    await given.sql(`delete from schema_migration where name = '0008-audit'`);
    await expect(start()).rejects.toThrow(ServerStartError);
    await expect(start()).rejects.toThrow(/lacks 1 migration\(s\), first 0008-audit/);
    await given.sql('drop table schema_migration');
    await expect(start()).rejects.toThrow(/lacks 8 migration\(s\)/);
  });

  it('says which rights are missing', async () => {
    await given.sql('revoke insert, select on signing_key from ostiary_server');
    await expect(start()).rejects.toThrow(DatabaseUnavailableError);
    await expect(start()).rejects.toThrow(/lacks rights/);
  });

  it('says that its port is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    await expect(start({ PORT: String(port) })).rejects.toThrow(`PORT ${port} on 127.0.0.1 is in use`);
    other.close();
  });
});
