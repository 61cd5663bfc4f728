import { createServer, type Server } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { probeDatabase } from './probe-database.js';
import { ask } from './testing/data-folder.js';

const { ownerUrl, adminUrl } = JSON.parse(process.env.TEST_SERVER ?? '{}') as { ownerUrl: string; adminUrl: string };
const password = new URL(ownerUrl).password;

function changed(change: (url: URL) => void): string {
  const url = new URL(ownerUrl);
  change(url);
  return url.href;
}

async function complaintAbout(url: string, patienceMs?: number): Promise<string> {
  const error = await probeDatabase(url, patienceMs).then(
    () => undefined,
    (failure: unknown) => failure as Error,
  );
  expect(error?.name).toBe('DatabaseUnavailableError');
  expect(error?.message).not.toContain(password);
  expect(error?.message).toMatch(/^[A-Z].*[^.]\.$/);
  return error?.message ?? '';
}

describe('trying DATABASE_URL', () => {
  it('answers the major version of a server it can use', async () => {
    expect(await probeDatabase(ownerUrl)).toEqual({ version: 18 });
  });

  it('names a refused password without repeating it', async () => {
    const message = await complaintAbout(changed((url) => (url.password = 'hunter2hunter2')));
    expect(message).toContain('refused the user "ostiary_owner" or its password');
    expect(message).not.toContain('hunter2');
  });

  it('names a missing password', async () => {
    expect(await complaintAbout(changed((url) => (url.password = '')))).toContain('or its password');
  });

  it('names a database that does not exist', async () => {
    const message = await complaintAbout(changed((url) => (url.pathname = '/nowhere')));
    expect(message).toContain('The database "nowhere" does not exist on 127.0.0.1');
  });

  it('names a database its user may not enter', async () => {
    const url = changed((url) => (url.pathname = '/template1'));
    expect(await complaintAbout(url)).toContain('grant CONNECT');
  });

  it('names a server without TLS when the URL asks for it', async () => {
    expect(await complaintAbout(`${ownerUrl}?sslmode=require`)).toContain('offers no TLS');
  });

  it('names a host that is not found', async () => {
    const url = changed((url) => (url.hostname = 'database.invalid'));
    expect(await complaintAbout(url)).toContain('The host "database.invalid" was not found');
  });

  it.each([
    ['no URL', 'garbage'],
    ['nothing', ''],
    ['another protocol', 'mysql://root:secret@localhost/x'],
    ['a bare # in the password', 'postgres://user:12#secret@localhost/x'],
    ['a bare / in the password', 'postgres://user:12/secret@localhost/x'],
    ['a bare ? in the password', 'postgres://user:12?secret@localhost/x'],
    ['a broken escape', 'postgres://user:secret%@localhost/x'],
    ['a port out of range', 'postgres://user:secret@localhost:99999/x'],
  ])('refuses %s without printing any of it', async (_, url) => {
    const message = await complaintAbout(url);
    expect(message).toContain('DATABASE_URL is not a PostgreSQL URL');
    expect(message).not.toContain('secret');
  });

  it('names a database that takes no changes', async () => {
    await ask(adminUrl, 'create database read_only');
    await ask(adminUrl, 'alter database read_only set default_transaction_read_only = on');
    try {
      const url = changed((url) => (url.pathname = '/read_only'));
      expect(await complaintAbout(url)).toContain('The database "read_only" on 127.0.0.1 is read-only');
    } finally {
      await ask(adminUrl, 'drop database read_only');
    }
  });

  it('names a database that has no connection left', async () => {
    await ask(adminUrl, 'create database crowded connection limit 0');
    try {
      expect(await complaintAbout(changed((url) => (url.pathname = '/crowded')))).toContain('has no connection left');
    } finally {
      await ask(adminUrl, 'drop database crowded');
    }
  });
});

describe('trying DATABASE_URL on a port that is no PostgreSQL', () => {
  let port: number;
  let server: Server;
  beforeAll(async () => {
    server = createServer((socket) => socket.once('data', () => socket.destroy()));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    port = (server.address() as { port: number }).port;
  });
  afterAll(() => void server.close());

  const elsewhere = () => changed((url) => (url.port = String(port)));

  it('names a server that hangs up', async () => {
    expect(await complaintAbout(elsewhere())).toContain('check that it is PostgreSQL');
  });

  it('names a closed port', async () => {
    await new Promise((resolve) => server.close(resolve));
    expect(await complaintAbout(elsewhere())).toContain(`Nothing answers on 127.0.0.1:${port}`);
  });
});

describe('trying DATABASE_URL on a server that stays silent', () => {
  it('gives up in time', async () => {
    const server = createServer(() => undefined);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const { port } = server.address() as { port: number };
      const url = changed((url) => (url.port = String(port)));
      expect(await complaintAbout(url, 300)).toContain('did not answer in time');
    } finally {
      server.close();
    }
  });
});
