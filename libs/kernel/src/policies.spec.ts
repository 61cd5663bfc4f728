import { writeFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readArgon2, readBruteForceDetection, readPasswordExpiration, readPasswordValidity } from './policies.js';

describe('a policy', () => {
  it('that is not set is the safe one', () => {
    expect(readPasswordValidity(undefined)).toEqual({ minLength: 15, maxLength: 256, blocked: new Set() });
    expect(readPasswordExpiration(undefined)).toEqual({ enabled: false, changeInterval: 365 });
    expect(readArgon2(undefined)).toEqual({ memoryKib: 19_456, passes: 2, lanes: 1 });
    expect(readBruteForceDetection(undefined)).toEqual({
      enabled: true,
      clearFailuresAfter: 43_200,
      maxLoginFailures: 5,
      waitIncrement: 60,
      maxFailureWait: 900,
      maxTemporaryLockouts: 2,
      permanentLockout: false,
    });
  });

  it('keeps its other fields when some are set', () => {
    const policy = readBruteForceDetection('{"permanentLockout":true,"waitIncrement":"90s","maxFailureWait":"1d"}');
    expect(policy).toMatchObject({ permanentLockout: true, waitIncrement: 90, maxFailureWait: 86_400 });
    expect(policy.maxLoginFailures).toBe(5);
  });

  it('takes further forbidden passwords from a file, whatever their case', () => {
    const folder = mkdtempSync(join(tmpdir(), 'ostiary-blocklist-'));
    const file = join(folder, 'list.txt');
    writeFileSync(file, 'Breached Password 1\r\n\nzoe\u0308 was breached\n');
    const { blocked } = readPasswordValidity(JSON.stringify({ blocklistFile: file }));
    rmSync(folder, { recursive: true });
    expect([...blocked]).toEqual(['breached password 1', 'zoë was breached']);
  });

  it.each([
    [readPasswordValidity, '{"minLength":7}', 'minLength', 'must be a whole number from 8 to 256'],
    [readPasswordValidity, '{"minLength":65,"maxLength":64}', 'minLength', 'must not be more than maxLength'],
    [readPasswordValidity, '{"blocklistFile":"/no/such/file"}', 'blocklistFile', 'must be the path'],
    [
      readPasswordValidity,
      '{"uppercase":true}',
      undefined,
      'may hold minLength, maxLength, blocklistFile and nothing else',
    ],
    [readPasswordExpiration, '{"enabled":"yes"}', 'enabled', 'must be true or false'],
    [readBruteForceDetection, '{"waitIncrement":60}', 'waitIncrement', 'must be a duration'],
    [readBruteForceDetection, '{"waitIncrement":"0m"}', 'waitIncrement', 'must be a duration'],
    [readBruteForceDetection, '{"maxLoginFailures":0}', 'maxLoginFailures', 'must be a whole number'],
    [readBruteForceDetection, '{"__proto__":{}}', undefined, 'nothing else'],
    [readArgon2, '[]', undefined, 'must be a JSON object'],
    [readArgon2, 'lots', undefined, 'must be a JSON object'],
    [readArgon2, '{"passes":1.5}', 'passes', 'must be a whole number'],
  ])('%o refuses %s', (read, text, field, reason) => {
    expect(() => read(text)).toThrow(
      expect.objectContaining({ field, message: expect.stringContaining(reason) as string }),
    );
  });
});
