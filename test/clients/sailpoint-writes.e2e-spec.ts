import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  AccountsApi,
  AccountsBetaApi,
  AccountsV2024Api,
  Configuration,
  TaskManagementBetaApi,
  TaskManagementV2024Api,
} from 'sailpoint-api-client';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { TestApi } from '../support/api.js';
import type { Feed } from '../support/feed.js';
import type { Row } from '../support/given.js';
import { header, systemOf } from '../support/writes-company.js';

let api: TestApi;
let configuration: Configuration;
let feed: Feed;
let owner: Row;

beforeAll(async () => {
  // It warns the terminal of every experimental call.
  vi.spyOn(console, 'log').mockImplementation(() => undefined);
  api = await TestApi.start();
  await api.app.listen(0, '127.0.0.1');
  const base = `http://127.0.0.1:${(api.server.address() as AddressInfo).port}`;
  const administrator = await api.as('Administrator');
  owner = await api.organization.owner({ name: 'Ada Amir' });
  feed = await systemOf(api, administrator);
  await feed.sync([header, 'ada,Ada,,,false,false,,staff,Board', 'bob,Bob,,,true,true,,,'].join('\n'));
  const { body } = await administrator
    .post('/api/v1/oauth-clients')
    .send({ name: 'script', roles: ['Administrator'] })
    .expect(201);
  const { clientId, clientSecret } = body;
  configuration = new Configuration({ baseurl: base, tokenUrl: `${base}/oauth/token`, clientId, clientSecret });
  configuration.experimental = true;
  await configuration.accessToken;
});
afterAll(() => api.close());

type Answer = Promise<{ status: number; data: unknown }>;
type Calls = Readonly<Record<string, (request: object) => Answer>>;

/** One script for every version: what its arguments are called is all that differs. */
interface Version {
  readonly name: string;
  readonly accounts: () => Calls;
  readonly suffix: '' | 'V2024' | 'Beta';
}

const versions: Version[] = [
  { name: 'v3', accounts: () => new AccountsApi(configuration) as unknown as Calls, suffix: '' },
  { name: 'v2024', accounts: () => new AccountsV2024Api(configuration) as unknown as Calls, suffix: 'V2024' },
  { name: 'beta', accounts: () => new AccountsBetaApi(configuration) as unknown as Calls, suffix: 'Beta' },
];

/** The task behind an answer 202, when it is over; versions without tasks of their own ask another one for them. */
async function taskOf({ status, data }: { status: number; data: unknown }, { suffix }: Version) {
  expect(status).toBe(202);
  const tasks =
    suffix === 'Beta' ? new TaskManagementBetaApi(configuration) : new TaskManagementV2024Api(configuration);
  for (let i = 0; i < 400; i++) {
    const { data: task } = await tasks.getTaskStatus({ id: (data as { id: string }).id });
    if (task.completed !== null) return task;
    await sleep(25);
  }
  throw new Error('the task did not end in time');
}

describe.each(versions)('the vendor’s client for $name', (version) => {
  const { suffix, name } = version;
  const call = async (method: string, request: object) => version.accounts()[method]!(request);
  const body = (argument: string, value: object) => ({ [`${argument}${suffix}`]: value });
  const named = async (nativeIdentity: string) => {
    const { data } = await call('listAccounts', { filters: `nativeIdentity eq "${nativeIdentity}"` });
    return (data as Record<string, unknown>[])[0];
  };
  const idOf = async (nativeIdentity: string) => (await named(nativeIdentity))!['id'] as string;

  it('makes an account, replaces its attributes, and deletes it', async () => {
    const attributes = {
      sourceId: feed.connectorId,
      login: `new-${name}`,
      'full name': 'New',
      mail: 'new@example.com',
      groups: 'staff',
      city: 'Oslo',
    };
    const made = await taskOf(await call('createAccount', body('accountAttributesCreate', { attributes })), version);
    expect(made.completionStatus).toBe('SUCCESS');
    expect(await named(`new-${name}`)).toMatchObject({ name: 'New', attributes: { city: 'Oslo' } });

    const id = await idOf(`new-${name}`);
    const replacement = body('accountAttributes', { attributes: { city: 'Bergen' } });
    await taskOf(await call('putAccount', { id, ...replacement }), version);
    expect(await named(`new-${name}`)).toMatchObject({
      id,
      name: 'New',
      hasEntitlements: true,
      attributes: { city: 'Bergen' },
    });

    const read = (await named(`new-${name}`))!;
    const same = await taskOf(
      await call('putAccount', { id, ...body('accountAttributes', { attributes: read['attributes'] as object }) }),
      version,
    );
    expect(same).toMatchObject({ completionStatus: 'SUCCESS', messages: [{ key: 'unchanged' }] });
    expect(await named(`new-${name}`)).toEqual(read);

    await taskOf(await call('deleteAccount', { id }), version);
    expect(await named(`new-${name}`)).toBeUndefined();
  });

  it('correlates an account by a patch, and releases it', async () => {
    const id = await idOf('ada');
    const link = [{ op: 'replace', path: '/identityId', value: owner.id }];
    expect((await call('updateAccount', { id, requestBody: link })).status).toBe(202);
    expect(await named('ada')).toMatchObject({ identityId: owner.id, manuallyCorrelated: true, uncorrelated: false });

    expect((await call('updateAccount', { id, requestBody: [{ op: 'remove', path: '/identityId' }] })).status).toBe(
      202,
    );
    expect(await named('ada')).toMatchObject({ manuallyCorrelated: false, uncorrelated: true });
  });

  it('disables, enables and unlocks an account', async () => {
    const id = await idOf('bob');
    await taskOf(await call('enableAccount', { id, ...body('accountToggleRequest', {}) }), version);
    const unlock = { externalVerificationId: 'TICKET-1', unlockIDNAccount: true, forceProvisioning: false };
    await taskOf(await call('unlockAccount', { id, ...body('accountUnlockRequest', unlock) }), version);
    expect(await named('bob')).toMatchObject({ disabled: false, locked: false });
    const toggle = { forceProvisioning: true, externalVerificationId: 'TICKET-2' };
    const task = await taskOf(await call('disableAccount', { id, ...body('accountToggleRequest', toggle) }), version);
    expect(task).toMatchObject({ completionStatus: 'SUCCESS', messages: [{ type: 'INFO' }] });
    expect(await named('bob')).toMatchObject({ disabled: true });
    await api.given.sql('update account set locked = true where id = $1', [id]);
  });

  it('has an account read again from its file, with its empty form', async () => {
    const task = await taskOf(await call('submitReloadAccount', { id: await idOf('ada') }), version);
    expect(task).toMatchObject({ completionStatus: 'SUCCESS', target: { type: 'APPLICATION', id: feed.connectorId } });
  });

  it('is told of what an account cannot be', async () => {
    const id = await idOf('ada');
    const refusal = await call('updateAccount', {
      id,
      requestBody: [{ op: 'replace', path: '/name', value: 'x' }],
    }).then(
      () => undefined,
      (error: { response: { status: number; data: object } }) => error.response,
    );
    expect(refusal).toMatchObject({ status: 400, data: { detailCode: '400.1 Bad Request Content' } });
  });
});

describe.each(versions.slice(1))('the vendor’s client for $name', (version) => {
  it('disables and enables all accounts of an identity, one or several at once', async () => {
    const calls = version.accounts();
    await taskOf(await calls['disableAccountForIdentity']!({ id: owner.id }), version);
    const request = { [`identitiesAccountsBulkRequest${version.suffix}`]: { identityIds: [owner.id, 'nobody'] } };
    const { status, data } = await calls['enableAccountsForIdentities']!(request);
    expect([status, (data as { statusCode: number }[]).map(({ statusCode }) => statusCode)]).toEqual([207, [202, 404]]);
  });

  it('removes an account', async () => {
    const account = await api.organization.account(await connector(), null, { name: 'gone' });
    const { status, data } = await version.accounts()['deleteAccountAsync']!({ id: account.id });
    expect([status, data]).toEqual([202, { type: 'TASK_RESULT', id: expect.any(String) as string, name: null }]);
  });
});

async function connector(): Promise<Row> {
  const [row] = await api.given.sql('select * from connector where id = $1', [feed.connectorId]);
  return row!;
}
