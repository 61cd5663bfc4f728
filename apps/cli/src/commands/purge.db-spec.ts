import { afterAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { newId } from '@app/kernel';
import type { GivenOrganization, Row } from '../../../../test/support/given.js';
import { productEntities } from '../../../../test/support/product-entities.js';
import { openTestBed, type TestBed } from '../../../../test/support/test-bed.js';
import { CommandError } from '../command.js';
import { purge } from './purge.js';

let bed: TestBed;
let acme: GivenOrganization;
let printed: string[];

beforeEach(async () => {
  bed = await openTestBed(productEntities);
  acme = await bed.given.organization();
  vi.stubEnv('DATABASE_URL', bed.file.ownerUrl);
  printed = [];
  vi.spyOn(console, 'log').mockImplementation((line: string) => void printed.push(line));
});
beforeEach(() => async () => bed.close());
afterAll(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

const names = {
  user_name: 'ada.canary',
  display_name: 'Ada Canary',
  email: 'ada@canary.example',
  external_id: 'canary-external',
  unix_user_name: 'canary-unix',
};
const deleted = { ...names, deleted_at: new Date() };
const own = () => ({ organization_id: acme.id });
const insert = (table: string, columns: Record<string, unknown>) => bed.given.insert(table, { ...own(), ...columns });

interface Told {
  action: string;
  subject: string;
  type?: string;
  actor?: Row | null;
  onBehalfOf?: Row;
  before?: object;
  after?: object;
}

async function told({
  action,
  subject,
  type = 'user',
  actor = null,
  onBehalfOf,
  before,
  after,
}: Told): Promise<string> {
  const id = newId();
  await insert('audit_event', {
    id,
    action,
    subject_type: type,
    subject_id: subject,
    actor_type: actor ? 'user' : 'system',
    actor_id: actor?.id ?? null,
    actor_name: actor ? String(actor['display_name']) : 'test',
    on_behalf_of_id: onBehalfOf?.id ?? null,
    on_behalf_of_name: onBehalfOf ? String(onBehalfOf['display_name']) : null,
    before: before ?? null,
    after: after ?? null,
  });
  return id;
}

async function event(id: string) {
  const [row] = await bed.given.sql<Record<string, unknown>>(
    'select actor_name, on_behalf_of_name, before, after from audit_event where id = $1',
    [id],
  );
  return row;
}

async function someoneWaits(): Promise<void> {
  const waiting = `select 1 from pg_locks where not granted and relation = 'audit_event'::regclass`;
  await vi.waitUntil(
    async () => (await bed.database.asSystem('test', (system) => system.run(waiting, []))).rows.length > 0,
    {
      timeout: 4_000,
    },
  );
}

/** Every row of every table that says one of these words. */
async function rowsThatSay(word: string): Promise<string[]> {
  const tables = await bed.given.sql<{ name: string }>(
    `select format('%I.%I', n.nspname, c.relname) as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where c.relkind in ('r', 'p') and not c.relispartition and n.nspname in ('public', 'pgboss')`,
  );
  expect(tables.length).toBeGreaterThan(30);
  const texts = tables.map(({ name }) => `select '${name}' as name, to_jsonb(t)::text as row from ${name} t`);
  const rows = await bed.given.sql<{ name: string; row: string }>(texts.join(' union all '));
  return rows.filter(({ row }) => row.toLowerCase().includes(word)).map(({ name, row }) => `${name} ${row}`);
}

/** A deleted user with a bit of everything, and what others did to and around him. */
async function everythingOf(): Promise<{ ada: Row; bo: Row; listed: string; updated: string; acted: string }> {
  const [ada, bo] = [await acme.user(deleted), await acme.user({ user_name: 'bo', display_name: 'Bo' })];
  const group = newId();
  const of = { user_id: ada.id };
  await insert('user_group', { id: group, name: 'g', name_key: 'g' });
  await insert('credential', { ...of, password_hash: 'x' });
  await insert('session', { ...of, credential_version: 1, expires_at: new Date(), address: '::1' });
  await insert('login_attempt', of);
  await insert('membership', { ...of, group_id: group });
  await insert('former_membership', { ...of, group_id: group });
  await insert('role_assignment', { ...of, role: 'AUDITOR' });
  const client = { client_id: 'c', name: 'Ada Canary', roles: [], public_key: {} };
  await insert('oauth_client', { ...of, ...client });
  const invitation = { token_hash: Buffer.from('t'), expires_at: new Date(), created_by: ada.id };
  await insert('invitation', { ...invitation, user_id: bo.id });
  const mail = { kind: 'invitation', recipient: names.email, subject: 'Invitation', sealed_text: 'canary' };
  await insert('outgoing_mail', { ...of, ...mail, valid_until: new Date() });
  const sent = { state: 'failed', sealed_text: null, settled_at: new Date(), last_error: `no ${names.email}` };
  await insert('outgoing_mail', { ...of, ...mail, ...sent, valid_until: new Date() });
  const connector = await acme.connector(await acme.application());
  await acme.connectorOwner(connector, ada);
  const file = { id: newId(), connector_id: connector.id, name: 'f', size_bytes: 1, sha256: 'x', taken_at: new Date() };
  await insert('connector_file', { ...file, uploaded_by: 'Ada Canary' });
  await insert('sync_run', { connector_id: connector.id, file_id: file.id, requested_by: 'Ada Canary' });
  const actor = { type: 'client', id: newId(), name: 'Nightly' };
  const behalf = { id: ada.id, name: 'Ada Canary' };
  const task = { kind: 'account.disable', subject_type: 'account', subject_id: newId() };
  const asked = {
    ...task,
    requested_by: 'Ada Canary',
    caller: { actor: { ...behalf, type: 'user' }, requestId: null },
  };
  await insert('task', asked);
  await insert('task', { ...task, requested_by: 'Nightly', caller: { actor, onBehalfOf: behalf, requestId: null } });

  await told({
    action: 'user.created',
    subject: ada.id,
    actor: bo,
    after: { userName: 'ada.oldcanary', email: names.email },
  });
  const before = { userName: 'ada.oldcanary', displayName: 'A Canary', active: true };
  const updated = await told({ action: 'user.updated', subject: ada.id, before, after: { userName: names.user_name } });
  const members = [
    { id: ada.id, type: 'User', name: 'Ada Canary' },
    { id: bo.id, type: 'User', name: 'Bo' },
  ];
  const listed = await told({ action: 'group.memberAdded', subject: group, type: 'group', after: { members } });
  const acted = await told({
    action: 'group.updated',
    subject: group,
    type: 'group',
    actor: ada,
    onBehalfOf: ada,
    after: { name: 'g' },
  });
  await told({
    action: 'connector.updated',
    subject: connector.id,
    type: 'connector',
    after: { contact: names.email },
  });
  return { ada, bo, listed, updated, acted };
}

describe('ostiary purge of a user', () => {
  it('leaves his names and values nowhere in the database', async () => {
    const { ada } = await everythingOf();
    expect((await rowsThatSay('canary')).length).toBeGreaterThan(8);
    await purge.run([ada.id]);
    expect(await rowsThatSay('canary')).toEqual([]);
    expect(await bed.given.sql('select 1 from app_user where id = $1', [ada.id])).toEqual([]);
  });

  it('keeps every event and its keys, and takes nothing from others', async () => {
    const { ada, bo, listed, updated, acted } = await everythingOf();
    const bosOwn = await told({ action: 'user.created', subject: bo.id, actor: bo, after: { userName: 'bo' } });
    const namesake = await acme.user({ user_name: names.user_name, display_name: names.display_name });
    const same = { userName: names.user_name, displayName: names.display_name };
    const ofNamesake = await told({ action: 'user.created', subject: namesake.id, actor: namesake, after: same });
    const [bosBefore, sakeBefore] = [await event(bosOwn), await event(ofNamesake)];
    const [{ n } = { n: 0 }] = await bed.given.sql<{ n: number }>('select count(*)::int as n from audit_event');
    await purge.run([ada.id]);

    expect(await event(updated)).toMatchObject({
      before: { userName: null, displayName: null, active: null },
      after: { userName: null },
    });
    const member = { id: ada.id, type: 'User', name: null };
    expect((await event(listed))?.['after']).toEqual({ members: [member, { id: bo.id, type: 'User', name: 'Bo' }] });
    expect(await event(acted)).toMatchObject({
      actor_name: 'purged',
      on_behalf_of_name: 'purged',
      after: { name: 'g' },
    });
    expect([await event(bosOwn), await event(ofNamesake)]).toEqual([bosBefore, sakeBefore]);
    expect(await bed.given.sql('select count(*)::int as n from audit_event')).toEqual([{ n: n + 1 }]);
    expect(
      await bed.given.sql(`select subject_id, before, after, actor_name from audit_event where action = 'user.purged'`),
    ).toEqual([{ subject_id: ada.id, before: null, after: null, actor_name: 'ostiary purge' }]);
  });

  it('takes out by which names of a provider somebody was refused before he was linked and after, and no others', async () => {
    const ada = await acme.user(deleted);
    const issuer = 'https://issuer.example';
    await insert('external_identity', { user_id: ada.id, issuer, subject: 'canary-now' });
    const [past, now] = ['canary-past', 'canary-now'].map((subject) => [{ issuer, subject }]);
    const accepted = { userName: names.user_name, issuer, subject: 'canary-invited' };
    await told({ action: 'user.invitationAccepted', subject: ada.id, actor: ada, after: accepted });
    const [before, after] = [{ externalIdentities: past }, { externalIdentities: now }];
    await told({ action: 'user.externalIdentitiesChanged', subject: ada.id, before, after });
    const refused = (subject: string) => {
      const because = { because: 'unknownUser', provider: 'p', subject, address: '::1' };
      return told({ action: 'user.loginRefused', subject: acme.id, type: 'organization', after: because });
    };
    const [early, ...rest] = [
      await refused('canary-now'),
      await refused('canary-past'),
      await refused('canary-invited'),
    ];
    const others = await refused('bo-now');
    await purge.run([ada.id]);

    for (const id of [early, ...rest])
      expect((await event(id))?.['after']).toEqual({
        because: 'unknownUser',
        provider: 'p',
        subject: null,
        address: '::1',
      });
    expect(await event(others)).toMatchObject({ after: { subject: 'bo-now' } });
    expect(await rowsThatSay('canary')).toEqual([]);
  });

  it('takes him out of what he did in organizations that his own manages, and of no other', async () => {
    const { ada } = await everythingOf();
    const managed = await bed.given.organization({ parent_id: acme.id, account_type: 'MANAGED' });
    const untouched = await bed.given.organization({ parent_id: acme.id, account_type: 'MANAGED' });
    const name = 'Ada Canary (Acme)';
    const there = (table: string, columns: object) =>
      bed.given.insert(table, { organization_id: managed.id, ...columns });
    const acted = (id: string, actor: object) =>
      there('audit_event', {
        id,
        action: 'organization.entered',
        subject_type: 'organization',
        subject_id: managed.id,
        ...actor,
      });
    const [his, bos] = [newId(), newId()];
    await acted(his, { actor_type: 'user', actor_id: ada.id, actor_name: name });
    await acted(bos, { actor_type: 'user', actor_id: newId(), actor_name: 'Bo (Acme)' });
    const connector = await managed.connector(await managed.application());
    const of = { connector_id: connector.id };
    const file = { id: newId(), ...of, name: 'f', size_bytes: 1, sha256: 'x', taken_at: new Date() };
    await there('connector_file', { ...file, uploaded_by: name });
    await there('sync_run', { ...of, file_id: file.id, requested_by: name });
    const caller = { actor: { type: 'user', id: ada.id, name }, requestId: null };
    const task = { kind: 'account.disable', subject_type: 'account', subject_id: newId(), requested_by: name, caller };
    await there('task', task);
    await there('task', { ...task, requested_by: 'Bo (Acme)', caller: {} });
    await purge.run([ada.id]);

    expect(await rowsThatSay('canary')).toEqual([]);
    expect([(await event(his))?.['actor_name'], (await event(bos))?.['actor_name']]).toEqual(['purged', 'Bo (Acme)']);
    const askers = 'select requested_by from task where organization_id = $1 order by 1';
    expect(await bed.given.sql(askers, [managed.id])).toEqual([
      { requested_by: 'Bo (Acme)' },
      { requested_by: 'purged' },
    ]);
    expect(printed.map((line) => line.trim())).toContain('files, runs and tasks asked for: 6');
    const purges = `select organization_id, subject_id from audit_event where action = 'user.purged' and organization_id <> $1`;
    expect(await bed.given.sql(purges, [acme.id])).toEqual([{ organization_id: managed.id, subject_id: ada.id }]);

    await acted(newId(), { actor_type: 'user', actor_id: ada.id, actor_name: name });
    await purge.run([ada.id]);
    expect(await rowsThatSay('canary')).toEqual([]);
    expect(await bed.given.sql(`select id from audit_event where organization_id = $1`, [untouched.id])).toEqual([]);
  });

  it('says what it erased, in numbers', async () => {
    const { ada } = await everythingOf();
    await purge.run([ada.id]);
    expect(printed[0]).toBe(`The user ${ada.id} is purged.`);
    expect(printed.map((line) => line.trim())).toEqual(
      expect.arrayContaining([
        'users: 1',
        'sessions: 1',
        'OAuth clients: 1',
        'mail: 2',
        'files, runs and tasks asked for: 3',
      ]),
    );
    expect(printed.join('\n')).not.toMatch(/canary/i);
  });

  it('is done once, and a second time does no harm', async () => {
    const { ada } = await everythingOf();
    await purge.run([ada.id.toUpperCase()]);
    const trail = () => bed.given.sql('select * from audit_event order by at, id');
    const before = await trail();
    await purge.run([ada.id]);
    expect(await trail()).toEqual(before);
    expect(printed).toContain(`The user ${ada.id} was purged before.`);
  });

  it('leaves the owner he was, and says so', async () => {
    const ada = await acme.user(deleted);
    const owner = await acme.owner({ name: 'Somebody', user_id: ada.id });
    await purge.run([ada.id]);
    expect(printed.at(-1)).toBe(`The owner ${owner.id} is the same person, and stays.`);
    expect(await bed.given.sql('select user_id from owner')).toEqual([{ user_id: null }]);
  });

  it('is refused for whom it cannot be meant, and changes nothing', async () => {
    const [live, machine] = [await acme.user(names), await acme.user({ system: true, deleted_at: new Date() })];
    const stranger = await (await bed.given.organization()).user({ deleted_at: new Date() });
    await told({ action: 'user.created', subject: live.id, after: { userName: names.user_name } });
    const said = await rowsThatSay('canary');
    await expect(purge.run([live.id])).rejects.toThrow(/is not deleted: delete him first/);
    for (const id of [machine.id, stranger.id, newId(), 'ada', '']) {
      await expect(purge.run([id])).rejects.toThrow(CommandError);
    }
    await expect(purge.run([])).rejects.toThrow(CommandError);
    await expect(purge.run([live.id, '--organization', 'nowhere'])).rejects.toThrow(/no organization with the slug/);
    expect(await rowsThatSay('canary')).toEqual(said);
  });

  it('is refused to the server’s own role, which can change no event before or after', async () => {
    const { ada, updated } = await everythingOf();
    vi.stubEnv('DATABASE_URL', bed.file.serverUrl);
    await expect(purge.run([ada.id])).rejects.toThrow(/sign in as the role that owns the tables/);
    vi.stubEnv('DATABASE_URL', bed.file.ownerUrl);
    await purge.run([ada.id]);

    const change = bed.database.asSystem('test', (system) => system.run(`update audit_event set before = null`, []));
    await expect(change).rejects.toMatchObject({ code: '42501' });
    await expect(bed.given.sql(`update audit_event set before = null where id = $1`, [updated])).rejects.toThrow(
      /append-only/,
    );
    const triggers = await bed.given.sql<{ state: string }>(
      `select distinct tgenabled as state from pg_trigger where tgname = 'audit_event_rows_stay'`,
    );
    expect(triggers).toEqual([{ state: 'O' }]);
  });

  it('takes his name out of what was being written meanwhile, too', async () => {
    const { ada } = await everythingOf();
    await bed.given.sql('begin');
    const members = [{ id: ada.id, type: 'User', name: 'Ada Canary' }];
    const late = await told({ action: 'group.memberRemoved', subject: newId(), type: 'group', before: { members } });
    const done = purge.run([ada.id]);
    await someoneWaits();
    await bed.given.sql('commit');
    await done;
    expect(await event(late)).toMatchObject({ before: { members: [{ id: ada.id, type: 'User', name: null }] } });
    expect(await rowsThatSay('canary')).toEqual([]);
  });

  it('gives up in one sentence while somebody keeps writing, and leaves everything as it was', async () => {
    const { ada } = await everythingOf();
    const said = await rowsThatSay('canary');
    await bed.given.sql('begin');
    await told({ action: 'group.updated', subject: newId(), type: 'group', after: { name: 'g' } });
    try {
      await expect(purge.run([ada.id])).rejects.toThrow(/was in use for too long: nothing was purged/);
    } finally {
      await bed.given.sql('rollback');
    }
    expect(await rowsThatSay('canary')).toEqual(said);
  });
});

describe('ostiary purge of an owner', () => {
  const person = { name: 'Ada Canary', email: 'ada@canary.example', phone: 'canary 1', identity_id: 'canary-7' };

  it('leaves nothing of him, and releases his accounts and reports', async () => {
    const ada = await acme.owner(person);
    const report = await acme.owner({ name: 'Bo', manager_id: ada.id });
    const connector = await acme.connector(await acme.application());
    const live = await acme.account(connector, ada, { name: 'a-login' });
    await acme.account(connector, ada, { name: 'ada-canary-gone', deleted_at: new Date() });
    await told({
      action: 'owner.created',
      subject: ada.id,
      type: 'owner',
      after: { name: person.name, email: person.email },
    });
    const removed = { ownerId: ada.id, name: 'ada-canary-gone' };
    await told({ action: 'account.removed', subject: newId(), type: 'account', before: removed });
    await purge.run([ada.id]);

    expect(await rowsThatSay('canary')).toEqual([]);
    const [account] = await bed.given.sql('select owner_id, correlation, owner_name_key from account');
    expect(account).toEqual({ owner_id: null, correlation: 'none', owner_name_key: null });
    expect(await bed.given.sql('select id, manager_id from owner')).toEqual([{ id: report.id, manager_id: null }]);
    const tally = 'select correlated, sum(delta)::int as accounts from account_tally group by 1 order by 1';
    expect(await bed.given.sql(tally)).toEqual([
      { correlated: false, accounts: 1 },
      { correlated: true, accounts: 0 },
    ]);
    const actions = await bed.given.sql<{ action: string; subject_id: string }>(
      `select action, subject_id from audit_event where actor_name = 'ostiary purge' order by action`,
    );
    expect(actions).toEqual([
      { action: 'account.uncorrelated', subject_id: live.id },
      { action: 'owner.managerChanged', subject_id: report.id },
      { action: 'owner.purged', subject_id: ada.id },
    ]);
    expect(printed.at(-1)).toMatch(/a run may bring the person back/);
  });

  it('leaves nothing of what he was called before, in whatever it is told', async () => {
    const ada = await acme.owner(person);
    const was = { alt_email: 'old@canary.example', identity_id: 'canary-6', mobile_phone: 'canary 0' };
    await told({ action: 'owner.updated', subject: ada.id, type: 'owner', before: was });
    const contact = { contact: was.alt_email };
    await told({ action: 'connector.updated', subject: newId(), type: 'connector', after: contact });
    const members = [{ id: ada.id, was: was.mobile_phone, number: was.identity_id }];
    await told({ action: 'group.updated', subject: newId(), type: 'group', after: { members } });
    await purge.run([ada.id]);
    expect(await rowsThatSay('canary')).toEqual([]);
  });

  it('takes him out of the rows that runs refused, and no others', async () => {
    const ada = await acme.owner({ ...person, identity_key: 'canary-7' });
    const connector = await acme.connector(await acme.application());
    await acme.account(connector, ada, { native_key: 'canary-login', deleted_at: new Date() });
    const file = {
      id: newId(),
      connector_id: connector.id,
      name: 'f',
      size_bytes: 1,
      sha256: 'x',
      taken_at: new Date(),
    };
    await insert('connector_file', { ...file, uploaded_by: 'Bo' });
    const run = newId();
    await insert('sync_run', { id: run, connector_id: connector.id, file_id: file.id, requested_by: 'Bo' });
    const refused = (line: number, columns: object) =>
      insert('refused_row', { run_id: run, line, reason: 'no_name', message: 'x', ...columns });
    await refused(1, { native_key: 'canary-login' });
    await refused(2, { native_key: 'another-login', identity_key: 'canary-7' });
    await refused(3, { native_key: 'bo', message: 'Nobody is called Ada Canary, who would be the manager.' });
    await refused(4, { native_key: 'cy', identity_key: 'cy-1' });
    await purge.run([ada.id]);

    expect(await rowsThatSay('canary')).toEqual([]);
    const rows = await bed.given.sql('select line, message, native_key, identity_key from refused_row order by line');
    expect(rows).toEqual([
      { line: 1, message: 'x', native_key: null, identity_key: null },
      { line: 2, message: 'x', native_key: null, identity_key: null },
      { line: 3, message: 'purged', native_key: 'bo', identity_key: null },
      { line: 4, message: 'x', native_key: 'cy', identity_key: 'cy-1' },
    ]);
  });

  it('takes the words about his accounts out of tasks, and out of no others', async () => {
    const ada = await acme.owner(person);
    const connector = await acme.connector(await acme.application());
    const account = await acme.account(connector, ada);
    const other = await acme.account(connector, null);
    const said = JSON.stringify([{ type: 'ERROR', key: 'k', text: 'canary-login is read only' }]);
    const task = { kind: 'account.disable', requested_by: 'Bo', details: { externalVerificationId: 'canary-1' } };
    for (const [subject_type, subject_id] of [
      ['account', account.id],
      ['owner', ada.id],
    ]) {
      await insert('task', { ...task, subject_type, subject_id, messages: said });
    }
    await insert('task', { ...task, subject_type: 'account', subject_id: other.id, details: { note: 'kept' } });
    await purge.run([ada.id]);
    expect(await rowsThatSay('canary')).toEqual([]);
    expect(await rowsThatSay('kept')).toHaveLength(1);
  });

  it('counts again whom it concerns', async () => {
    const ada = await acme.owner(person);
    const bo = await acme.owner({ name: 'Bo', alt_email: 'shared@x.example' });
    const connector = await acme.connector(await acme.application());
    await acme.account(connector, ada, { email: 'shared@x.example' });
    await purge.run([ada.id]);
    const statistics = await bed.given.sql('select owner_id, accounts_no_owner from owner_statistics');
    expect(statistics).toEqual([{ owner_id: bo.id, accounts_no_owner: 1 }]);
  });

  it('leaves the user he is, and does no harm a second time', async () => {
    const user = await acme.user({ user_name: 'bo' });
    const ada = await acme.owner({ ...person, user_id: user.id });
    await purge.run([ada.id]);
    expect(printed).toContain(`The user ${user.id} is the same person, and stays.`);
    await purge.run([ada.id]);
    expect(printed.filter((line) => line.includes('was purged before'))).toHaveLength(1);
    expect(await bed.given.sql(`select 1 from audit_event where action = 'owner.purged'`)).toHaveLength(1);
  });
});
