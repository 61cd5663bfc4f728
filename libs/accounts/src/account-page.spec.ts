import { describe, expect, it } from 'vitest';
import { and, type Condition, everything, or, type Sort } from '@app/query';
import { accountPageFromEndQuery, accountPageQuery } from './account-page.js';

const id = '01890a5d-ac96-774b-bcce-b302099a8057';
const eq = (path: string, value: string | boolean): Condition => ({ kind: 'compare', path, op: 'eq', value });
const name: Sort = { path: 'name', direction: 'asc' };
const page = (where: Condition, sort: readonly Sort[] = [name], offset = 0) =>
  accountPageQuery({ where, sort, limit: 250, offset }, 'all').statement;

describe('the statement of a list of accounts', () => {
  it.each([
    ['everything', everything, everything],
    ['a connector', eq('connectorId', id), eq('connectorId', id.replace('0', '1'))],
    ['an owner', eq('ownerId', id), eq('ownerId', id.replace('0', '1'))],
    ['nobody', eq('uncorrelated', true), eq('uncorrelated', true)],
  ])('of %s is prepared once, whatever the values', (_whose, one, other) => {
    expect(page(one).name).toMatch(/^account\.page-/);
    expect(page(other)).toBe(page(one));
  });

  it.each([
    ['several keys', page(everything, [name, { path: 'created', direction: 'asc' }])],
    ['several filters', page(and(eq('connectorId', id), eq('uncorrelated', true)))],
    ['a free filter', page(or(eq('connectorId', id), eq('uncorrelated', true)))],
    ['another field', page(eq('name', 'a'))],
  ])('by %s is planned anew each time', (_by, { name: prepared }) => {
    expect(prepared).toBeUndefined();
  });

  it('is planned anew for who reaches own connectors only', () => {
    const request = { where: everything, sort: [], limit: 250, offset: 0 };
    expect(accountPageQuery(request, { userId: id }).statement.name).toBeUndefined();
  });

  it('has no more prepared shapes than its family may keep', () => {
    const wheres = [everything, eq('connectorId', id), eq('connectorId', 'no id'), eq('ownerId', id)];
    const all = [...wheres, eq('uncorrelated', true), eq('uncorrelated', false)];
    const names = all.flatMap((where) =>
      ['id', 'name', 'created', 'modified'].flatMap((path) =>
        (['asc', 'desc'] as const).flatMap((direction) => {
          const request = { where, sort: [{ path, direction }], limit: 1, offset: 20_000 };
          const later = accountPageQuery(request, 'all').statement;
          return [page(where, request.sort), later, accountPageFromEndQuery(request, {}).statement];
        }),
      ),
    );
    expect(names.filter((statement) => statement.name === undefined)).toEqual([]);
  });

  it('lets the planner see that a page is small', () => {
    expect(page(everything).text).toContain('limit 250');
    const request = { where: everything, sort: [], limit: 251, offset: 0 };
    expect(() => accountPageQuery(request, 'all')).toThrow(/at most 250/);
  });

  it('names whom nobody owns as their indexes do', () => {
    expect(page(eq('uncorrelated', true)).text).toContain('(a.owner_id is null)');
    expect(page(eq('uncorrelated', false)).text).toContain('not (a.owner_id is null)');
  });
});
