import { describe, expect, it } from 'vitest';
import { serverCaller } from '@app/access';
import { newId } from '@app/kernel';
import { Transaction } from './transaction.js';

describe('a transaction in which it shows who acts', () => {
  const organization = newId();
  const begun = new Transaction({} as never, serverCaller(organization, 'system', 'sign-in', null));

  it('is the same one: what is announced and what follows its commit are kept together', () => {
    const own = begun.actingAs({ ...begun.caller, actor: { type: 'user', id: newId(), name: 'Bo' } });
    own.announce({ kind: 'user.rightsChanged', ids: [newId()] });
    own.afterCommit.push(() => undefined);
    expect([begun.announced, begun.afterCommit]).toEqual([own.announced, own.afterCommit]);
    expect([begun.announced.length, begun.afterCommit.length]).toEqual([1, 1]);
    expect([own.caller.actor.name, begun.caller.actor.name]).toEqual(['Bo', 'sign-in']);
  });

  it('reaches another organization by its statements alone, and announces nothing there', () => {
    const other = begun.elsewhere(serverCaller(newId(), 'system', 'sign-in', null));
    expect([other.organizationId === begun.organizationId, other.em]).toEqual([false, begun.em]);
    expect(() => other.announce({ kind: 'user.rightsChanged', ids: [] })).toThrow(/is heard in the organization/);
  });

  it('stays in its organization', () => {
    expect(() => begun.actingAs(serverCaller(newId(), 'system', 'sign-in', null))).toThrow(/organization/);
  });
});
