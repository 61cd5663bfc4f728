import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Client, TestApi } from '../../support/api.js';
import type { Feed } from '../../support/feed.js';
import type { Row } from '../../support/given.js';
import { brokenInvariants } from '../../support/invariants.js';
import { AccountCalls, header, messagesOf, systemOf } from '../../support/writes-company.js';

let api: TestApi;
let admin: Client;
let accounts: AccountCalls;
let feed: Feed;
let ada: Row;

const rows = [
  'ada,Ada Amir,ada@example.com,E1,false,false,2026-01-01T08:00:00Z,staff|admins,Board',
  'bob,Bob,bob@example.com,E2,true,true,,staff,',
  'svc,Service,,,false,false,,,',
];

beforeAll(async () => {
  api = await TestApi.start();
  admin = await api.as('Administrator');
  accounts = new AccountCalls(admin);
  ada = await api.organization.owner({ name: 'Ada Amir', email: 'ada@example.com', identity_id: 'E1' });
  await api.organization.owner({ name: 'Bob', email: 'bob@example.com', identity_id: 'E2' });
  feed = await systemOf(api, admin);
  await read();
});
afterAll(() => api.close());

/** Every figure, link and event must be what counting anew gives, whatever was written. */
async function expectInOrder(): Promise<void> {
  const broken = await brokenInvariants(api.given, api.organization);
  expect(broken.filter((sentence) => !/has no statistics|group deviation/.test(sentence))).toEqual([]);
}

async function read(...more: string[]): Promise<void> {
  const run = await feed.sync([header, ...rows, ...more].join('\n'));
  expect(run['state']).toBe('succeeded');
}

interface Event {
  readonly action: string;
  readonly subject_id: string;
  readonly before: Record<string, unknown> | null;
  readonly after: Record<string, unknown> | null;
  readonly actor_id: string;
  readonly request_id: string | null;
}

async function eventsSince(mark: string): Promise<Event[]> {
  return api.given.sql<Event>(
    `select action, subject_id, before, after, actor_id, request_id from audit_event
      where organization_id = $1 and id > $2 order by id`,
    [api.organization.id, mark],
  );
}
const mark = async () => (await api.given.sql<{ id: string }>('select new_id() as id'))[0]!.id;
const actions = (events: readonly Event[]) => events.map(({ action, subject_id }) => [action, subject_id]);

const create = (attributes: object) =>
  accounts.post('/accounts', { attributes: { sourceId: feed.connectorId, ...attributes } });

describe('POST /accounts', () => {
  it('makes an account that is read like a row of its file, and correlated at once', async () => {
    const from = await mark();
    const task = await accounts.done(
      await create({
        login: 'carl',
        'full name': 'Carl',
        staff: 'e1',
        off: 'yes',
        'last seen': '2026-02-03',
        groups: 'staff|admins|new group',
        Department: 'Sales',
        city: 'Cairo',
      }),
    );
    expect([task['completionStatus'], messagesOf(task)]).toEqual(['SUCCESS', ['made_here_only']]);
    const account = await accounts.named('carl');
    expect(account).toMatchObject({
      id: task['attributes'].accountId,
      name: 'Carl',
      disabled: true,
      identityId: ada.id,
      manuallyCorrelated: false,
      hasEntitlements: true,
      origin: 'PROVISIONED',
      attributes: { department: 'Sales', city: 'Cairo' },
    });
    const events = await eventsSince(from);
    expect(actions(events)).toEqual([
      ['account.created', account['id']],
      ['account.correlated', account['id']],
      ['owner.accountAdded', ada.id],
    ]);
    expect(events[0]).toMatchObject({ actor_id: admin.user.id, request_id: expect.any(String) });
    await expectInOrder();
  });
});
