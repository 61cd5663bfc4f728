// Owners: lists, searches, statistics and accounts of many beside the floor; then what a broad search costs by the
// database's own clock.
import { besideFloor } from './beside-floor.mjs';
import { executionMs } from './deep-pages.mjs';
import { answerOf, post } from './http.mjs';

const search = {
  search_terms: ['engineering', 'manager'],
  search_fields: ['department', 'title'],
  field_queries: [
    { field: 'status', operator: 'equals', value: 'Active' },
    { field: 'total_threat', operator: 'greater_than', value: 20 },
  ],
};

export async function measureOwners(setup, options, say) {
  return besideFloor(setup, await readsOf(setup), options, say);
}

async function readsOf({ server, database: { client } }) {
  const { rows } = await client.query(
    'select owner_id from account where owner_id is not null group by owner_id limit 100',
  );
  const ids = rows.map(({ owner_id }) => owner_id);
  const [{ count }] = (await client.query('select count(*)::int from owner')).rows;
  const far = Math.floor(count * 0.95);
  const { id: border } = (await client.query('select id from owner order by created_at, id offset $1 limit 1', [far]))
    .rows[0];
  const list = (after, limit) => get(server, `/api/v1/owners?first=${limit}${after ? `&after=${after}` : ''}`);
  const searched = (after, limit) => found(server, { ...search, limit, ...(after && { after }) });
  const [listed, met] = [await walked(list, border, 250), await walked(searched, border, Math.ceil(count / 1_000))];
  return [
    { title: 'list of owners', floorTarget: '/owners/list', target: '/api/v1/owners' },
    {
      title: `list after ${far} owners`,
      floorTarget: `/owners/list-after/${listed.position}`,
      target: `/api/v1/owners?after=${listed.cursor}`,
    },
    {
      title: 'search, two terms and two fields',
      floorTarget: '/owners/search',
      target: '/api/v1/owners/search',
      body: search,
    },
    {
      title: `that search after ${far} owners`,
      floorTarget: `/owners/search-after/${met.position}`,
      target: '/api/v1/owners/search',
      body: { ...search, after: met.cursor },
    },
    {
      title: 'statistics of an owner',
      floorTarget: `/statistics/${ids[0]}`,
      target: `/api/v1/owners/${ids[0]}/statistics`,
    },
    {
      title: 'accounts of 100 owners',
      floorTarget: `/owners-accounts/${ids.join(',')}`,
      target: '/api/v1/owners/accounts',
      body: { owner_ids: ids },
    },
  ];
}

/** The last page before an owner: where it ends, and the cursor that goes on from there. Ids are in the order of the list. */
async function walked(pageAfter, border, limit) {
  let reached;
  for (;;) {
    const { owners, pageInfo } = await pageAfter(reached?.cursor, limit);
    const last = owners.at(-1);
    if (!last || last.id > border || !pageInfo.hasNextPage) return reached;
    const position = [last.created_at, last.id].map(encodeURIComponent).join('/');
    reached = { position, cursor: pageInfo.endCursor };
  }
}

async function get({ base, headers }, path) {
  return answerOf(await fetch(base + path, { headers }), path);
}

function found({ base, headers }, body) {
  return post(base, '/api/v1/owners/search', body, headers);
}

/** What one page of a broad search costs, by the database's own clock. */
export async function measureBroadSearches({ database: { client }, organization }) {
  const { ownerSearchQuery } = await import('../../dist/libs/insights/src/owner-search.js');
  const hit = (value) => ({ kind: 'contains', path: 'name', value });
  const searches = [
    ['a letter nearly every name has', hit('a')],
    ['a name one in sixteen has', hit('priya')],
    ['a department', { kind: 'contains', path: 'department', value: 'sales' }],
    ['any threat', { kind: 'compare', path: 'totalThreat', op: 'ge', value: 0 }],
  ];
  const results = [];
  for (const [what, where] of searches) {
    const { statement, values } = ownerSearchQuery({ where, rows: 51, at: new Date() });
    results.push({ what, ms: await executionMs(client, statement.text, [organization, ...values]) });
  }
  return results;
}
