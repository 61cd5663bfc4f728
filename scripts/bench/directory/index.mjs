// The directory at its largest: lists beside the floor, whole lives of users, nested groups.
import { besideFloor } from '../beside-floor.mjs';
import { fill } from './company.mjs';
import { measureNesting } from './nesting.mjs';
import { nestingLineOf, roundsLineOf } from './report.mjs';
import { measureRounds } from './rounds.mjs';

export async function measureDirectory(setup, { users, ...options }, say) {
  await fill(setup, users);
  const reads = await besideFloor(setup, await readsOf(setup, users), options, say);
  const nesting = await measureNesting(setup);
  say(nestingLineOf(nesting));
  const rounds = await measureRounds(setup, options.seconds * options.rounds);
  say(roundsLineOf(rounds));
  return { users, reads, nesting, rounds };
}

async function readsOf({ database: { client }, organization }, users) {
  const list = (title, floor, query) => ({
    title,
    floorTarget: `/users/${floor}`,
    target: `/api/v1/directory/users?${query}`,
  });
  const email = `person.${Math.floor(users / 20) * 10 + 1}@example.com`;
  const part = `on.${String(users).slice(0, 4)}`;
  const { rows } = await client.query(
    `select user_id from membership where organization_id = $1 and user_id is not null order by user_id limit 1 offset 500`,
    [organization],
  );
  const { user_id: member } = rows[0];
  return [
    list('100 users by userName', 'userName', 'sort=userName'),
    list('100 users by displayName', 'displayName', 'sort=displayName'),
    list('100 users, the newest', 'created', 'sort=-_created'),
    list('100 users by _modified', 'modified', 'sort=_modified'),
    list('100 users from the 10,000th', 'deep', 'page[offset]=10000'),
    list('100 users who are not active', 'inactive', 'filter[active][EQ]=false'),
    list('100 users of another directory', 'external', 'filter[externalId][PR]=true'),
    list('the user with an address', `email/${email}`, `filter[email][EQ]=${email}`),
    list('100 users by a part of the name', `part/${encodeURIComponent(`%${part}%`)}`, `filter[userName][CO]=${part}`),
    {
      title: 'groups of a user, 12 levels',
      floorTarget: `/groups-of-user/${member}`,
      target: `/api/v1/directory/users/${member}/groups`,
    },
  ];
}
