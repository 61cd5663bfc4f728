import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { EntityManager, EntityRepository } from '@mikro-orm/postgresql';
import { describe, expect, it } from 'vitest';
import { productSources } from '../../../test/support/sources.js';

/** Ways past the tenant filter or the unit of work whose names are plain enough for the linter to forbid anywhere. */
const linted = [
  'addFilter',
  'callRoutine',
  'createQueryBuilder',
  'getConnection',
  'getDriver',
  'getKysely',
  'getNativeClient',
  'getTransactionContext',
  'getUnitOfWork',
  'insertMany',
  'nativeDelete',
  'nativeInsert',
  'nativeUpdate',
  'qb',
  'refreshMaterializedView',
  'setFilterParams',
  'setTransactionContext',
  'upsert',
  'upsertMany',
];

/** Others have names that harmless methods have too; these are looked for behind an entity manager only. */
const scanned = [
  'begin',
  'clone',
  'commit',
  'execute',
  'fork',
  'getContext',
  'insert',
  'resetTransactionContext',
  'rollback',
  'schema',
  'stream',
  'transactional',
];

/** Narrowed by the filter, checked at the flush, or without any effect on rows. */
const harmless =
  `applyDiscriminatorCondition applyFilters assign autoJoinRefsForFilters buildFields cacheKey canPopulate
  checkLockRequirements clear clearCache clearSessionContext constructor count countBy create createPopulateWhere find findAll
  findAndCount findByCursor findOne findOneOrFail flush forceSelectInForLimitedPopulate getAbortOptions getComparator getDataLoader
  getEntityFactory getEntityLoader getEntityManager getEntityName getEventManager getFilterParams getHydrator getJoinedFilters
  getLoggerContext getMetadata getPlatform getPopulateWhere getReference getRepository getSessionContext getTransactionSessionContext
  id isInTransaction lock lockAndPopulate map merge mergeSessionContext persist populate prepareOptions preparePopulate
  processUnionWhere processWhere refresh refreshOrFail remove repo setFlushMode setLoggerContext setSessionContext shouldRefresh
  storeCache tryCache tryFlush validateIndexUsage validateRepositoryType validateSessionContextStaging validateWhereKeysForIndex
  withSessionContext`.split(/\s+/);

function methodsOf(prototype: object): string[] {
  const names = new Set<string>();
  for (let at = prototype; at !== Object.prototype; at = Object.getPrototypeOf(at) as object) {
    for (const name of Object.getOwnPropertyNames(at)) names.add(name);
  }
  return [...names];
}

const outside = productSources().filter(({ path }) => !path.startsWith('libs/persistence/'));

describe('the ways around the tenant locks', () => {
  it('have each been judged, those of a new version of the ORM too', () => {
    const known = new Set([...linted, ...scanned, ...harmless]);
    const methods = [...methodsOf(EntityManager.prototype), ...methodsOf(EntityRepository.prototype)];
    expect(methods.filter((name) => !known.has(name))).toEqual([]);
  });

  it('are refused by the linter everywhere but in persistence', () => {
    const dir = mkdtempSync(join(tmpdir(), 'ostiary-lint-'));
    try {
      const file = join(dir, 'around.ts');
      const uses = linted.map((name) => `  em.${name}();`);
      writeFileSync(file, `export function around(em: Record<string, () => void>): void {\n${uses.join('\n')}\n}\n`);
      const root = fileURLToPath(new URL('../../../', import.meta.url));
      const { stdout } = spawnSync('node_modules/.bin/oxlint', ['-c', '.oxlintrc.json', '--format', 'unix', file], {
        cwd: root,
        encoding: 'utf8',
      });
      const refused = linted.filter((_, i) => stdout.includes(`around.ts:${i + 2}:`));
      expect(refused).toEqual(linted);
    } finally {
      rmSync(dir, { recursive: true });
    }
  });

  it('are taken nowhere behind an entity manager', () => {
    const way = new RegExp(`\\bem\\s*\\.\\s*(?:${scanned.join('|')})\\b`);
    expect(outside.filter(({ text }) => way.test(text)).map(({ path }) => path)).toEqual([]);
  });

  it('are taken nowhere by switching the filter off', () => {
    const off = /\bfilters\s*:\s*(?:false|\{)/;
    expect(off.test('{ filters: false }') && off.test('{ filters: { organization: false } }')).toBe(true);
    expect(outside.filter(({ text }) => off.test(text)).map(({ path }) => path)).toEqual([]);
  });

  it('are not open to anybody who injects the ORM or a connection of his own', () => {
    const own = /\bMikroORM\b|@InjectRepository|@InjectEntityManager|from 'pg'|from 'kysely'/;
    expect(outside.filter(({ text }) => own.test(text)).map(({ path }) => path)).toEqual([]);
  });
});
