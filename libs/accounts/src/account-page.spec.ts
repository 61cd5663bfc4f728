import { describe, expect, it } from 'vitest';
import { and, type Condition, everything, or } from '@app/query';
import { orderKeyOf } from './account-order.js';
import { accountPageFromEndQuery, type AccountPageQuery, accountPageQuery } from './account-page.js';

const id = '01890a5d-ac96-774b-bcce-b302099a8057';
const eq = (path: string, value: string | boolean): Condition => ({ kind: 'compare', path, op: 'eq', value });
const by = (...paths: string[]) => paths.map((path) => orderKeyOf({ path, direction: 'asc' }));
const page = (where: Condition, order = by('name'), offset = 0, limit = 250) =>
  statementOf(accountPageQuery({ where, order, limit, offset }));

function statementOf(query: AccountPageQuery) {
  return 'rows' in query ? query.rows.statement : query.ids.statement;
}

describe('the statement of a list of accounts', () => {
  it.each([
    ['everything', everything, everything],
    ['a connector', eq('connectorId', id), eq('connectorId', id.replace('0', '1'))],
    ['an owner', eq('ownerId', id), eq('ownerId', id.replace('0', '1'))],
    ['nobody', eq('uncorrelated', true), eq('uncorrelated', true)],
    ['one name', eq('name', 'a'), eq('name', 'b')],
    ['what is linked by hand', eq('manuallyCorrelated', true), eq('manuallyCorrelated', true)],
  ])('of %s is prepared once, whatever the values', (_whose, one, other) => {
    expect(page(one).name).toMatch(/^account\.page-/);
    expect(page(other)).toBe(page(one));
  });

  it.each([
    ['several keys', page(everything, by('name', 'created'))],
    ['several filters', page(and(eq('connectorId', id), eq('uncorrelated', true)))],
    ['a free filter', page(or(eq('connectorId', id), eq('uncorrelated', true)))],
    ['the start of a name', page({ kind: 'startsWith', path: 'name', value: 'a' })],
    ['groups', page(everything, by('identityState'))],
    ['a connector, in an order it has no index for', page(eq('connectorId', id), by('ownerName'))],
  ])('by %s is planned anew each time', (_by, { name: prepared }) => {
    expect(prepared).toBeUndefined();
  });

  it('has no more prepared shapes than its family may keep', () => {
    const wheres = [everything, eq('connectorId', id), eq('connectorId', 'no id'), eq('ownerId', id)];
    const all = [...wheres, eq('uncorrelated', true), eq('uncorrelated', false), eq('name', 'a')];
    const names = all.flatMap((where) =>
      ['id', 'name', 'created', 'modified'].flatMap((path) =>
        (['asc', 'desc'] as const).flatMap((direction) => {
          const request = { where, order: [orderKeyOf({ path, direction })], limit: 1, offset: 20_000 };
          const later = statementOf(accountPageQuery(request));
          return [page(where, request.order), later, statementOf(accountPageFromEndQuery(request, {}))];
        }),
      ),
    );
    expect(names.filter((statement) => statement.name === undefined)).toEqual([]);
  });

  it('lets the planner see that a page is small', () => {
    expect(page(everything).text).toContain('limit 250');
    expect(() => page(everything, by('id'), 0, 251)).toThrow(/at most 250/);
  });

  it('names whom nobody owns as their indexes do', () => {
    expect(page(eq('uncorrelated', true)).text).toContain('(a.owner_id is null)');
    expect(page(eq('uncorrelated', false)).text).toContain('not (a.owner_id is null)');
  });
});
