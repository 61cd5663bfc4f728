// The floor: a bare node:http server with named statements on the same database, answering the same JSON without token,
// rights, validation or layers. What a framework costs is read against it.
import { createServer } from 'node:http';
import { Pool, types } from 'pg';
import { connectorOwners, originsOf, presentConnectorOwner } from './connector-owner-floor-queries.mjs';
import { groupsOfUser, userLists } from './directory-floor-queries.mjs';
import { ownerPages, ownersAccounts, statistics } from './owner-floor-queries.mjs';
import { accountLists, count, list, one, owned, page } from './floor-queries.mjs';

const [, , url, organization] = process.argv;
const pool = new Pool({ connectionString: url, max: 10, options: '-c timezone=UTC -c jit=off' });

// Instants stay text: turning each into a Date and back would be the larger part of a list.
types.setTypeParser(types.builtins.TIMESTAMPTZ, (text) => {
  const fraction = text.length > 22 ? text.slice(20, -3) : '';
  return `${text.slice(0, 10)}T${text.slice(11, 19)}.${fraction.padEnd(3, '0')}Z`;
});

async function rowsOf({ name, text }, values = []) {
  const { rows } = await pool.query({ name, text, values: [organization, ...values] });
  return rows;
}

const calls = {
  list: async (id) => list.present(await rowsOf(list, [id])),
  page: async () => page.present(await rowsOf(page)),
  counted: async (_id, response) => {
    const [{ total }] = await rowsOf(count);
    response.setHeader('x-total-count', String(total));
    return page.present(await rowsOf(page));
  },
  one: async (id) => one.present(await rowsOf(one, [id])),
  owned: async (id) => owned.present(await rowsOf(owned, [id])),
  accounts: async (name, _response, ...values) => {
    const query = accountLists[name];
    return query.present(await rowsOf(query, values.map(decodeURIComponent)));
  },
  owners: async (name, _response, ...values) => {
    const query = ownerPages[name];
    return query.present(await rowsOf(query, values.map(decodeURIComponent)));
  },
  'owners-accounts': async (ids) =>
    ownersAccounts.present(await rowsOf(ownersAccounts, [ids.split(',')]), ids.split(',')),
  statistics: async (id) => statistics.present(await rowsOf(statistics, [id])),
  'connector-owners': async (kind, _response, ...values) => {
    const [appId, connectorId] = values;
    const rows = await rowsOf(connectorOwners[kind], values);
    const ids = rows.flatMap(({ owner_id }) => owner_id ?? []);
    const origins = await rowsOf(originsOf[kind], kind === 'one' ? ids : [ids]);
    const byOwner = Map.groupBy(origins, ({ owner_id }) => owner_id);
    const list = rows.map((row) => presentConnectorOwner(appId, connectorId, row, byOwner.get(row.owner_id) ?? []));
    return kind === 'one' ? { connectorOwnerUser: list[0] } : { list, nextPageToken: '' };
  },
  'groups-of-user': async (id) => groupsOfUser.present(await rowsOf(groupsOfUser, [id])),
  users: async (name, _response, value) => {
    const { count: counting, page: paging, present } = userLists[name];
    const values = value === undefined ? [] : [decodeURIComponent(value)];
    return present(...(await Promise.all([rowsOf(counting, values), rowsOf(paging, values)])));
  },
};

async function answer(request, response) {
  const [, call, id, ...values] = request.url.split('/');
  const body = JSON.stringify(await calls[call](id, response, ...values));
  response.setHeader('content-type', 'application/json; charset=utf-8');
  response.end(body);
}

const server = createServer((request, response) => void answer(request, response));
server.listen(0, '127.0.0.1', () => process.send({ url: `http://127.0.0.1:${server.address().port}` }));
process.on('disconnect', () => process.exit(0));
