import { afterAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { SigningKeys } from '@app/auth';
import { SecretBox } from '@app/secrets';
import { productEntities } from '../../../../test/support/product-entities.js';
import { openTestBed, type TestBed } from '../../../../test/support/test-bed.js';
import { CommandError } from '../command.js';
import { rotateSigningKey } from './rotate-signing-key.js';

const serverKey = Buffer.alloc(32, 7);

let bed: TestBed;
let keys: SigningKeys;
let printed: string[];

beforeEach(async () => {
  bed = await openTestBed(productEntities);
  keys = new SigningKeys(bed.database, new SecretBox(serverKey));
  await keys.ensureOne();
  vi.stubEnv('DATABASE_URL', bed.file.serverUrl);
  vi.stubEnv('OSTIARY_SECRET_KEY', serverKey.toString('base64url'));
  printed = [];
  vi.spyOn(console, 'log').mockImplementation((line: string) => void printed.push(line));
});
beforeEach(() => async () => bed.close());
afterAll(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

/** Keys as a server that starts now sees them, the newest first, and the one it signs with. */
async function seen() {
  const fresh = new SigningKeys(bed.database, new SecretBox(serverKey));
  return { kids: (await fresh.published()).map(({ kid }) => kid), signing: (await fresh.current()).kid };
}

describe('ostiary rotate-signing-key', () => {
  it('publishes a new key that signs after the overlap', async () => {
    const { kid: old } = await keys.current();
    await rotateSigningKey.run(['--overlap', '2h']);
    const { kids, signing } = await seen();
    expect([kids.length, kids[1], signing]).toEqual([2, old, old]);
    expect(printed).toEqual([`The key ${kids[0]} signs in 2h; older ones are believed until their tokens run out.`]);
    const [row] = await bed.given.sql<{ wait: number }>(
      `select round(extract(epoch from signs_from - now()) / 60)::int as wait from signing_key where kid = $1`,
      [kids[0]],
    );
    expect(row).toEqual({ wait: 120 });
  });

  it('with --now leaves the new key alone', async () => {
    await rotateSigningKey.run([]);
    await rotateSigningKey.run(['--now']);
    const { kids, signing } = await seen();
    expect(kids).toEqual([signing]);
    expect(printed[1]).toBe(`The key ${signing} signs from now on, and no older one is believed.`);
  });

  it('is told in the trail of every organization', async () => {
    const organizations = [await bed.given.organization(), await bed.given.organization()].map(({ id }) => id);
    await rotateSigningKey.run([]);
    await rotateSigningKey.run(['--now']);
    const { kids } = await seen();
    const words = { action: 'signingKey.rotated', actor_type: 'system', actor_name: 'ostiary rotate-signing-key' };
    for (const id of organizations) {
      const events = await bed.given.sql(
        `select action, actor_type, actor_name, subject_type, subject_id, after from audit_event
          where organization_id = $1 order by at, id`,
        [id],
      );
      const about = { ...words, subject_type: 'organization', subject_id: id };
      expect(events).toEqual([
        { ...about, after: { kid: expect.any(String), signsInSeconds: 300, olderKeys: 'run out' } },
        { ...about, after: { kid: kids[0], signsInSeconds: 0, olderKeys: 'at once' } },
      ]);
    }
  });

  it.each(['59s', '0m', '5', 'soon', '-5m', ''])('takes no overlap of %j', async (overlap) => {
    await expect(rotateSigningKey.run([`--overlap=${overlap}`])).rejects.toThrow(CommandError);
    expect((await seen()).kids).toHaveLength(1);
  });

  it.each([['--never'], ['key']])('knows no %s', async (argument) => {
    await expect(rotateSigningKey.run([argument])).rejects.toMatchObject({ code: expect.stringMatching(/^ERR_PARSE/) });
  });

  it('does nothing with another server key than the servers have', async () => {
    vi.stubEnv('OSTIARY_SECRET_KEY', Buffer.alloc(32, 8).toString('base64url'));
    await expect(rotateSigningKey.run([])).rejects.toThrow(/OSTIARY_SECRET_KEY/);
    expect((await seen()).kids).toHaveLength(1);
  });
});
