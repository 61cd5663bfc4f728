import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '@app/kernel';
import { type Client, TestApi } from '../support/api.js';

const run = promisify(execFile);
const password = newId();

let api: TestApi;
let folder: string;
let readme: string;
let admin: Client;

beforeAll(async () => {
  api = await TestApi.start();
  await api.startWorker();
  await api.app.listen(0, '127.0.0.1');
  folder = await mkdtemp(join(tmpdir(), 'ostiary-readme-'));
  admin = await api.as('Administrator', api.organization, { user_name: 'admin' });
  await api.givePassword(api.organization, admin.user, password);
  readme = await readFile('README.md', 'utf8');
});
afterAll(async () => {
  await api.close();
  await rm(folder, { recursive: true });
});

/** What the lines under a heading print when they are pasted, line by line. */
async function pasted(heading: string): Promise<string[]> {
  const [, block = ''] = new RegExp(`## ${heading}[^]*?\`\`\`sh\\n([^]*?)\`\`\``).exec(readme) ?? [];
  const address = `http://127.0.0.1:${(api.server.address() as AddressInfo).port}`;
  const lines = block.replace('http://127.0.0.1:3000', address).replace('<the printed password>', password);
  const { stdout } = await run('sh', ['-c', lines], { cwd: folder });
  return stdout.trim().split('\n');
}

describe('the tour of the README', () => {
  it('calls each surface once, and each answers with what is asked for', async () => {
    const { organization } = api;
    const owner = await organization.owner({ name: 'Mattias Sauvage', email: 'mattias.sauvage@example.com' });
    const steward = await organization.user({ user_name: 'mattias.sauvage' });
    // Others before and after it: the lines take the right one.
    const applications = [];
    for (const name of ['Active Directory', 'Salesforce', 'SAP ERP']) {
      applications.push(await organization.application({ name }));
    }
    const connector = await organization.connector(applications[1]!);
    await organization.connectorOwner(connector, steward);
    const orphan = await organization.account(connector);

    const answers = (await pasted('Five calls, one a surface')).map((line) => JSON.parse(line) as unknown);
    expect(answers).toMatchObject([
      { owners: [{ id: owner.id }] },
      [{ id: orphan.id }],
      { list: [{ user: { id: steward.id } }] },
      { data: [{ _id: steward.id }] },
      { slug: await api.slugOf(), categories: [{ name: 'Maintenance' }, { name: 'Operations' }, { name: 'Critical' }] },
    ]);
  });
});

describe('the first connector of the README', () => {
  it.each([
    ['on a new server', 1],
    ['a second time', 2],
  ])('is read when its lines are pasted %s', async (_, systems) => {
    const [file, started, runs] = await pasted('Your first connector');
    expect(JSON.parse(file!)).toMatchObject({ file: { rows: 2, refusedRows: 0 } });
    const { id } = (JSON.parse(started!) as { run: { id: string } }).run;
    expect(JSON.parse(runs!)).toMatchObject({ list: [{ id }] });
    const read = async () => (await admin.get('/accounts?filters=name+eq+"ada"').expect(200)).body as unknown[];
    await expect.poll(read, { timeout: 20_000 }).toHaveLength(systems);
  });
});
