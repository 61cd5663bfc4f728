import type { Api } from './api.js';
import type { DemoPasswords } from './demo-passwords.js';
import { inParallel } from './in-parallel.js';
import type { SampleDirectory, SampleUser } from './sample-company.js';
import type { System } from './systems.js';

const directory = '/api/v1/directory';
const users = `${directory}/users`;
const groups = `${directory}/groups`;
const monthInSeconds = 30 * 86_400;
const pageSize = 1_000;

interface Page<T> {
  readonly data: readonly T[];
}

interface KnownUser {
  readonly _id: string;
  readonly userName: string;
  readonly deleted?: string;
}

interface KnownGroup {
  readonly _id: string;
  readonly name: string;
}

type Ids = ReadonlyMap<string, string>;

export interface People {
  /** Who was not there before, in the order of the sample company. */
  readonly made: readonly SampleUser[];
  readonly groupIds: Ids;
}

interface Place {
  readonly systems: readonly Pick<System, 'name' | 'path'>[];
  readonly api: Api;
  readonly passwords: DemoPasswords;
}

/** Makes the users, groups, memberships and roles that are not there yet. Whoever was deleted since stays so. */
export async function makePeople(sample: SampleDirectory, place: Place): Promise<People> {
  const { api, passwords } = place;
  const known = await knownUsers(api);
  const made = sample.users.filter(({ userName }) => !known.has(userName));
  passwords.make(made.filter(signsIn).map(({ userName }) => userName));
  const ids = await inParallel(made, (user) => makeUser(user, place));
  const userIds = new Map([...known].flatMap(([name, { _id, deleted }]) => (deleted ? [] : [[name, _id]])));
  for (const [i, { userName }] of made.entries()) userIds.set(userName, ids[i]!);

  const groupIds = await makeGroups(sample, api);
  for (const { name, roles } of sample.groups) {
    const members = membersOf(name, sample, { userIds, groupIds });
    if (members.length > 0) await api.patch(`${groups}/${groupIds.get(name)}/members`, members);
    for (const role of roles) await api.post('/api/v1/role-assignments', { principalId: groupIds.get(name), role });
  }
  await giveConnectors(sample, userIds, place);
  return { made, groupIds };
}

/** Whom a password lets in; of somebody switched off, once he is switched on. */
export function signsIn({ state }: SampleUser): boolean {
  return state === undefined || state === 'inactive';
}

/** Page after page, in an order that stays while others are made. */
async function all<T>(api: Api, path: string): Promise<T[]> {
  const items: T[] = [];
  for (let last = pageSize; last === pageSize;) {
    const query = `sort=_created&page[limit]=${pageSize}&page[offset]=${items.length}`;
    const { data } = await api.get<Page<T>>(`${path}&${query}`);
    items.push(...data);
    last = data.length;
  }
  return items;
}

async function knownUsers(api: Api): Promise<Map<string, KnownUser>> {
  const data = await all<KnownUser>(api, `${users}?filter[deleted][EQ]=all&fields=userName,deleted`);
  return new Map(data.map((user) => [user.userName, user]));
}

/** An owner with the same address is this person by itself. */
async function makeUser({ userName, displayName, email, state }: SampleUser, { api, passwords }: Place) {
  const names = { userName, displayName, email };
  if (state === 'invited') {
    const body = { ...names, expiresInSeconds: monthInSeconds };
    return (await api.post<KnownUser>(`${directory}/invitations`, body))._id;
  }
  const how =
    state === 'external'
      ? { externalId: `entra:${userName}` }
      : { password: passwords.of(userName), active: state !== 'inactive' };
  return (await api.post<KnownUser>(users, { ...names, ...how }))._id;
}

async function makeGroups(sample: SampleDirectory, api: Api): Promise<Ids> {
  const data = await all<KnownGroup>(api, `${groups}?fields=name`);
  const ids = new Map(data.map(({ name, _id }) => [name, _id]));
  for (const { name } of sample.groups) {
    if (!ids.has(name)) ids.set(name, (await api.post<KnownGroup>(groups, { name }))._id);
  }
  return ids;
}

/** Who is in it already is no error. */
function membersOf(name: string, sample: SampleDirectory, { userIds, groupIds }: { userIds: Ids; groupIds: Ids }) {
  const people = sample.users.filter((user) => user.groups.includes(name)).map(({ userName }) => userIds.get(userName));
  const nested = sample.groups.filter(({ within }) => within === name).map((group) => groupIds.get(group.name));
  return [...people, ...nested].flatMap((id) => (id === undefined ? [] : [{ op: 'add', id }]));
}

async function giveConnectors(sample: SampleDirectory, userIds: Ids, { api, systems }: Place): Promise<void> {
  const paths = new Map(systems.map(({ name, path }) => [name, path.replace('/v1/', '/v2/')]));
  for (const { userName, owns = [] } of sample.users) {
    const id = userIds.get(userName);
    for (const { application, role } of owns) {
      const path = paths.get(application);
      if (path !== undefined && id !== undefined) await api.post(`${path}/owners/users/${role}/${id}`, {});
    }
  }
}
