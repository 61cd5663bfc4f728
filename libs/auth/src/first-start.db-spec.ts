import { setTimeout as sleep } from 'node:timers/promises';
import { beforeEach, describe, expect, it } from 'vitest';
import { permissionsFor } from '@app/access';
import { AuditTrail } from '@app/audit';
import { Administrators } from '@app/directory';
import { newId, readConfiguration, UnavailableError } from '@app/kernel';
import type { Database } from '@app/persistence';
import { SecretBox } from '@app/secrets';
import { productEntities } from '../../../test/support/product-entities.js';
import { openTestBed, type TestBed } from '../../../test/support/test-bed.js';
import { openDatabase } from '../../../test/support/test-database.js';
import { AccessTokens } from './access-tokens.js';
import { AuthenticationGuard } from './authentication.guard.js';
import { FirstStart, type FirstStartOptions } from './first-start.js';
import { LoginService } from './login.service.js';
import { PasswordExpiration } from './password-expiration.js';
import { PasswordGate } from './password-gate.js';
import { PasswordService } from './password.service.js';
import { Principals } from './principals.js';
import { Sessions } from './sessions.js';
import { SignInJudge } from './sign-in-judge.js';
import { SigningKeys } from './signing-keys.js';

const serverKey = Buffer.alloc(32, 7);
const passwords = new PasswordService();
const options: FirstStartOptions = {
  organizationName: 'Example Ltd',
  organizationSlug: 'example',
  adminUser: 'Ádmin',
  adminPassword: undefined,
};

let bed: TestBed;
beforeEach(async () => {
  bed = await openTestBed(productEntities);
});
beforeEach(() => () => bed.close());

const keysOf = (database: Database, key = serverKey) => new SigningKeys(database, new SecretBox(key));
const starting = (database = bed.database) => new FirstStart(database, keysOf(database), passwords, new AuditTrail());
const rows = (text: string) => bed.given.sql<Record<string, unknown>>(text);

describe('the first start', () => {
  it('makes the organization, its Administrators and their only member, who answers for it', async () => {
    const made = await starting().ensure(options);
    expect(made?.randomPassword).toMatch(/^[A-Za-z0-9_-]{24}$/);

    const [organization, ...more] = await rows('select * from organization');
    expect(more).toEqual([]);
    const [user, ...others] = await rows('select * from app_user');
    expect(others).toEqual([]);
    expect(organization).toMatchObject({ slug: 'example', name: 'Example Ltd', account_owner_user_id: user?.['id'] });
    expect(user).toMatchObject({ user_name: 'Ádmin', user_name_key: 'ádmin', system: false, active: true });

    const [group, ...groups] = await rows('select * from user_group');
    expect(groups).toEqual([]);
    expect(group).toMatchObject({ name: 'Administrators', system: true, kind: 'directory' });
    expect(await rows('select group_id, user_id, member_group_id from membership')).toEqual([
      { group_id: group?.['id'], user_id: user?.['id'], member_group_id: null },
    ]);
    expect(await rows('select group_id, user_id, role from role_assignment')).toEqual([
      { group_id: group?.['id'], user_id: null, role: 'Administrator' },
    ]);
    expect(await rows('select action, subject_id, after from audit_event order by action')).toEqual([
      {
        action: 'group.created',
        subject_id: group?.['id'],
        after: { name: 'Administrators', roles: ['Administrator'], memberIds: [user?.['id']] },
      },
      {
        action: 'organization.created',
        subject_id: organization?.['id'],
        after: { name: 'Example Ltd', slug: 'example', accountOwnerUserId: user?.['id'] },
      },
      {
        action: 'user.created',
        subject_id: user?.['id'],
        after: { userName: 'Ádmin', groups: ['Administrators'] },
      },
    ]);
  });

  it('lets that user in with the password it returns, and keeps it nowhere', async () => {
    const password = (await starting().ensure(options))?.randomPassword ?? '';
    const { database } = bed;
    const tokens = new AccessTokens(keysOf(database), { publicUrl: 'http://here' });
    const sessions = new Sessions(database, tokens, new Principals(database), new AuditTrail(), 100);
    const policy = readConfiguration({});
    const audit = new AuditTrail();
    const administrators = new Administrators([]);
    const lockout = policy.bruteForceDetection;
    const gate = new PasswordGate(
      database,
      passwords,
      new SignInJudge(database, sessions, administrators, audit, lockout),
    );
    const login = new LoginService(
      database,
      gate,
      passwords,
      sessions,
      new PasswordExpiration(policy.passwordExpiration),
    );
    const request = { username: 'ÁDMIN', password, organization: undefined };
    const answer = await login.login(request, { address: '127.0.0.1', userAgent: undefined, requestId: null });
    const claims = JSON.parse(Buffer.from(answer.token.split('.')[1] ?? '', 'base64url').toString());
    const principal = await new Principals(database).ofToken(claims, '127.0.0.1');
    expect(principal.permissions).toEqual(permissionsFor(['Administrator']));

    const stored = await rows('select password_hash from credential');
    expect(stored).toEqual([{ password_hash: expect.stringMatching(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/) }]);
    const trail = JSON.stringify(await rows('select * from audit_event'));
    expect(trail).not.toContain(password);
  });

  it('does not repeat a password it was given', async () => {
    const made = await starting().ensure({ ...options, adminPassword: 'correct horse' });
    expect(made).toEqual({ randomPassword: undefined });
    const [credential] = await rows('select password_hash from credential');
    expect(await passwords.verify(String(credential?.['password_hash']), 'correct horse')).toBe(true);
  });

  it('happens once: a later one makes nothing and knows no password', async () => {
    await starting().ensure(options);
    expect(await starting().ensure({ ...options, organizationSlug: 'second' })).toBeUndefined();
    expect(await rows('select count(*)::int from organization')).toEqual([{ count: 1 }]);
    expect(await rows('select count(*)::int from signing_key')).toEqual([{ count: 1 }]);
  });

  it('of several servers at once makes one organization, one signing key, and one password', async () => {
    const doors = await Promise.all([1, 2, 3].map(() => openDatabase(bed.file.serverUrl, productEntities)));
    const returned = await Promise.all(doors.map(({ database }) => starting(database).ensure(options)));
    await Promise.all(doors.map((door) => door.close()));

    expect(returned.filter((made) => made !== undefined)).toHaveLength(1);
    for (const table of ['organization', 'app_user', 'user_group', 'signing_key']) {
      expect({ table, rows: await rows(`select from ${table}`) }).toEqual({ table, rows: [{}] });
    }
  });

  it('leaves nothing half made when it fails', async () => {
    await expect(starting().ensure({ ...options, organizationSlug: 'Not a slug' })).rejects.toThrow(/slug_is_plain/);
    expect(await rows('select from organization union all select from app_user')).toEqual([]);
    expect(await starting().ensure(options)).toBeDefined();
  });
});

describe('the signing key', () => {
  beforeEach(() => keysOf(bed.database).ensureOne());

  it('is sealed in the database', async () => {
    const [key] = await rows('select public_key, private_key_sealed, kid from signing_key');
    const { private_key_sealed: sealed, public_key: open } = key ?? {};
    expect(sealed).toMatch(/^v1\.[0-9a-f]{8}\./);
    const body = Buffer.from(String(sealed).split('.')[3] ?? '', 'base64url').toString('latin1');
    expect(`${String(sealed)}${body}`).not.toMatch(/BEGIN|PRIVATE/);
    expect(Object.keys(open as object).toSorted()).toEqual(['crv', 'kty', 'x', 'y']);
  });

  it('is the same for every server, and published by its name', async () => {
    const [one, two] = [keysOf(bed.database), keysOf(bed.database)];
    const { kid, publicKey } = await one.current();
    expect((await two.current()).kid).toBe(kid);
    expect((await two.publicKey(kid))?.equals(publicKey)).toBe(true);
    expect(await two.publicKey('unknown')).toBeUndefined();
  });

  it('that is rotated in is published at once, signs after the overlap, and the old one runs out', async () => {
    const [one, two] = [keysOf(bed.database), keysOf(bed.database)];
    const { kid: old } = await one.current();
    const fresh = await one.rotate('test', 300, 'run out');
    expect((await one.published()).map(({ kid }) => kid)).toEqual([fresh, old]);
    expect((await two.current()).kid).toBe(old);
    const [{ seconds }] = (await bed.given.sql(
      `select extract(epoch from verifies_until - now())::int as seconds from signing_key where kid = $1`,
      [old],
    )) as [{ seconds: number }];
    expect(Math.abs(seconds - 3_900)).toBeLessThan(5);

    await bed.given.sql(`update signing_key set signs_from = now() where kid = $1`, [fresh]);
    const later = keysOf(bed.database);
    expect((await later.current()).kid).toBe(fresh);
    expect(await later.publicKey(old)).toBeDefined();
    await bed.given.sql(`update signing_key set verifies_until = now() - interval '1 second' where kid = $1`, [old]);
    expect(await keysOf(bed.database).publicKey(old)).toBeUndefined();
  });

  it('signs no more once a key made after it signs, though its own time comes later', async () => {
    const keys = keysOf(bed.database);
    const overtaken = await keys.rotate('test', 3_000, 'run out');
    const newest = await keys.rotate('test', 60, 'run out');
    await bed.given.sql(`update signing_key set signs_from = now() - interval '1 second' where kid = $1`, [overtaken]);
    await bed.given.sql(`update signing_key set signs_from = now() - interval '2 seconds' where kid = $1`, [newest]);
    expect((await keysOf(bed.database).current()).kid).toBe(newest);
  });

  it('that leaked is worth nothing from the moment it is taken away', async () => {
    const [one, two] = [keysOf(bed.database), keysOf(bed.database)];
    const { kid: leaked } = await two.current();
    const fresh = await one.rotate('test', 300, 'at once');
    expect((await one.current()).kid).toBe(fresh);
    expect(await one.publicKey(leaked)).toBeUndefined();
    await sleep(1_050);
    expect(await two.publicKey(leaked)).toBeUndefined();
    expect((await two.current()).kid).toBe(fresh);
  });

  it('is published without its private part', async () => {
    const published = await keysOf(bed.database).published();
    expect(published.map((key) => Object.keys(key).toSorted())).toEqual([
      ['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y'],
    ]);
  });

  it('stays shut to another server key, which is told so', async () => {
    const stranger = keysOf(bed.database, Buffer.alloc(32, 8));
    await expect(stranger.current()).rejects.toThrow('sealed with another server key: OSTIARY_SECRET_KEY has changed');
    await expect(stranger.ensureOne()).rejects.toThrow(/OSTIARY_SECRET_KEY/);
    expect(await rows('select count(*)::int from signing_key')).toEqual([{ count: 1 }]);
  });

  it('stays shut in another row', async () => {
    await bed.given.sql('update signing_key set id = $1', [newId()]);
    await expect(keysOf(bed.database).current()).rejects.toThrow(/authenticate/);
  });
});

describe('a token', () => {
  it('is not called wrong because the database is away', () => {
    const guard = new AuthenticationGuard(undefined as never, undefined as never, undefined as never);
    const away = new UnavailableError('away', 5);
    expect(() => guard.handleRequest(null, false, away)).toThrow(away);
    expect(() => guard.handleRequest(away, false)).toThrow(away);
    expect(() => guard.handleRequest(null, false, new SyntaxError('header'))).toThrow('The token is not valid.');
  });
});
