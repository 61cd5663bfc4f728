// The floor: a bare node:http server with named statements on the same database, answering the same rows without
// token, rights, validation or presenter. What a framework costs is read against it.
import { createServer } from 'node:http';
import { Pool } from 'pg';

const [, , url, organization] = process.argv;
const pool = new Pool({ connectionString: url, max: 10 });
const columns = `a.id, a.name, a.created_at, a.modified_at, a.connector_id, c.name as connector_name, a.owner_id, o.name as owner_name,
  a.attributes, a.description, a.disabled, a.locked, a.native_identity, a.uuid, a.correlation, a.entitlement_count`;
const from = `join connector c on c.organization_id = $1 and c.id = a.connector_id left join owner o on o.organization_id = $1 and o.id = a.owner_id`;
const list = {
  name: 'floor-list',
  text: `with page as (select id, name_key from account where organization_id = $1 and deleted_at is null and connector_id = $2 order by name_key, id limit 250)
    select ${columns} from page join account a on a.organization_id = $1 and a.id = page.id ${from} order by page.name_key, page.id`,
};
const one = {
  name: 'floor-one',
  text: `select ${columns} from account a ${from} where a.organization_id = $1 and a.id = $2 and a.deleted_at is null`,
};

const server = createServer((request, response) => void answer(request, response));

async function answer(request, response) {
  const [, kind, id] = request.url.split('/');
  const { rows } = await pool.query({ ...(kind === 'list' ? list : one), values: [organization, id] });
  response.setHeader('content-type', 'application/json; charset=utf-8');
  response.end(JSON.stringify(kind === 'list' ? rows : rows[0]));
}

server.listen(0, '127.0.0.1', () => process.send({ url: `http://127.0.0.1:${server.address().port}` }));
process.on('disconnect', () => process.exit(0));
