import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ask, DataFolder, light } from './testing/data-folder.js';
import { startInOtherProcess } from './testing/other-process.js';

describe('making the cluster', () => {
  let folder: DataFolder;
  beforeEach(() => {
    folder = DataFolder.open();
  });
  afterEach(() => folder.remove());

  const drafts = (): string[] => readdirSync(folder.home).filter((name) => name.startsWith('cluster.new-'));
  const begun = (): boolean =>
    existsSync(folder.home) && drafts().some((name) => existsSync(join(folder.home, name, 'base')));

  it('is done again from the start when it was killed in the middle', async () => {
    const killed = startInOtherProcess({ dir: folder.dir, ...light });
    while (!begun()) await sleep(5);
    await killed.kill();
    expect(existsSync(folder.cluster)).toBe(false);

    const server = await folder.start();
    expect(server.adopted).toBe(false);
    expect(await ask(server.serverUrl, 'select 1 as one')).toEqual([{ one: 1 }]);
    expect(drafts()).toEqual([]);
    await server.stop();
  });

  it('leaves neither a draft nor the password file behind', async () => {
    const server = await folder.start();
    expect(readdirSync(folder.home).sort()).toEqual(['cluster', 'postgres.log']);
    await server.stop();
  });

  it('is finished by the next start when the roles were not made yet', async () => {
    const first = await folder.start();
    await ask(first.adminUrl ?? '', 'drop database ostiary with (force)');
    await first.stop();

    const server = await folder.start();
    expect(await ask(server.serverUrl, 'select 1 as one')).toEqual([{ one: 1 }]);
    await expect(ask(server.serverUrl, 'create table refused (id int)')).rejects.toMatchObject({ code: '42501' });
    await server.stop();
  });

  it('says in one sentence what is wrong when the server does not start', async () => {
    await (await folder.start()).stop();
    await expect(folder.start({ settings: ['shared_buffers=lots'] })).rejects.toMatchObject({
      name: 'DatabaseUnavailableError',
      message: expect.stringMatching(
        /^PostgreSQL in .* did not start: invalid value for parameter "shared_buffers": "lots"\.$/,
      ) as string,
    });
    await (await folder.start()).stop();
  });
});
