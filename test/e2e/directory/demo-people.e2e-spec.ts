import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Api } from '../../../apps/cli/src/demo/api.js';
import { DemoPasswords } from '../../../apps/cli/src/demo/demo-passwords.js';
import { makePeople, signsIn } from '../../../apps/cli/src/demo/people.js';
import { SampleCompany } from '../../../apps/cli/src/demo/sample-company.js';
import { TestApi } from '../../support/api.js';

const { directory } = new SampleCompany('demo/company');
const dataDir = mkdtempSync(join(tmpdir(), 'ostiary-demo-'));
const password = 'a long phrase of the administrator';

let server: TestApi;
let url: string;
let systems: { name: string; path: string }[];

beforeAll(async () => {
  server = await TestApi.start();
  await server.app.listen({ port: 0, host: '127.0.0.1' });
  url = (await server.app.getUrl()).replace('[::1]', '127.0.0.1');
  const { user } = await server.as('Administrator', server.organization, { user_name: 'admin' });
  await server.givePassword(server.organization, user, password);
  for (const { displayName, email } of directory.users) await server.organization.owner({ name: displayName, email });
  const application = await server.organization.application({ name: 'Salesforce' });
  const connector = await server.organization.connector(application);
  systems = [{ name: 'Salesforce', path: `/api/v1/apps/${application.id}/connectors/${connector.id}` }];
});
afterAll(async () => {
  await server.close();
  rmSync(dataDir, { recursive: true });
});

async function run() {
  const api = await signedIn('admin', password);
  const passwords = new DemoPasswords(dataDir);
  return { passwords, people: await makePeople(directory, { api: api!, systems, passwords }) };
}

async function signedIn(user: string, secret: string): Promise<Api | undefined> {
  const api = new Api(url, new AbortController().signal);
  return (await api.signIn(user, secret)) ? api : undefined;
}

/** What was done to the directory; signing in is no such thing. */
async function changes(): Promise<Record<string, unknown>[]> {
  return server.given.sql(
    `select action, count(*)::int as events from audit_event
      where action ~ '^(user|group|role|connector|owner)[.]' and action <> 'user.loggedIn'
      group by action order by action`,
  );
}

describe('the people of the demo', () => {
  it('are all made by the first run, each linked to the owner with the address', async () => {
    const { passwords, people } = await run();
    expect(people.made).toEqual(directory.users);
    const linked = await server.given.sql<{ user_name: string; name: string }>(
      'select u.user_name, o.name from app_user u join owner o on o.user_id = u.id order by u.created_at, u.id',
    );
    expect(linked).toHaveLength(directory.users.length);
    for (const { userName, displayName } of directory.users)
      expect(linked).toContainEqual({ user_name: userName, name: displayName });

    for (const user of directory.users.filter(signsIn)) {
      const letIn = await signedIn(user.userName, passwords.of(user.userName) ?? '');
      expect([user.userName, letIn !== undefined]).toEqual([user.userName, user.state !== 'inactive']);
    }
  });

  it('have the roles of their groups, and the steward his connector only', async () => {
    const { passwords } = await run();
    const as = async (name: string) => (await signedIn(name, passwords.of(name) ?? ''))!;
    const nightShift = await as('sabine.ambroz');
    await expect(nightShift.get('/api/v1/directory/users')).resolves.toMatchObject({ data: expect.any(Array) });
    await expect(nightShift.post('/api/v1/directory/users', { userName: 'x' })).rejects.toThrow(/answered 403/);
    const steward = await as('gael.kallio');
    await expect(steward.get(systems[0]!.path)).resolves.toBeDefined();
    await expect((await as('siobhan.obrien')).get(systems[0]!.path)).rejects.toThrow(/answered 404/);
  });

  it('are not made twice', async () => {
    await run();
    const before = await changes();
    const { people, passwords } = await run();
    expect(people.made).toEqual([]);
    expect(await changes()).toEqual(before);
    expect(await signedIn('jorg.weiss', passwords.of('jorg.weiss') ?? '')).toBeDefined();
  });

  it('are known among more users and groups than a page has', async () => {
    await run();
    for (const [table, columns, values] of [
      ['app_user', 'user_name, user_name_key, display_name, display_name_key', 'n, n, n, n'],
      ['user_group', 'name, name_key', 'n, n'],
    ]) {
      await server.given.sql(
        `insert into ${table} (organization_id, id, created_at, ${columns})
         select $1, gen_random_uuid(), '2020-01-01', ${values} from (select '0 of many ' || i as n from generate_series(1, 1000) i) s`,
        [server.organization.id],
      );
    }
    expect((await run()).people.made).toEqual([]);
    for (const table of ['app_user', 'user_group']) {
      await server.given.sql(`delete from ${table} where created_at = '2020-01-01'`);
    }
  });

  it('stay gone once they are deleted, and the others are not disturbed', async () => {
    await run();
    const admin = (await signedIn('admin', password))!;
    const { data } = await admin.get<{ data: { _id: string }[] }>(
      '/api/v1/directory/users?filter[userName][EQ]=odile.kocak',
    );
    await server.given.sql(`update app_user set deleted_at = now() where id = $1`, [data[0]!._id]);
    await server.given.sql(`delete from membership where user_id = $1`, [data[0]!._id]);
    const { people } = await run();
    expect(people.made).toEqual([]);
  });

  it('are completed after a run that was cut off', async () => {
    await run();
    await server.given.sql(
      `delete from membership where user_id is not null and group_id in (select id from user_group where name = 'Help desk')`,
    );
    const { people } = await run();
    const desk = people.groupIds.get('Help desk');
    const members = await server.given.sql('select 1 from membership where group_id = $1 and user_id is not null', [
      desk,
    ]);
    expect(members).toHaveLength(3);
  });
});
