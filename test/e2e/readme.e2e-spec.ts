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
let lines: string;
let admin: Client;

beforeAll(async () => {
  api = await TestApi.start();
  await api.startWorker();
  await api.app.listen(0, '127.0.0.1');
  folder = await mkdtemp(join(tmpdir(), 'ostiary-readme-'));
  admin = await api.as('Administrator', api.organization, { user_name: 'admin' });
  await api.givePassword(api.organization, admin.user, password);
  const readme = await readFile('README.md', 'utf8');
  const [, block = ''] = /## Your first connector[^]*?```sh\n([^]*?)```/.exec(readme) ?? [];
  const address = `http://127.0.0.1:${(api.server.address() as AddressInfo).port}`;
  lines = block.replace('http://127.0.0.1:3000', address).replace('<the printed password>', password);
});
afterAll(async () => {
  await api.close();
  await rm(folder, { recursive: true });
});

describe('the first connector of the README', () => {
  it.each([
    ['on a new server', 1],
    ['a second time', 2],
  ])('is read when its lines are pasted %s', async (_, systems) => {
    const { stdout } = await run('sh', ['-c', lines], { cwd: folder });
    const [file, started, runs] = stdout.trim().split('\n');
    expect(JSON.parse(file!)).toMatchObject({ file: { rows: 2, refusedRows: 0 } });
    const { id } = (JSON.parse(started!) as { run: { id: string } }).run;
    expect(JSON.parse(runs!)).toMatchObject({ list: [{ id }] });
    const read = async () => (await admin.get('/accounts?filters=name+eq+"ada"').expect(200)).body as unknown[];
    await expect.poll(read, { timeout: 20_000 }).toHaveLength(systems);
  });
});
