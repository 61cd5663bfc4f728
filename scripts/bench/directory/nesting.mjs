// Nested groups: pages of effective members, and members that come at the top while others read.
import { setTimeout as sleep } from 'node:timers/promises';
import { percentile, startReading } from '../auth/others.mjs';
import { answerOf } from '../http.mjs';
import { median } from '../turn.mjs';

const base = '/api/v1/directory';
const times = 30;

/** Milliseconds, as a client on the same machine sees them. */
export async function measureNesting({ server, database: { client }, organization }) {
  const [top, deep] = (
    await client.query(
      `select (select ancestor_id from group_closure where organization_id = $1 group by 1 order by count(*) desc limit 1) as top,
              (select g.id from user_group g where g.organization_id = $1 and not exists (
                 select 1 from group_closure c where c.organization_id = $1 and c.ancestor_id = g.id) limit 1) as leaf`,
      [organization],
    )
  ).rows.map((row) => [row.top, row.leaf])[0];
  const call = async (path, method = 'GET', body) => {
    const headers = { ...server.headers, 'content-type': 'application/json' };
    const sent = body === undefined ? { method, headers } : { method, headers, body: JSON.stringify(body) };
    const before = performance.now();
    const answer = await answerOf(await fetch(server.base + base + path, sent), path);
    return { answer, ms: performance.now() - before };
  };
  const timesOf = async (path) => {
    const all = [];
    for (let i = 0; i < times; i++) all.push((await call(path)).ms);
    return median(all);
  };
  const firstPage = await timesOf(`/groups/${top}/members?page[limit]=100`);
  const leafPage = await timesOf(`/groups/${deep}/members?page[limit]=100`);
  const whole = (await call(`/groups/${top}/members`)).ms;
  const adding = await whileOthersRead(server, () => addAtTop(call, client, organization, top));
  return { firstPage, leafPage, whole, ...adding };
}

/** A user into the group of all, and then the group of all, with all it holds, into one more. */
async function addAtTop(call, client, organization, top) {
  const { rows } = await client.query(
    `select id from app_user where organization_id = $1 and user_name_key like 'person.%' order by id desc limit ${times}`,
    [organization],
  );
  const users = [];
  for (const { id } of rows) users.push((await call(`/groups/${top}/members`, 'PATCH', [{ op: 'add', id }])).ms);
  const { answer } = await call('/groups', 'POST', { name: `Above all ${Date.now()}` });
  const group = (await call(`/groups/${answer._id}/members`, 'PATCH', [{ op: 'add', id: top }])).ms;
  return { addUser: median(users), addTop: group };
}

async function whileOthersRead(server, work) {
  const stop = startReading(server, '/api/v1/directory/users?page[limit]=1');
  await sleep(500);
  const result = await work();
  const { steady, burst } = await stop();
  const all = [...burst, ...steady];
  return { ...result, othersP99: percentile(all, 0.99), othersWorst: Math.max(...all) };
}
