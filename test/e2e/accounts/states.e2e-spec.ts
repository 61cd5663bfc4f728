import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Role } from '@app/access';
import { newId } from '@app/kernel';
import { type Client, TestApi } from '../../support/api.js';
import { Feed } from '../../support/feed.js';
import type { Row } from '../../support/given.js';
import { brokenInvariants } from '../../support/invariants.js';
import { accountMounts } from '../../support/paths.js';
import { Trail } from '../../support/trail.js';
import { AccountCalls, header, messagesOf, systemOf } from '../../support/writes-company.js';

let api: TestApi;
let admin: Client;
let helpdesk: Client;
let accounts: AccountCalls;
let trail: Trail;
let feed: Feed;
let ada: Row;

const rows = [
  'ada,Ada Amir,ada@example.com,E1,false,true,,staff,Board',
  'ada2,Second,ada@example.com,E1,true,false,,,',
  'svc,Service,,,false,true,,,',
];
const file = (lines: readonly string[]) => [header, ...lines].join('\n');

beforeAll(async () => {
  api = await TestApi.start();
  admin = await api.as('Administrator');
  helpdesk = await api.as('HELPDESK');
  accounts = new AccountCalls(helpdesk);
  trail = new Trail(api.given, api.organization.id);
  ada = await api.organization.owner({ name: 'Ada Amir', email: 'ada@example.com', identity_id: 'E1' });
  feed = await systemOf(api, admin);
  await feed.sync(file(rows));
});
afterAll(() => api.close());

async function expectInOrder(): Promise<void> {
  const broken = await brokenInvariants(api.given, api.organization);
  expect(broken.filter((sentence) => !/has no statistics/.test(sentence))).toEqual([]);
}

describe.each([
  ['disable', 'ada', { disabled: false }, { disabled: true }, 'account.disabled'],
  ['enable', 'ada2', { disabled: true }, { disabled: false }, 'account.enabled'],
  ['unlock', 'svc', { locked: true }, { locked: false }, 'account.unlocked'],
] as const)('POST /accounts/{id}/%s', (operation, login, before, after, action) => {
  it('is done here at once where nobody writes to the source, and says so', async () => {
    const { id } = await accounts.named(login);
    expect(await accounts.get(id)).toMatchObject(before);
    await trail.mark();
    const { body } = await accounts.post(`/accounts/${id}/${operation}`, {}).expect(202);
    const task = (await helpdesk.get(`/task-status/${body.id}`).expect(200)).body;
    expect(task).toMatchObject({ completionStatus: 'SUCCESS', percentComplete: 100, progress: 'succeeded' });
    expect(messagesOf(task)).toEqual(['changed_here_only']);
    expect(task.messages[0].localizedText.message).toMatch(/changed here only.*next run/);
    expect(await accounts.get(id)).toMatchObject(after);
    expect(await trail.events()).toMatchObject([{ action, subject_id: id, before, after, actor_id: helpdesk.user.id }]);
    await expectInOrder();
  });

  it('that is so already is done without a trace', async () => {
    const account = await accounts.named(login);
    await trail.mark();
    for (const body of [{}, { forceProvisioning: true }, { externalVerificationId: null, forceProvisioning: null }]) {
      const task = await accounts.done(await accounts.post(`/accounts/${account.id}/${operation}`, body));
      expect([task.completionStatus, messagesOf(task)]).toEqual(['SUCCESS', ['already_so']]);
    }
    expect(await accounts.get(account.id)).toEqual(account);
    expect(await trail.events()).toEqual([]);
  });

  it('lasts until the next run, also of the same file, which alone it changes', async () => {
    const { id } = await accounts.named(login);
    const run = await feed.run();
    expect(run).toMatchObject({ state: 'succeeded', accountsUpdated: 1, accountsUnchanged: 2 });
    expect(await accounts.get(id)).toMatchObject(before);
    await trail.mark();
    expect(await feed.run()).toMatchObject({ state: 'succeeded', accountsUpdated: 0, accountsUnchanged: 3 });
    expect((await trail.events()).filter(({ subject_id }) => subject_id === id)).toEqual([]);
    await expectInOrder();
  });

  it.each([
    ['no body', undefined],
    ['a list', []],
    ['null', null],
    ['a text', '"x"'],
    ['a field it does not know', { force: true }],
    ['a verification that is no text', { externalVerificationId: 7 }],
    ['a long verification', { externalVerificationId: 'x'.repeat(257) }],
    ['a force that is no truth', { forceProvisioning: 'true' }],
    ['a force that is a number', { forceProvisioning: 1 }],
  ])('refuses %s', async (_, body) => {
    const { id } = await accounts.named(login);
    const request = helpdesk.post(`/accounts/${id}/${operation}`);
    await (body === undefined ? request : request.type('json').send(JSON.stringify(body))).expect(400);
  });

  it('knows no account that is not there', async () => {
    for (const id of [newId(), 'x', '%00', ada.id]) await accounts.post(`/accounts/${id}/${operation}`, {}).expect(404);
  });
});

describe('POST /accounts/{id}/unlock', () => {
  it('leaves alone whether the owner may sign in here, and says so', async () => {
    const { id } = await accounts.named('ada');
    const task = await accounts.done(await accounts.post(`/accounts/${id}/unlock`, { unlockIDNAccount: true }));
    expect(messagesOf(task)).toContain('sign_in_left');
    await accounts.post(`/accounts/${id}/unlock`, { unlockIDNAccount: 'yes' }).expect(400);
    await accounts.post(`/accounts/${id}/enable`, { unlockIDNAccount: true }).expect(400);
  });
});

describe('POST /accounts/{id}/reload', () => {
  it('takes over what the newest file says of this account alone', async () => {
    const [one, other] = [await accounts.named('ada'), await accounts.named('svc')];
    const changed = ['ada,New name,,E1,true,false,2026-05-01,admins|more,Legal', 'ada2,x,,,,,,,', 'svc,x,,,,,,,'];
    await feed.upload(file(changed));
    await trail.mark();
    const task = await accounts.done(await accounts.post(`/accounts/${one.id}/reload`));
    expect([task.completionStatus, messagesOf(task)]).toEqual(['SUCCESS', ['read_again']]);
    expect(await accounts.get(one.id)).toMatchObject({
      name: 'New name',
      disabled: true,
      locked: false,
      identityId: ada.id,
      attributes: { department: 'Legal' },
    });
    expect(await accounts.get(other.id)).toEqual(other);
    expect(await trail.events()).toMatchObject([
      {
        action: 'account.updated',
        subject_id: one.id,
        after: { name: 'New name', entitlements: ['admins', 'more'], lastLoginAt: '2026-05-01T00:00:00.000Z' },
        actor_id: helpdesk.user.id,
      },
    ]);
    await expectInOrder();

    // A run then finds it as it is.
    const run = await feed.run();
    expect([run['accountsUpdated'], run['accountsUnchanged']]).toEqual([2, 1]);
    await feed.sync(file(rows));
    await expectInOrder();
  });

  it('undoes what was written here', async () => {
    const account = await accounts.named('ada');
    await accounts.done(await accounts.post(`/accounts/${account.id}/disable`, {}));
    await accounts.done(await accounts.post(`/accounts/${account.id}/reload`));
    expect(await accounts.get(account.id)).toMatchObject({ disabled: false });
  });

  it('links anew by the rules, but not what a person has linked', async () => {
    const bob = await api.organization.owner({ name: 'Bob', identity_id: 'E2' });
    const [one, two] = [await accounts.named('ada'), await accounts.named('ada2')];
    const manual = [{ op: 'add', path: '/identityId', value: ada.id }];
    await new AccountCalls(admin).patch(two.id, manual).expect(202);
    await feed.upload(file(rows.map((line) => line.replace(',E1,', ',E2,'))));
    for (const { id } of [one, two]) await accounts.done(await accounts.post(`/accounts/${id}/reload`));
    expect([await accounts.get(one.id), await accounts.get(two.id)]).toMatchObject([
      { identityId: bob.id, manuallyCorrelated: false },
      { identityId: ada.id, manuallyCorrelated: true },
    ]);
    await new AccountCalls(admin)
      .patch(two.id, [{ op: 'replace', path: '/manuallyCorrelated', value: false }])
      .expect(202);
    await feed.sync(file(rows));
    await expectInOrder();
  });

  it.each([
    ['that does not name the account', file(rows.slice(1)), 'not_in_file'],
    ['whose row is refused', file(['ada,,,,maybe,,,,', ...rows.slice(1)]), 'row_refused'],
  ])('warns of a file %s, and changes nothing', async (_, text, key) => {
    const account = await accounts.named('ada');
    await feed.upload(text);
    const task = await accounts.done(await accounts.post(`/accounts/${account.id}/reload`));
    expect([task.completionStatus, messagesOf(task)]).toEqual(['WARNING', [key]]);
    expect(await accounts.get(account.id)).toEqual(account);
    await feed.upload(file(rows));
  });

  it('warns where there is no file yet', async () => {
    const empty = await Feed.create(admin, 'Never read', {
      kind: 'delimited-file',
      mapping: { login: 'nativeIdentity' },
    });
    const all = new AccountCalls(admin);
    await all.done(await all.post('/accounts', { attributes: { sourceId: empty.connectorId, id: 'lonely' } }));
    const { id } = await all.named('lonely');
    const task = await all.done(await all.post(`/accounts/${id}/reload`));
    expect([task.completionStatus, messagesOf(task)]).toEqual(['WARNING', ['no_file']]);
    expect((await all.get(id)).name).toBe('lonely');
  });

  it('takes the first of two rows, as a run does', async () => {
    const { id } = await accounts.named('ada');
    await feed.upload(file(['ADA,First,,E1,,,,,', 'ada,Second,,E1,,,,,', ...rows.slice(1)]));
    await accounts.done(await accounts.post(`/accounts/${id}/reload`));
    expect(await accounts.get(id)).toMatchObject({ name: 'First', nativeIdentity: 'ADA' });
    await feed.sync(file(rows));
    expect(await accounts.get(id)).toMatchObject({ name: 'Ada Amir', nativeIdentity: 'ada' });
  });
});

describe('identities-accounts', () => {
  const all = (operation: string, identityIds: unknown) =>
    admin.post(`/identities-accounts/${operation}`).send({ identityIds });

  it('disables and enables every account of an identity, each told for itself', async () => {
    const calls = new AccountCalls(admin);
    for (const [operation, disabled] of [
      ['disable', true],
      ['enable', false],
    ] as const) {
      await trail.mark();
      const task = await calls.done(await admin.post(`/identities-accounts/${ada.id.toUpperCase()}/${operation}`));
      expect(task).toMatchObject({
        completionStatus: 'SUCCESS',
        target: { id: ada.id, type: 'IDENTITY', name: 'Ada Amir' },
        attributes: { identityId: ada.id },
      });
      const own = [await accounts.named('ada'), await accounts.named('ada2')];
      expect(own).toMatchObject([{ disabled }, { disabled }]);
      expect(new Set((await trail.events()).map(({ action }) => action))).toEqual(new Set([`account.${operation}d`]));
      await expectInOrder();
    }
    expect(await accounts.named('svc')).toMatchObject({ disabled: false });
  });

  it('answers for each of several identities how it went', async () => {
    const owner = await api.organization.owner({ name: 'Owner of nothing' });
    const elsewhere = await (await api.given.organization()).owner();
    const ids = [ada.id, newId(), owner.id, 'no id', elsewhere.id];
    const { body } = await all('disable', ids).expect(207);
    expect(body.map(({ id, statusCode }: { id: string; statusCode: number }) => [id, statusCode])).toEqual(
      ids.map((id, i) => [id, i === 0 || i === 2 ? 202 : 404]),
    );
    const nothing = body[2].message.match(/[0-9a-f-]{36}/)[0];
    const task = (await admin.get(`/task-status/${nothing}`).expect(200)).body;
    expect([task.completionStatus, messagesOf(task)]).toEqual(['SUCCESS', ['nothing_to_do']]);
    expect((await all('enable', [ada.id]).expect(207)).body).toMatchObject([{ id: ada.id, statusCode: 202 }]);
    expect((await all('enable', []).expect(207)).body).toEqual([]);
  });

  it.each([
    ['no list', {}],
    ['a text', 'x'],
    ['numbers', [1]],
    ['null', null],
    ['an id twice', ['a', 'a']],
    ['too many', Array.from({ length: 251 }, (_, i) => String(i))],
  ])('refuses %s', async (_, ids) => {
    await all('enable', ids).expect(400);
    await admin.post('/identities-accounts/enable').send({ identityIds: [], more: 1 }).expect(400);
  });

  it('knows no identity that is not there', async () => {
    for (const id of [newId(), 'x', (await accounts.named('ada')).id]) {
      await admin.post(`/identities-accounts/${id}/disable`).expect(404);
    }
  });
});

describe('GET /task-status/{id}', () => {
  it('answers the vendor’s task under every prefix', async () => {
    const { id } = await accounts.named('ada');
    for (const mount of accountMounts) {
      const prefix = mount.replace(/\/accounts$/, '');
      const calls = new AccountCalls(helpdesk, prefix);
      const task = await calls.done(await calls.post(`/accounts/${id}/disable`, {}));
      expect(task).toEqual({
        id: task.id,
        type: 'QUEUED_TASK',
        uniqueName: `Disable account ${task.id}`,
        description: `Disable account, asked for by ${helpdesk.user.name}`,
        parentName: null,
        launcher: helpdesk.user.name,
        target: { id: feed.connectorId, type: 'APPLICATION', name: 'Payroll export' },
        created: expect.stringMatching(/^[0-9-]{10}T[0-9:.]{12}Z$/),
        modified: task['created'],
        launched: task['created'],
        completed: task['created'],
        completionStatus: 'SUCCESS',
        messages: [
          {
            type: 'INFO',
            localizedText: { locale: 'en-US', message: expect.stringContaining('.') },
            key: expect.any(String),
            parameters: [],
          },
        ],
        returns: [],
        attributes: { accountId: id, sourceId: feed.connectorId },
        progress: 'succeeded',
        percentComplete: 100,
        taskDefinitionSummary: {
          id: 'account.disable',
          uniqueName: 'Disable account',
          description: 'Disable account',
          parentName: null,
          executor: 'ostiary',
          arguments: {},
        },
      });
    }
    await accounts.post(`/accounts/${id}/enable`, {}).expect(202);
  });

  it('knows no task of another organization, and none that is not there', async () => {
    const { id } = await accounts.named('ada');
    const { body } = await accounts.post(`/accounts/${id}/enable`, {}).expect(202);
    const stranger = await api.as('Administrator', await api.given.organization());
    await stranger.get(`/task-status/${body.id}`).expect(404);
    for (const other of [newId(), 'x', '%00']) {
      const answer = await helpdesk.get(`/task-status/${other}`).expect(404);
      expect(answer.body).toMatchObject({ detailCode: '404 Not found' });
    }
  });
});

describe('roles', () => {
  const everybody: readonly Role[] = [
    'Administrator',
    'ORG_ADMIN',
    'SOURCE_ADMIN',
    'SOURCE_SUBADMIN',
    'HELPDESK',
    'AUDITOR',
  ];
  const may: Record<string, readonly Role[]> = {
    write: ['Administrator', 'ORG_ADMIN', 'SOURCE_ADMIN', 'SOURCE_SUBADMIN'],
    state: ['Administrator', 'ORG_ADMIN', 'SOURCE_ADMIN', 'SOURCE_SUBADMIN', 'HELPDESK'],
    remove: ['Administrator', 'ORG_ADMIN'],
  };

  it.each(everybody)('%s may do what the published table says, and no more', async (role) => {
    const client = await api.as(role);
    await api.organization.connectorOwner({ id: feed.connectorId, name: '' }, client.user);
    const owner = await api.organization.owner({ name: `Of ${role}`, identity_id: `E-${role}` });
    const all = new AccountCalls(admin);
    const given = (login: string) => ({ sourceId: feed.connectorId, login: `${login} ${role}`, staff: `E-${role}` });
    const own = async (login: string) => {
      await all.post('/accounts', { attributes: given(login) }).expect(202);
      return (await all.named(`${login} ${role}`)).id;
    };
    const [id, deleted, removed] = [await own('kept'), await own('deleted'), await own('removed')];
    const link = [{ op: 'replace', path: '/identityId', value: owner.id }];
    const calls: readonly [what: string, status: number, call: () => PromiseLike<{ status: number }>][] = [
      ['write', 202, () => client.post('/accounts').send({ attributes: given('new') })],
      ['write', 202, () => client.patch(`/accounts/${id}`).send(link)],
      ['write', 202, () => client.put(`/accounts/${id}`).send({ attributes: { city: 'Cairo' } })],
      ['write', 202, () => client.delete(`/accounts/${deleted}`)],
      ['state', 202, () => client.post(`/accounts/${id}/disable`).send({})],
      ['state', 202, () => client.post(`/accounts/${id}/enable`).send({})],
      ['state', 202, () => client.post(`/accounts/${id}/unlock`).send({})],
      ['state', 202, () => client.post(`/accounts/${id}/reload`)],
      ['remove', 202, () => client.post(`/accounts/${removed}/remove`)],
      ['remove', 202, () => client.post(`/identities-accounts/${owner.id}/disable`)],
      ['remove', 202, () => client.post(`/identities-accounts/${owner.id}/enable`)],
      ['remove', 207, () => client.post('/identities-accounts/disable').send({ identityIds: [owner.id] })],
      ['remove', 207, () => client.post('/identities-accounts/enable').send({ identityIds: [owner.id] })],
    ];
    const statuses: number[] = [];
    for (const [, , call] of calls) statuses.push((await call()).status);
    expect(statuses).toEqual(calls.map(([what, status]) => (may[what]!.includes(role) ? status : 403)));
    const writes = may['write']!.includes(role);
    expect((await all.get(id)).attributes).toEqual(writes ? { city: 'Cairo' } : {});
    await admin.get(`/accounts/${deleted}`).expect(writes ? 404 : 200);
    await admin.get(`/accounts/${removed}`).expect(may['remove']!.includes(role) ? 404 : 200);
  });

  it('are asked before a body or an id is looked at', async () => {
    const auditor = await api.as('AUDITOR');
    await auditor.post('/accounts').type('json').send('{').expect(403);
    await auditor.patch('/accounts/nonsense').send([]).expect(403);
    await api.client().post('/accounts/nonsense/enable').type('json').send('{').expect(401);
  });
});

describe('what vendor clients send', () => {
  it('an empty form to reload is no body', async () => {
    const { id } = await accounts.named('ada');
    const task = await accounts.done(
      await helpdesk.post(`/v3/accounts/${id}/reload`).set('content-type', 'application/x-www-form-urlencoded'),
    );
    expect(messagesOf(task)).toEqual(['read_again']);
  });

  it('a DELETE without a body or a type, and a patch of the vendor’s type, are taken under every prefix', async () => {
    for (const mount of accountMounts) {
      const calls = new AccountCalls(admin, mount.replace(/\/accounts$/, ''));
      const given = { sourceId: feed.connectorId, id: `sdk ${mount}`, name: 'x' };
      await calls.done(await calls.post('/accounts', { attributes: given }));
      const { id } = await calls.named(given.id);
      await calls.patch(id, [{ op: 'replace', path: '/identityId', value: ada.id }]).expect(202);
      await calls.done(await admin.put(`${mount}/${id}`).send({ attributes: { id: given.id } }));
      for (const word of ['disable', 'enable', 'unlock'])
        await calls.done(await calls.post(`/accounts/${id}/${word}`, {}));
      await calls.done(await admin.delete(`${mount}/${id}`));
      await admin.get(`${mount}/${id}`).expect(404);
    }
    await expectInOrder();
  });
});
