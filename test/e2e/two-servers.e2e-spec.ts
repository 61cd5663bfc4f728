import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '@app/kernel';
import { Given, GivenOrganization, type Row } from '../support/given.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

const password = 'orbit velvet quarry mango plinth';
const next = 'quite another long phrase';
const users = '/api/v1/directory/users';
/** What a server knew it may believe for a second. */
const keptMs = 1_050;

/** One of several processes of the built server on one database. */
class Process {
  private constructor(
    private readonly child: ChildProcess,
    readonly url: string,
  ) {}

  static async start(settings: Record<string, string>): Promise<Process> {
    const env = { ...process.env, ...settings, PORT: '0', OSTIARY_WORKER: 'none', LOG_LEVEL: 'silent' };
    const child = spawn(process.execPath, ['dist/apps/api/src/main.js'], { env, stdio: ['ignore', 'pipe', 'inherit'] });
    for await (const line of createInterface({ input: child.stdout })) {
      const url = /^listening on (\S+)$/.exec(line)?.[1];
      if (url) return new Process(child, url);
    }
    throw new Error('the built server did not come to listen');
  }

  async send(method: string, path: string, credential: Record<string, string>, body?: object) {
    const response = await fetch(this.url + path, {
      method,
      headers: { ...credential, ...(body && { 'content-type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, body: (text === '' ? {} : JSON.parse(text)) as Record<string, string> };
  }

  async stop(): Promise<void> {
    const exited = once(this.child, 'exit');
    this.child.kill('SIGTERM');
    await exited;
  }
}

let database: TestDatabase;
let given: Given;
let company: GivenOrganization;
let here: Process;
let there: Process;
let admin: Record<string, string>;

const bearer = (token: string | undefined) => ({ authorization: `Bearer ${token}` });

beforeAll(async () => {
  execFileSync(process.execPath, ['--eval', `import('./scripts/ensure-built.mjs').then((m) => m.ensureBuilt())`]);
  database = await createTestDatabase();
  given = await Given.on(database.ownerUrl);
  const settings = {
    DATABASE_URL: database.serverUrl,
    OSTIARY_SECRET_KEY: Buffer.alloc(32, 1).toString('base64url'),
    // Two ports, one public address: a token of one is a token of the other.
    OSTIARY_PUBLIC_URL: 'http://idp.example.com',
    OSTIARY_ADMIN_PASSWORD: password,
    ARGON2: '{"memoryKib":1024,"passes":1}',
    RATE_LIMIT: 'off',
  };
  here = await Process.start(settings);
  there = await Process.start(settings);
  const [organization] = await given.sql<{ id: string }>('select id from organization');
  company = new GivenOrganization(given, organization!.id);
  admin = bearer((await here.send('POST', '/api/v1/auth/login', {}, { username: 'admin', password })).body['token']);
}, 300_000);

afterAll(async () => {
  await Promise.all([here.stop(), there.stop()]);
  await given.close();
  await database.drop();
});

async function signedIn(role?: string): Promise<{ user: Row; credential: Record<string, string> }> {
  const user = await company.user({ user_name: `u${newId()}` });
  if (role) await given.insert('role_assignment', { organization_id: company.id, user_id: user.id, role });
  await here.send('POST', `${users}/${user.id}/password`, admin, { password });
  const { body } = await here.send('POST', '/api/v1/auth/login', {}, { username: user.name, password });
  return { user, credential: bearer(body['token']) };
}

interface Loss {
  readonly credential: Record<string, string>;
  readonly path: string;
  /** Through the API of the one server where there is a call, else in the database itself. */
  readonly take: () => Promise<unknown>;
  readonly status: 401 | 403;
}

const losses: Record<string, () => Promise<Loss>> = {
  'a role is taken away': async () => {
    const { user, credential } = await signedIn('AUDITOR');
    const [{ id }] = (await given.sql('select id from role_assignment where user_id = $1', [user.id])) as [Row];
    const take = () => here.send('DELETE', `/api/v1/role-assignments/${id}`, admin);
    return { credential, path: '/accounts', take, status: 403 };
  },
  'a group is left': async () => {
    const { user, credential } = await signedIn();
    const group = { organization_id: company.id, id: newId() };
    await given.insert('user_group', { ...group, name: group.id, name_key: group.id });
    const of = { organization_id: company.id, group_id: group.id };
    await given.insert('role_assignment', { ...of, role: 'AUDITOR' });
    await given.insert('membership', { ...of, user_id: user.id });
    const take = () => given.sql('delete from membership where user_id = $1', [user.id]);
    return { credential, path: '/accounts', take, status: 403 };
  },
  'the user is disabled': async () => {
    const { user, credential } = await signedIn('AUDITOR');
    const change = `update app_user set active = false, inactive_reason = 'manual' where id = $1`;
    return { credential, path: '/accounts', take: () => given.sql(change, [user.id]), status: 401 };
  },
  'the password is changed': async () => {
    const { credential } = await signedIn('AUDITOR');
    const body = { currentPassword: password, newPassword: next };
    const take = () => here.send('POST', `${users}/me/password`, credential, body);
    return { credential, path: '/accounts', take, status: 401 };
  },
  'somebody logs out': async () => {
    const { credential } = await signedIn('AUDITOR');
    return {
      credential,
      path: '/accounts',
      take: () => here.send('POST', '/api/v1/auth/logout', credential),
      status: 401,
    };
  },
  'a client is deleted': async () => {
    const client = { name: 'c', roles: ['AUDITOR'] };
    const { body } = await here.send('POST', '/api/v1/oauth-clients', admin, client);
    const form = new URLSearchParams({ grant_type: 'client_credentials' });
    form.set('client_id', body['clientId']!);
    form.set('client_secret', body['clientSecret']!);
    const answer = await fetch(`${there.url}/oauth/token`, { method: 'POST', body: form });
    const { access_token: token } = (await answer.json()) as { access_token: string };
    const take = () => here.send('DELETE', `/api/v1/oauth-clients/${body['id']}`, admin);
    return { credential: bearer(token), path: '/accounts', take, status: 401 };
  },
  'a key is revoked': async () => {
    const key = { name: 'k', level: 'ACCOUNT', permission: 'VIEW' };
    const { body } = await here.send('POST', '/api/v1/api-keys', admin, key);
    const take = () => here.send('DELETE', `/api/v1/api-keys/${body['id']}`, admin);
    return { credential: { 'x-api-key': body['key']! }, path: '/api/v1/owners', take, status: 401 };
  },
  'an impersonation ends with its Administrator’s session': async () => {
    const chief = await signedIn('Administrator');
    const { user } = await signedIn('AUDITOR');
    const { body } = await here.send('POST', '/api/v1/auth/impersonate', chief.credential, { userId: user.id });
    const take = () => here.send('POST', '/api/v1/auth/logout', chief.credential);
    return { credential: bearer(body['token']), path: '/accounts', take, status: 401 };
  },
};

describe('on two servers at once', () => {
  it.each(Object.keys(losses))('all is over within a second when %s', async (kind) => {
    const { credential, path, take, status } = await losses[kind]!();
    for (const server of [here, there]) expect((await server.send('GET', path, credential)).status).toBe(200);
    await take();
    await sleep(keptMs);
    for (const server of [here, there]) expect((await server.send('GET', path, credential)).status).toBe(status);
  });

  it('failed attempts are counted together, and a key that was taken away is believed by neither', async () => {
    const { user, credential } = await signedIn();
    for (let i = 0; i < 5; i++) {
      const server = i % 2 === 0 ? here : there;
      await server.send('POST', '/api/v1/auth/login', {}, { username: user.name, password: 'wrong' });
    }
    for (const server of [here, there]) {
      const answer = await server.send('POST', '/api/v1/auth/login', {}, { username: user.name, password });
      expect(answer.status).toBe(401);
    }
    const env = {
      ...process.env,
      DATABASE_URL: database.serverUrl,
      OSTIARY_SECRET_KEY: Buffer.alloc(32, 1).toString('base64url'),
    };
    const command = ['dist/apps/cli/src/main.js', 'rotate-signing-key', '--now'];
    expect(execFileSync(process.execPath, command, { env }).toString()).toContain('signs from now on');
    await sleep(keptMs);
    for (const server of [here, there]) {
      expect((await server.send('GET', `${users}/me`, credential)).status).toBe(401);
      expect((await server.send('GET', `${users}/me`, admin)).status).toBe(401);
    }
    const again = await there.send('POST', '/api/v1/auth/login', {}, { username: 'admin', password });
    expect((await here.send('GET', `${users}/me`, bearer(again.body['token']))).status).toBe(200);
  });
});
