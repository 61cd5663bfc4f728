import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { serverCaller } from '@app/access';
import { ConflictError } from '@app/kernel';
import type { GivenOrganization } from '../../../test/support/given.js';
import { Application, productEntities } from '../../../test/support/product-entities.js';
import { openTestBed, type TestBed } from '../../../test/support/test-bed.js';
import { type OpenDatabase, openDatabase } from '../../../test/support/test-database.js';
import { statement } from './statement.js';

let bed: TestBed;
let company: GivenOrganization;

beforeAll(async () => {
  bed = await openTestBed(productEntities);
});
afterAll(() => bed.close());
beforeEach(async () => {
  company = await bed.given.organization();
});

const callerOf = ({ id }: GivenOrganization) => serverCaller(id, 'system', 'test', null);
const named = (name: string) => Application.named(company.id, name);

const namesHere = statement<{ name: string }>(
  undefined,
  'select name from application where organization_id = $1 order by name',
);
async function names(): Promise<string[]> {
  return (await bed.database.query(callerOf(company), namesHere)).map(({ name }) => name);
}

describe('what is announced', () => {
  async function onDoorOfItsOwn(work: (door: OpenDatabase) => Promise<void>): Promise<void> {
    const door = await openDatabase(bed.file.serverUrl, productEntities);
    try {
      await work(door);
    } finally {
      await door.close();
    }
  }

  it('reaches each handler once with all of its kind, lower floors first, and what they announce the floors above', () =>
    onDoorOfItsOwn(async ({ database, announcements }) => {
      const heard: unknown[] = [];
      announcements.on('insights', 'account.changed', async (_tx, events) => void heard.push(['insights', events]));
      announcements.on('insights', 'connector.renamed', async () => void heard.push('nobody announced this'));
      announcements.on('accounts', 'owner.changed', async (tx, events) => {
        heard.push(['accounts', events.flatMap(({ ids }) => ids)]);
        tx.announce({ kind: 'account.changed', ids: ['c'], ownerIds: [] });
        tx.announce({ kind: 'owner.changed', ids: ['too late'] });
      });
      await database.inTransaction(callerOf(company), async (tx) => {
        tx.announce({ kind: 'owner.changed', ids: ['a'] });
        tx.announce({ kind: 'owner.changed', ids: ['b'] });
        expect(heard).toEqual([]);
      });
      expect(heard).toEqual([
        ['accounts', ['a', 'b']],
        ['insights', [{ kind: 'account.changed', ids: ['c'], ownerIds: [] }]],
      ]);
    }));

  it('is heard in the transaction, before it is kept', () =>
    onDoorOfItsOwn(async ({ database, announcements }) => {
      announcements.on('accounts', 'owner.changed', async (tx) => {
        expect(await tx.query(namesHere)).toEqual([{ name: 'Payroll' }]);
        expect(await names()).toEqual([]);
        tx.em.persist(named('Made by the handler'));
      });
      await database.inTransaction(callerOf(company), async (tx) => {
        tx.em.persist(named('Payroll'));
        tx.announce({ kind: 'owner.changed', ids: [] });
      });
      expect(await names()).toEqual(['Made by the handler', 'Payroll']);
    }));

  it('undoes everything when a handler throws', () =>
    onDoorOfItsOwn(async ({ database, announcements }) => {
      announcements.on('insights', 'owner.changed', () => Promise.reject(new ConflictError('not like this')));
      const done: string[] = [];
      const failing = database.inTransaction(callerOf(company), async (tx) => {
        tx.em.persist(named('Payroll'));
        tx.afterCommit.push(() => done.push('never'));
        tx.announce({ kind: 'owner.changed', ids: [] });
      });
      await expect(failing).rejects.toThrow('not like this');
      expect(await names()).toEqual([]);
      expect(done).toEqual([]);
    }));
});
