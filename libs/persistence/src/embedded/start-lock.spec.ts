import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { withStartLock } from './start-lock.js';

describe('the lock around starting and stopping', () => {
  let folder: string;
  let lock: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'ostiary-lock-'));
    lock = join(folder, 'lock');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  async function compete(): Promise<number> {
    let inside = 0;
    let most = 0;
    const visit = async (): Promise<void> => {
      most = Math.max(most, ++inside);
      await sleep(5);
      inside--;
    };
    await Promise.all(Array.from({ length: 8 }, () => withStartLock(lock, 5_000, visit)));
    return most;
  }

  it('lets one in at a time and leaves nothing behind', async () => {
    expect(await compete()).toBe(1);
    expect(readdirSync(folder)).toEqual([]);
  });

  it.each([
    ['a process that is gone', JSON.stringify({ pid: 4_190_000, birth: 'long ago' })],
    ['an earlier process of the same number', JSON.stringify({ pid: process.pid, birth: 'long ago' })],
    ['a crash in the middle of writing', ''],
  ])('does not count when left by %s', async (_, mark) => {
    writeFileSync(lock, mark);
    writeFileSync(`${lock}.break`, mark);
    expect(await compete()).toBe(1);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('is given back when the work fails', async () => {
    await expect(withStartLock(lock, 100, () => Promise.reject(new Error('no luck')))).rejects.toThrow('no luck');
    await expect(withStartLock(lock, 100, () => Promise.resolve('in'))).resolves.toBe('in');
  });

  it('names the process that holds it too long', async () => {
    await withStartLock(lock, 100, async () => {
      await expect(withStartLock(lock, 60, () => Promise.resolve())).rejects.toThrow(`Process ${process.pid} has been`);
    });
  });
});
