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

  it('stays in its organization', () => {
    expect(() => begun.actingAs(serverCaller(newId(), 'system', 'sign-in', null))).toThrow(/organization/);
  });
});
