import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { AuditTrail } from '@app/audit';
import { brokenInvariants } from '../../../test/support/invariants.js';
import { type Feed, SyncHistory } from '../../../test/support/sync-history.js';
import { Workbench } from '../../../test/support/workbench.js';
import { runQueued } from './jobs.js';
import { RunExecutor } from './run-executor.js';
import { RunNotices } from './run-notices.js';
import { RunQueue } from './run-queue.js';
import { RunService } from './run.service.js';
import { RunWorker } from './run-worker.js';

let bench: Workbench;
let history: SyncHistory;

beforeAll(async () => {
  bench = await Workbench.open([AuditTrail, RunExecutor, RunNotices, RunQueue, RunService, RunWorker], [runQueued]);
});
afterAll(() => bench.close());

const ada = 'E1,Ada,a@example.com,Sales,,';
const bo = 'E2,Bo,b@example.com,Sales,E1,';
const pages = [
  'u1,E1,,,A|b,2020-01-01,2020-01-01,false,true,true,,12',
  'u2,E2,b@example.com,,c,,,,,,true,',
  'u3,,a@example.com,true,,,,,,,,',
  'u4,,d@example.com,,A,,,,,,,',
];

beforeEach(async () => {
  history = await SyncHistory.begin(bench);
  await history.read('hr', [ada, bo]);
  await history.read('wiki', pages);
});

async function read(feed: Feed, ...rows: string[]): Promise<void> {
  expect(await history.read(feed, rows)).toMatchObject({ state: 'succeeded' });
  await holds(feed);
}

async function holds(feed: Feed): Promise<void> {
  const runOf = history.connectors[feed].id;
  expect(await brokenInvariants(bench.given, history.organization, { runOf })).toEqual([]);
}

async function account(key: string) {
  const [found] = await history.rows<{ id: string; owner_id: string | null; [column: string]: unknown }>(
    'select * from account where organization_id = $1 and native_key = $2',
    [key],
  );
  return found!;
}

async function ownerId(identityKey: string): Promise<string> {
  const [found] = await history.rows<{ id: string }>(
    'select id from owner where organization_id = $1 and identity_key = $2',
    [identityKey],
  );
  return found!.id;
}

async function figure(name: string, identityKey = 'e1'): Promise<unknown> {
  const [row] = await history.rows('select * from owner_statistics where organization_id = $1 and owner_id = $2', [
    await ownerId(identityKey),
  ]);
  return row?.[name];
}

describe('totals, repeated columns, figures and trail are what counting anew gives', () => {
  it('after a first run', async () => {
    await holds('wiki');
    expect(await figure('failed_logins_in_hour')).toBe(1);
    expect(await figure('not_used_365')).toBe(1);
    expect(await figure('total_accounts')).toBe(3);
  });

  it('after a run that changes accounts', async () => {
    await read('wiki', 'u1,E1,,true,,,,,,,,', 'u2,E2,,,A,,,true,,,,', pages[2]!, pages[3]!);
    expect(await figure('privileged_accounts_not_vaulted')).toBe(0);
  });

  it('after a run that removes accounts, and one that returns them', async () => {
    await read('wiki', pages[3]!);
    expect(await figure('total_accounts')).toBe(1);
    await read('wiki', ...pages);
    expect(await figure('total_accounts')).toBe(3);
  });

  it('after a run that renames an owner, changes his status, or gives his address away', async () => {
    await read('hr', 'E1,\u00c4rger,a@example.com,Sales,,inactive', bo);
    expect(await account('u1')).toMatchObject({ owner_name_key: '\u00e4rger', owner_state: 'inactive' });
    await read('hr', 'E1,Ada,,Legal,,', 'E2,Bo,a@example.com,Sales,E1,');
    await read('hr', bo);
    await read('hr', ada, bo);
  });

  it('after runs that link accounts to others, to nobody, and again', async () => {
    await read('wiki', ...pages.map((page) => page.replace('u1,E1', 'u1,E2').replace('u2,E2', 'u2,E9')));
    expect((await account('u1')).owner_id).toBe(await ownerId('e2'));
    await read('wiki', ...pages.map((page) => page.replace('u1,E1', 'u1,')));
    expect((await account('u1')).owner_id).toBeNull();
    await read('wiki', ...pages);
    await history.changeRules([{ account: 'email', owner: 'email' }]);
    await history.readAgain('wiki');
    await holds('wiki');
    expect((await account('u1')).owner_id).toBeNull();
  });

  it('after an unowned account gets the address of an owner, and after the owner comes', async () => {
    await read('wiki', ...pages, 'u5,,c@example.com,,,,,,,,,');
    await history.changeRules([{ account: 'identityId', owner: 'identityId' }]);
    await read('hr', ada, bo, 'E3,Cy,c@example.com,,,');
    expect(await figure('accounts_no_owner', 'e3')).toBe(1);
    await history.changeRules([{ account: 'email', owner: 'email' }]);
    await history.readAgain('wiki');
    await holds('wiki');
    expect(await figure('accounts_no_owner', 'e3')).toBe(0);
  });

  it('after the connector got another name, and the next run', async () => {
    await history.renameConnector('\u00c5ngstr\u00f6m');
    await holds('wiki');
    await read('wiki', ...pages.slice(1), 'u6,,,,,,,,,,,');
  });

  it('after an account that was linked by hand was away while its owner changed', async () => {
    await history.byHand.link((await account('u4')).id, await ownerId('e1'));
    await holds('wiki');
    await read('wiki', ...pages.slice(0, 3));
    await read('hr', 'E1,\u00c4rger,,,,inactive', bo);
    await read('wiki', ...pages);
    expect(await account('u4')).toMatchObject({ correlation: 'manual', owner_name_key: '\u00e4rger' });
  });

  it('after an owner was deleted by hand, and his row came again', async () => {
    await history.byHand.delete(await ownerId('e1'));
    await holds('wiki');
    await history.readAgain('wiki');
    await holds('wiki');
    await read('hr', 'E1,Ada the second,a@example.com,Sales,,', bo);
    await history.readAgain('wiki');
    await holds('wiki');
  });

  it('after one of forty accounts got far more groups than the others, and lost them', async () => {
    const many = Array.from({ length: 40 }, (_, i) => `m${i},E2,,,${i % 2 ? 'x' : ''},,,,,,,`);
    const groups = Array.from({ length: 30 }, (_, i) => `g${i}`).join('|');
    await read('wiki', ...pages, ...many, `deviant,E1,,,${groups},,,,,,,`);
    expect(await figure('account_group_deviation')).toBe(1);
    await read('wiki', ...pages, ...many, 'deviant,E1,,,x,,,,,,,');
    expect(await figure('account_group_deviation')).toBe(0);
  });
});
