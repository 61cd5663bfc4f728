import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '@app/kernel';
import type { GivenOrganization } from '../../../test/support/given.js';
import { runsOf, syncedState } from '../../../test/support/synced-state.js';
import { Workbench } from '../../../test/support/workbench.js';
import { LeasedRun } from './leased-run.js';
import { RunExecutor } from './run-executor.js';
import { RunNotices } from './run-notices.js';

let bench: Workbench;
beforeAll(async () => {
  bench = await Workbench.open([RunExecutor, RunNotices]);
});
afterAll(() => bench.close());

const hrConfig = {
  kind: 'delimited-file',
  authoritative: true,
  mapping: { Id: 'nativeIdentity', Name: 'name', Mail: 'email', Boss: 'attributes.boss' },
  ownerMapping: { name: 'name', email: 'email', 'attributes.boss': 'manager' },
};
const systemConfig = {
  kind: 'delimited-file',
  mapping: { login: 'nativeIdentity', mail: 'email', groups: 'groups' },
};

const people = Array.from({ length: 40 }, (_, i) => `E${i},Person ${i},p${i}@example.com,${i ? `E${i >> 2}` : ''}`);
const accounts = (system: number) =>
  Array.from({ length: 120 }, (_, i) => `u${i},p${(i * 7 + system) % 45}@example.com,G${i % 5}|G${(i + system) % 7}`);

/** An HR file and three systems, all queued. */
async function filled(organization: GivenOrganization): Promise<void> {
  const hr = await bench.connector(organization, 'HR', hrConfig);
  const systems = [];
  for (const name of ['A', 'B', 'C']) systems.push(await bench.connector(organization, name, systemConfig));
  await bench.queue(organization, hr, ['Id,Name,Mail,Boss', ...people].join('\n'));
  for (const [i, system] of systems.entries()) {
    await bench.queue(organization, system, ['login,mail,groups', ...accounts(i)].join('\n'));
  }
}

const next = () => LeasedRun.claim(bench.database, newId());

/** Takes runs until there has been none for a while. */
async function worker(): Promise<void> {
  for (let idle = 0; idle < 5; idle++) {
    for (let run = await next(); run; run = await next()) await bench.get(RunExecutor).execute(run);
    await sleep(50);
  }
}

describe('workers that compete for the runs of several organizations', () => {
  it('do each run once, and leave what one worker alone would have left', async () => {
    const alone = await bench.given.organization();
    await filled(alone);
    await worker();
    const expected = await syncedState(bench.given, alone);

    const several: GivenOrganization[] = [];
    for (let i = 0; i < 4; i++) several.push(await bench.given.organization());
    for (const organization of several) await filled(organization);
    await Promise.all([worker(), worker(), worker()]);
    for (const organization of several) {
      expect((await runsOf(bench.given, organization)).map(({ state }) => state)).toEqual(Array(4).fill('succeeded'));
      expect(await syncedState(bench.given, organization)).toEqual(expected);
    }
  });
});
