import { setTimeout as sleep } from 'node:timers/promises';
import type { Response } from 'supertest';
import type { Client, TestApi } from './api.js';
import { Feed } from './feed.js';

/** As much of an account as tests look at. */
export interface WireAccount {
  readonly id: string;
  readonly name: string;
  readonly identityId: string | null;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly [field: string]: unknown;
}

export interface WireTask {
  readonly id: string;
  readonly completionStatus: string | null;
  readonly completed: string | null;
  readonly messages: readonly { readonly key: string; readonly type: string }[];
  readonly attributes: Readonly<Record<string, string>>;
  readonly [field: string]: unknown;
}

const mapping = {
  login: 'nativeIdentity',
  'full name': 'name',
  mail: 'email',
  staff: 'identityId',
  off: 'disabled',
  blocked: 'locked',
  'last seen': 'lastLoginAt',
  groups: 'groups',
  Department: 'attributes.department',
};

export const header = 'login,full name,mail,staff,off,blocked,last seen,groups,Department';

/** Calls of the accounts surface, with the tasks they begin. */
export class AccountCalls {
  constructor(
    readonly client: Client,
    readonly prefix = '',
  ) {}

  async get(id: string): Promise<WireAccount> {
    return (await this.client.get(`${this.prefix}/accounts/${id}`).expect(200)).body;
  }

  async named(nativeIdentity: string): Promise<WireAccount> {
    const filters = encodeURIComponent(`nativeIdentity eq "${nativeIdentity}"`);
    const { body } = await this.client.get(`${this.prefix}/accounts?filters=${filters}`).expect(200);
    if (body[0] === undefined) throw new Error(`no account ${nativeIdentity}`);
    return body[0];
  }

  async total(): Promise<number> {
    const { headers } = await this.client.get(`${this.prefix}/accounts?limit=0&count=true`).expect(200);
    return Number(headers['x-total-count']);
  }

  post(path: string, body?: object) {
    const request = this.client.post(`${this.prefix}${path}`);
    return body === undefined ? request : request.send(body);
  }

  patch(id: string, operations: unknown, type = 'application/json-patch+json') {
    return this.client.patch(`${this.prefix}/accounts/${id}`).type(type).send(JSON.stringify(operations));
  }

  /** What was asked for, once it is done; of an answer 202. */
  async done({ status, body: answer }: Pick<Response, 'status' | 'body'>): Promise<WireTask> {
    if (status !== 202) throw new Error(`nothing was begun: ${status} ${JSON.stringify(answer)}`);
    for (let i = 0; i < 400; i++) {
      const { body } = await this.client.get(`${this.prefix}/task-status/${answer.id}`).expect(200);
      if (body.completed !== null) return body;
      await sleep(25);
    }
    throw new Error('the task did not end in time');
  }
}

/** A system that is read from a file, with owners its rules know. */
export async function systemOf(api: TestApi, admin: Client, name = 'Payroll'): Promise<Feed> {
  await api.startWorker();
  return Feed.create(admin, name, {
    kind: 'delimited-file',
    mapping,
    privilegedEntitlements: ['admins'],
    // What was made here is not in the file: each run takes it away.
    deletionThreshold: { percent: 100, rows: 1_000 },
    correlationRules: [
      { account: 'identityId', owner: 'identityId' },
      { account: 'email', owner: 'email' },
    ],
  });
}

export const messagesOf = ({ messages }: WireTask): string[] => messages.map(({ key }) => key);
