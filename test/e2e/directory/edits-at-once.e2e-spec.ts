import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Client, TestApi } from '../../support/api.js';

const directory = '/api/v1/directory';
const users = 10;
const groups = 8;
const atOnce = 10;

let api: TestApi;
let admin: Client;

beforeAll(async () => {
  api = await TestApi.start();
});
afterAll(async () => api.close());

const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ what: fc.constant('join' as const), at: fc.nat(), member: fc.nat() }) },
  { weight: 3, arbitrary: fc.record({ what: fc.constant('leave' as const), at: fc.nat(), member: fc.nat() }) },
  { weight: 3, arbitrary: fc.record({ what: fc.constant('nest' as const), at: fc.nat(), member: fc.nat() }) },
  { weight: 2, arbitrary: fc.record({ what: fc.constant('unnest' as const), at: fc.nat(), member: fc.nat() }) },
  { weight: 2, arbitrary: fc.record({ what: fc.constant('delete' as const), at: fc.nat(), member: fc.nat() }) },
  { weight: 2, arbitrary: fc.record({ what: fc.constant('restore' as const), at: fc.nat(), member: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ what: fc.constant('dissolve' as const), at: fc.nat(), member: fc.nat() }) },
);
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

interface Company {
  readonly people: readonly string[];
  /** Dissolved ones are replaced. */
  readonly teams: string[];
}

async function statusOf({ what, at, member }: Step, { people, teams }: Company): Promise<number> {
  const [place, person] = [at % groups, people[member % users]];
  const [team, other] = [teams[place], teams[member % groups]];
  const edit = async (op: string, id: string | undefined) =>
    (await admin.patch(`${directory}/groups/${team}/members`).send([{ op, id }])).status;
  switch (what) {
    case 'join':
      return edit('add', person);
    case 'leave':
      return edit('remove', person);
    case 'nest':
      return edit('add', other);
    case 'unnest':
      return edit('remove', other);
    case 'delete':
      return (await admin.delete(`${directory}/users/${person}`)).status;
    case 'restore':
      return (await admin.post(`${directory}/users/${person}/restore`)).status;
    case 'dissolve': {
      const { status } = await admin.delete(`${directory}/groups/${team}`);
      if (status === 204) teams[place] = await newTeam();
      return status;
    }
  }
}

let number = 0;
const newTeam = async (): Promise<string> =>
  (
    await admin
      .post(`${directory}/groups`)
      .send({ name: `Team ${++number}` })
      .expect(201)
  ).body._id;

/** Each says what would be untrue of the organization `$1`: rows that should not be. */
const untruths = {
  'a deleted user is a member': `select m.user_id from membership m join app_user u on u.organization_id = $1 and u.id = m.user_id
    where m.organization_id = $1 and u.deleted_at is not null`,
  'somebody alive is to come back': `select f.user_id from former_membership f join app_user u on u.organization_id = $1 and u.id = f.user_id
    where f.organization_id = $1 and u.deleted_at is null`,
  'a group is in itself': `select 1 from group_closure where organization_id = $1 and ancestor_id = descendant_id`,
  'the closure is not what walking finds': `with recursive way as (
      select group_id as above, member_group_id as below from membership where organization_id = $1 and member_group_id is not null
      union all
      select w.above, m.member_group_id from way w
        join membership m on m.organization_id = $1 and m.group_id = w.below and m.member_group_id is not null),
    walked as (select above, below, count(*)::numeric as paths from way group by 1, 2),
    kept as (select ancestor_id, descendant_id, paths from group_closure where organization_id = $1)
    (table walked except table kept) union all (table kept except table walked)`,
  'a total is not what counting finds': `with kept as (
      select deleted, sum(delta) as total from directory_tally where organization_id = $1 and kind = 'user' group by 1 having sum(delta) <> 0),
    counted as (select deleted_at is not null, count(*)::numeric from app_user where organization_id = $1 group by 1)
    (table kept except table counted) union all (table counted except table kept)`,
};

describe('edits of users, groups and who is in them, many at once', () => {
  it.each([1, 2, 3])(
    'leave everything as some order of them would have, seed %i',
    { timeout: 120_000 },
    async (seed) => {
      const organization = await api.given.organization();
      admin = await api.as('Administrator', organization);
      const people = await Promise.all(Array.from({ length: users }, async () => (await organization.user({})).id));
      const teams = await Promise.all(Array.from({ length: groups }, newTeam));
      const steps = fc.sample(step, { numRuns: 200, seed });
      const statuses = new Set<number>();
      for (let i = 0; i < steps.length; i += atOnce) {
        const round = steps.slice(i, i + atOnce).map(async (one) => statusOf(one, { people, teams }));
        for (const status of await Promise.all(round)) statuses.add(status);
      }
      expect([...statuses].filter((status) => ![200, 204, 404, 409].includes(status))).toEqual([]);
      expect(statuses).toContain(200);
      const found = await Promise.all(
        Object.entries(untruths).map(async ([what, text]) => [what, await api.given.sql(text, [organization.id])]),
      );
      expect(found).toEqual(Object.keys(untruths).map((what) => [what, []]));
    },
  );
});
