import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Client, TestApi } from '../../support/api.js';

interface Page {
  readonly owners: readonly { readonly id: string; readonly created_at: string }[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
}

let api: TestApi;

beforeAll(async () => {
  api = await TestApi.start();
});
afterAll(() => api.close());

/** The ways to page through owners, each with a condition that only some meet. */
const ways: Readonly<Record<string, (client: Client, limit: number, after: string | null) => Promise<Page>>> = {
  'the list': async (client, first, after) => {
    const query = new URLSearchParams({ department: 'sales', first: String(first), ...(after !== null && { after }) });
    return (await client.get(`/api/v1/owners?${query.toString()}`).expect(200)).body as Page;
  },
  'a search': async (client, limit, after) => {
    const field_queries = [{ field: 'department', operator: 'equals', value: 'Sales' }];
    const body = { search_terms: ['a'], field_queries, limit, ...(after !== null && { after }) };
    return (await client.post('/api/v1/owners/search').send(body).expect(200)).body as Page;
  },
};

/** Few instants, so that many owners share one. */
const instants = fc.nat(3).map((second) => new Date(Date.UTC(2026, 0, 1, 0, 0, second)));
const departments = fc.constantFrom('Sales', 'Sales', 'Board');
const made = fc.record({ created_at: instants, department: departments });
const events = fc.array(fc.oneof(fc.record({ make: made }), fc.record({ remove: fc.nat(30) })), { maxLength: 3 });

describe.each(Object.entries(ways))('the cursors of %s', (_, pageOf) => {
  it('lose and repeat nobody who was there all along, while others come and go', { timeout: 120_000 }, async () => {
    const plan = fc.record({
      there: fc.array(made, { maxLength: 14 }),
      sizes: fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 3 }),
      between: fc.array(events, { maxLength: 6 }),
    });
    const holds = fc.asyncProperty(plan, async ({ there, sizes, between }) => {
      const organization = await api.given.organization();
      const client = await api.as('AUDITOR', organization);
      const make = async (columns: object) => (await organization.owner({ name: 'Ada', ...columns })).id;
      const steady = new Map<string, string>();
      for (const { created_at, department } of there) {
        const id = await make({ created_at, department });
        if (department === 'Sales') steady.set(id, `${created_at.toISOString()} ${id}`);
      }
      const seen: string[] = [];
      let after: string | null = null;
      for (let turn = 0, more = true; more; turn++) {
        const page: Page = await pageOf(client, sizes[turn % sizes.length]!, after);
        seen.push(...page.owners.map(({ id }) => id));
        ({ hasNextPage: more, endCursor: after } = page.pageInfo);
        for (const event of between[turn] ?? []) {
          if ('make' in event) await make(event.make);
          else {
            const gone = [...steady.keys()][event.remove];
            if (gone === undefined) continue;
            await api.given.sql('update owner set deleted_at = now() where id = $1', [gone]);
            steady.delete(gone);
          }
        }
      }
      expect(new Set(seen).size).toBe(seen.length);
      const inOrder = [...steady].toSorted(([, one], [, other]) => (one < other ? -1 : 1)).map(([id]) => id);
      expect(seen.filter((id) => steady.has(id))).toEqual(inOrder);
    });
    await fc.assert(holds, { numRuns: 60 });
  });
});
