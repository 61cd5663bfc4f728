// People who can sign in, and sessions of theirs with the tokens the server itself would have given.
import { availableParallelism } from 'node:os';
import { hash } from '@node-rs/argon2';
import { NestFactory } from '@nestjs/core';
import { publicUrl, serverKey } from '../setup.mjs';

export const password = 'one long password for everybody here';

/** Each with a hash of his own at the default costs: `[{id, userName, hash}]`. */
export async function addUsers({ database: { client }, organization }, count) {
  const hashes = await inParallel(count, () => hash(password, { memoryCost: 19_456, timeCost: 2, parallelism: 1 }));
  const names = hashes.map((_, i) => `bench.user.${i}`);
  const { rows } = await client.query(
    `with made as (
       insert into app_user (organization_id, user_name, user_name_key, display_name, display_name_key)
       select $1, name, name, name, name from unnest($2::text[]) name returning id, user_name),
     secret as (
       insert into credential (organization_id, user_id, password_hash)
       select $1, made.id, given.hash from made join unnest($2::text[], $3::text[]) given (name, hash) on given.name = made.user_name)
     select id, user_name as "userName" from made`,
    [organization, names, hashes],
  );
  // What autovacuum would have done within a minute.
  await client.query('analyze');
  return rows.map((row) => ({ ...row, hash: hashes[names.indexOf(row.userName)] }));
}

/** Access tokens of that many live sessions of one user. */
export async function addSessions({ database: { client, serverUrl }, organization }, userId, count) {
  const { rows } = await client.query(
    `insert into session (organization_id, id, user_id, credential_version, expires_at)
     select $1, new_id(), u.id, u.credential_version, now() + interval '1 hour' from app_user u, generate_series(1, $3)
      where u.organization_id = $1 and u.id = $2 returning id`,
    [organization, userId, count],
  );
  // What autovacuum would have done by the time so many have signed in.
  await client.query('analyze session');
  return withAccessTokens(serverUrl, async (tokens) => {
    const signed = [];
    for (const { id } of rows) signed.push((await tokens.sign({ sub: userId, sid: id, org: organization })).token);
    return signed;
  });
}

/** The server's own signer on its own keys, in this process. */
async function withAccessTokens(databaseUrl, work) {
  const { AccessTokens, AuthModule } = await import('../../../dist/libs/auth/src/index.js');
  const { JobsModule } = await import('../../../dist/libs/jobs/src/index.js');
  const { readConfiguration } = await import('../../../dist/libs/kernel/src/index.js');
  const { PersistenceModule, requestTimeouts } = await import('../../../dist/libs/persistence/src/index.js');
  const { entities } = await import('../../../dist/apps/api/src/app.module.js');
  class Signing {}
  const persistence = PersistenceModule.forRoot({
    url: databaseUrl,
    entities,
    migrations: [],
    poolSize: 2,
    timeouts: requestTimeouts,
    applicationName: 'ostiary bench',
  });
  const auth = AuthModule.forRoot({ ...readConfiguration({ OSTIARY_PUBLIC_URL: publicUrl }), serverKey });
  // Invitations would be mailed by a job; none is made here.
  const jobs = JobsModule.forRoot({ mode: 'enqueue', jobs: [] });
  const root = { module: Signing, imports: [persistence, jobs, auth] };
  const app = await NestFactory.createApplicationContext(root, { logger: ['error', 'warn'] });
  try {
    return await work(app.get(AccessTokens, { strict: false }));
  } finally {
    await app.close();
  }
}

async function inParallel(count, make) {
  const made = [];
  const worker = async () => {
    while (made.length < count) {
      const at = made.push(undefined) - 1;
      made[at] = await make();
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
  return made;
}
