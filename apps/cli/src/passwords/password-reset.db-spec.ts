import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PasswordService } from '@app/auth';
import { User } from '@app/directory';
import { readDatabaseConfiguration, readPasswordConfiguration } from '@app/kernel';
import { Given, type GivenOrganization } from '../../../../test/support/given.js';
import { createTestDatabase, type TestDatabase } from '../../../../test/support/test-database.js';
import { CommandError } from '../command.js';
import { onServersDatabase } from '../servers-database.js';
import { PasswordReset, type PasswordResetRequest } from './password-reset.js';

const password = 'a new and rather long one';
const passwords = new PasswordService();

let database: TestDatabase;
let given: Given;
let acme: GivenOrganization;
let other: GivenOrganization;

beforeAll(async () => {
  database = await createTestDatabase();
  given = await Given.on(database.ownerUrl);
  acme = await given.organization({ slug: 'acme' });
  other = await given.organization({ slug: 'other' });
});

afterAll(async () => {
  await given.close();
  await database.drop();
});

const reset = (request: Partial<PasswordResetRequest>) =>
  onServersDatabase(
    readDatabaseConfiguration({ DATABASE_URL: database.serverUrl }),
    { command: 'test', entities: [User] },
    (door) =>
      new PasswordReset(door, readPasswordConfiguration({})).apply({
        userName: 'ada',
        password,
        organization: 'acme',
        ...request,
      }),
  );

async function credentialOf(userId: string) {
  const [row] = await given.sql<{ password_hash: string; must_change: boolean; credential_version: number }>(
    `select c.password_hash, c.must_change, u.credential_version from app_user u
       left join credential c on c.user_id = u.id where u.id = $1`,
    [userId],
  );
  return row!;
}

async function userWithPassword(organization: GivenOrganization, columns: Record<string, unknown>) {
  const user = await organization.user(columns);
  const hash = await passwords.hash('the old long password');
  const credential = { user_id: user.id, password_hash: hash, must_change: true };
  await given.insert('credential', { organization_id: organization.id, ...credential });
  return user;
}

describe('a password set by command', () => {
  it('replaces the old one, ends sessions and is told in the trail', async () => {
    const ada = await userWithPassword(acme, { user_name: 'Ada' });
    const namesake = await userWithPassword(other, { user_name: 'Ada' });
    expect(await reset({ userName: 'ADA' })).toBe('Ada');

    const { password_hash: hash, ...rest } = await credentialOf(ada.id);
    expect(await passwords.verify(hash, password)).toBe(true);
    expect(rest).toEqual({ must_change: false, credential_version: 2 });
    expect(await credentialOf(namesake.id)).toMatchObject({ must_change: true, credential_version: 1 });

    const trail = await given.sql(
      'select organization_id, action, actor_type, actor_name, subject_id, before, after from audit_event',
    );
    const words = { action: 'user.passwordChanged', actor_type: 'system', actor_name: 'ostiary set-password' };
    expect(trail).toEqual([{ ...words, organization_id: acme.id, subject_id: ada.id, before: null, after: null }]);
  });

  it('finds a user by e-mail address, and may be their first', async () => {
    const bo = await acme.user({ user_name: 'bo', email: 'Bo@Example.com' });
    await reset({ userName: 'bo@example.COM' });
    expect(await passwords.verify((await credentialOf(bo.id)).password_hash, password)).toBe(true);
  });

  it('is for the first organization when none is named', async () => {
    await acme.user({ user_name: 'only here' });
    expect(await reset({ userName: 'only here', organization: undefined })).toBe('only here');
  });

  it('ends a temporary lock', async () => {
    const locked = await acme.user({ user_name: 'locked out' });
    const attempts = { organization_id: acme.id, user_id: locked.id, failures: 5 };
    await given.insert('login_attempt', { ...attempts, locked_until: new Date(Date.now() + 60_000) });
    await reset({ userName: 'locked out' });
    expect(await given.sql('select 1 from login_attempt where user_id = $1', [locked.id])).toEqual([]);
  });

  it.each(['too short', 'passwordpassword', 'call me cornelia now', 'x'.repeat(257)])(
    'is refused when it is no good, and not repeated: %s',
    async (bad) => {
      await acme.user({ user_name: `cornelia`, deleted_at: null }).catch(() => undefined);
      const refused = reset({ userName: 'cornelia', password: bad });
      await expect(refused).rejects.toThrow(CommandError);
      await expect(refused).rejects.not.toThrow(bad);
    },
  );

  it('is refused for whom it cannot be meant', async () => {
    await acme.user({ user_name: 'gone', deleted_at: new Date() });
    await acme.user({ user_name: 'machinery', system: true });
    await other.user({ user_name: 'elsewhere' });
    for (const userName of ['nobody', 'gone', 'machinery', 'elsewhere', '', '%']) {
      await expect(reset({ userName })).rejects.toThrow(CommandError);
    }
    await expect(reset({ organization: 'nowhere' })).rejects.toThrow('no organization with the slug "nowhere"');
  });
});
