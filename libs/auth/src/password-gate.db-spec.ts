import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { AuditTrail } from '@app/audit';
import { Administrators } from '@app/directory';
import { readConfiguration } from '@app/kernel';
import { SecretBox } from '@app/secrets';
import type { GivenOrganization, Row } from '../../../test/support/given.js';
import { productEntities } from '../../../test/support/product-entities.js';
import { openTestBed, type TestBed } from '../../../test/support/test-bed.js';
import { AccessTokens } from './access-tokens.js';
import { PasswordGate } from './password-gate.js';
import { PasswordService } from './password.service.js';
import { Principals } from './principals.js';
import { Sessions } from './sessions.js';
import { SignInJudge } from './sign-in-judge.js';
import { SigningKeys } from './signing-keys.js';

const right = 'correct horse battery staple';
const origin = { address: '127.0.0.1', userAgent: undefined, requestId: null };

/** Something happens elsewhere while the hash is being made. */
class HashedDuring extends PasswordService {
  constructor(private readonly happening: () => Promise<unknown>) {
    super();
  }

  override async verify(stored: string | undefined, password: string): Promise<boolean> {
    await this.happening();
    return super.verify(stored, password);
  }
}

let bed: TestBed;
let company: GivenOrganization;
let ada: Row;
let hash: string;

beforeAll(async () => {
  bed = await openTestBed(productEntities);
  hash = await new PasswordService().hash(right);
});
afterAll(async () => bed.close());
beforeEach(async () => {
  company = await bed.given.organization();
  ada = await company.user();
  await bed.given.insert('credential', { organization_id: company.id, user_id: ada.id, password_hash: hash });
});

function gateDuring(happening: () => Promise<unknown>): PasswordGate {
  const { database } = bed;
  const audit = new AuditTrail();
  const tokens = new AccessTokens(new SigningKeys(database, new SecretBox(Buffer.alloc(32, 7))), { publicUrl: 'x' });
  const sessions = new Sessions(database, tokens, new Principals(database), audit, 100);
  const { bruteForceDetection } = readConfiguration({});
  const passwords = new HashedDuring(happening);
  const judge = new SignInJudge(database, sessions, new Administrators([]), audit, bruteForceDetection);
  return new PasswordGate(database, passwords, judge);
}

async function tries(password: string, happening: () => Promise<unknown> = async () => undefined) {
  const [{ slug } = { slug: '' }] = await bed.given.sql<{ slug: string }>(
    'select slug from organization where id = $1',
    [company.id],
  );
  const named = { username: ada.name, password, organization: slug };
  return gateDuring(happening).proveByName(named, origin, () => true);
}

const count = (columns: Record<string, unknown>) =>
  bed.given.insert('login_attempt', { organization_id: company.id, user_id: ada.id, ...columns });
const set = (text: string) => bed.given.sql(`update login_attempt set ${text} where user_id = $1`, [ada.id]);
const counted = async () =>
  bed.given.sql('select failures, temporary_lockouts from login_attempt where user_id = $1', [ada.id]);
const events = async () => {
  const text = 'select action from audit_event where organization_id = $1 order by at, id';
  return (await bed.given.sql<{ action: string }>(text, [company.id])).map(({ action }) => action);
};
const rowsOf = async (table: string) =>
  (await bed.given.sql(`select 1 from ${table} where organization_id = $1`, [company.id])).length;
const inAnHour = () => new Date(Date.now() + 3_600_000);

describe('a try is judged by the count as it is when it is written', () => {
  it('so a lock that falls during the hash refuses a right password', async () => {
    await count({ failures: 4, window_failures: 4, last_failure_at: new Date() });
    const lock = () => set(`failures = 5, locked_until = now() + interval '1 h', last_failure_at = now()`);
    expect(await tries(right, lock)).toBeUndefined();
    expect(await counted()).toEqual([{ failures: 6, temporary_lockouts: 0 }]);
    expect(await events()).toEqual(['user.loginRefused']);
    expect(await rowsOf('session')).toBe(0);
  });

  it('so a lock that is taken away during the hash stays away', async () => {
    await count({ failures: 5, temporary_lockouts: 1, last_failure_at: new Date(), locked_until: inAnHour() });
    const unlock = () => bed.given.sql('delete from login_attempt where user_id = $1', [ada.id]);
    expect(await tries('wrong', unlock)).toBeUndefined();
    expect(await counted()).toEqual([{ failures: 1, temporary_lockouts: 0 }]);
    expect(await tries(right)).toBeDefined();
  });

  it.each([
    ['the first', 2, async () => undefined, () => count({ failures: 1, last_failure_at: new Date() })],
    ['a later', 3, () => count({ failures: 1 }), () => set('failures = 2, last_failure_at = now()')],
  ])('so no failure is lost beside %s of somebody else', async (_, failures, before, meanwhile) => {
    await before();
    expect(await tries('wrong', meanwhile)).toBeUndefined();
    expect(await counted()).toEqual([{ failures, temporary_lockouts: 0 }]);
    expect(await events()).toEqual(['user.loginRefused']);
  });
});

it('a user who is deleted during the hash is counted once, as that user', async () => {
  await count({ failures: 1 });
  const leave = async () => {
    await bed.given.sql('update app_user set deleted_at = now() where id = $1', [ada.id]);
    await set('failures = 2, last_failure_at = now()');
  };
  expect(await tries('wrong', leave)).toBeUndefined();
  expect(await counted()).toEqual([{ failures: 3, temporary_lockouts: 0 }]);
});

it('a right password opens one session, begins the count anew and is told once', async () => {
  await count({ failures: 3, window_failures: 3, last_failure_at: new Date() });
  const signIn = await tries(right);
  expect(await counted()).toEqual([{ failures: 0, temporary_lockouts: 0 }]);
  const sessions = await bed.given.sql(
    'select id, user_id, refresh_hash is not null as renewable from session where organization_id = $1',
    [company.id],
  );
  expect(sessions).toEqual([{ id: signIn?.opened?.sessionId, user_id: ada.id, renewable: true }]);
  expect(await events()).toEqual(['user.loggedIn']);
});
