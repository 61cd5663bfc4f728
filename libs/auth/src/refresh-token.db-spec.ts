import { afterAll, beforeAll, expect, it } from 'vitest';
import { newId } from '@app/kernel';
import { migrate } from '@app/persistence';
import { migrations } from '../../../database/migrations/index.js';
import { Given } from '../../../test/support/given.js';
import { createEmptyDatabase, type TestDatabase } from '../../../test/support/test-database.js';
import { hashOfToken, newOpaqueToken } from './opaque-tokens.js';
import { hashesOf, readRefreshToken } from './refresh-token.js';

let database: TestDatabase;
let given: Given;

const bringUp = async (upTo: string) => {
  const until = migrations.findIndex(({ name }) => name === upTo);
  await migrate(database.ownerUrl, migrations.slice(0, until + 1), new URL(database.serverUrl).username);
};

beforeAll(async () => {
  database = await createEmptyDatabase();
  await bringUp('0012-callers');
  given = await Given.on(database.ownerUrl);
});
afterAll(async () => {
  await given.close();
  await database.drop();
});

it('a session from before it remembered its refresh token itself goes on with the one that is not used yet', async () => {
  const company = await given.organization();
  const user = await company.user();
  const session = { organization_id: company.id, id: newId(), user_id: user.id, credential_version: 1 };
  await given.insert('session', { ...session, expires_at: new Date(Date.now() + 3_600_000) });
  const tokens = Array.from({ length: 3 }, () => newOpaqueToken('refresh'));
  for (const [i, token] of tokens.entries()) {
    const row = { organization_id: company.id, session_id: session.id, token_hash: hashOfToken(token) };
    await given.insert('refresh_token', { ...row, used_at: i < 2 ? new Date() : null });
  }

  await bringUp('0013-refresh-tokens');

  const { family, secret } = hashesOf(readRefreshToken(tokens[2]!)!);
  expect(await given.sql('select refresh_family_hash as family, refresh_hash as secret from session')).toEqual([
    { family, secret },
  ]);
});
