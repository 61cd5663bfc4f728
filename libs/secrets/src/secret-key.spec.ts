import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { existingSecretKey, obtainSecretKey, SecretKeyError } from './secret-key.js';

const configured = Buffer.alloc(32, 7);

let parent: string;
let dir: string;
let file: string;

beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'ostiary-key-'));
  dir = join(parent, 'data');
  file = join(dir, 'secret.key');
});
afterEach(() => rmSync(parent, { recursive: true }));

describe('the key of a server', () => {
  it('is the configured one, and then nothing is made', async () => {
    for (const obtain of [obtainSecretKey, existingSecretKey]) expect(await obtain(configured, dir)).toBe(configured);
    expect(existsSync(dir)).toBe(false);
  });

  it('is made at the first start for its user alone, and found again', async () => {
    const key = await obtainSecretKey(undefined, dir);
    expect(key).toHaveLength(32);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    for (const obtain of [obtainSecretKey, existingSecretKey]) expect(await obtain(undefined, dir)).toEqual(key);
  });

  it('is never made by whoever expects one', async () => {
    await expect(existingSecretKey(undefined, dir)).rejects.toThrow(SecretKeyError);
    await expect(existingSecretKey(undefined, dir)).rejects.toThrow(`${file} is missing`);
    expect(existsSync(dir)).toBe(false);
  });

  it.each(['', 'short', 'x'.repeat(50)])('is refused when its file holds %j', async (text) => {
    await obtainSecretKey(undefined, dir);
    writeFileSync(file, text);
    for (const obtain of [obtainSecretKey, existingSecretKey])
      await expect(obtain(undefined, dir)).rejects.toThrow(/does not hold 32 bytes/);
  });
});
