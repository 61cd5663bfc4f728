import { statement, type Transaction } from '@app/persistence';
import { type PurgedNames, type TellingEvent, withoutNames } from './purged-values.js';

/** In place of an actor's name. */
export const purgedName = 'purged';

export interface PurgedPerson {
  readonly type: 'user' | 'owner';
  readonly id: string;
  readonly names: readonly string[];
  readonly handles: readonly string[];
  /** Who he was to providers: events may tell of it from before anybody knew that it was he. */
  readonly subjects: readonly string[];
}

/** How many events lost something. */
export interface PurgedEvents {
  readonly about: number;
  readonly naming: number;
  readonly acted: number;
}

interface NamingEvent extends TellingEvent {
  readonly at: string;
  readonly id: string;
}

/** Text values that the trail tells of the person himself. */
const formerNames = statement<{ key: string; value: string }>(
  undefined,
  `select distinct told.key, told.value #>> '{}' as value
     from audit_event e, unnest(array[e.before, e.after]) side, jsonb_each(side) told
    where e.organization_id = $1 and e.subject_type = $2 and e.subject_id = $3 and jsonb_typeof(told.value) = 'string'
      and told.key = any($4::text[])
   union
   select distinct 'subject', subject #>> '{}'
     from audit_event e, unnest(array[e.before, e.after]) side, jsonb_path_query(side, '$.**.subject') subject
    where $2 = 'user' and e.organization_id = $1 and e.subject_type = $2 and e.subject_id = $3
      and jsonb_typeof(subject) = 'string'
   union
   select distinct 'displayName', e.actor_name from audit_event e
    where $2 = 'user' and e.organization_id = $1 and e.actor_id = $3 and e.actor_type = 'user'
   union
   select distinct 'displayName', e.on_behalf_of_name from audit_event e
    where $2 = 'user' and e.organization_id = $1 and e.on_behalf_of_id = $3`,
);

const namingEvents = statement<NamingEvent>(
  undefined,
  `select e.at, e.id, e.subject_type, e.before, e.after from audit_event e
    where e.organization_id = $1 and not (e.subject_type = $2 and e.subject_id = $3) and e.at >= $5::timestamptz
      and (jsonb_path_exists(e.before, '$.** ? (@ == $those[*])', jsonb_build_object('those', to_jsonb($4::text[])))
        or jsonb_path_exists(e.after, '$.** ? (@ == $those[*])', jsonb_build_object('those', to_jsonb($4::text[]))))`,
);

const blankNaming = statement<never>(
  undefined,
  `update audit_event e set before = b.before, after = b.after
     from jsonb_to_recordset($2::jsonb) as b (at timestamptz, id uuid, before jsonb, after jsonb)
    where e.organization_id = $1 and e.at = b.at and e.id = b.id`,
);

const keysOnly = (side: string) =>
  `(select coalesce(jsonb_object_agg(k, null::jsonb), '{}') from jsonb_object_keys(${side}) k)`;
const tells = (side: string) =>
  `exists (select from jsonb_each(coalesce(${side}, '{}')) told where jsonb_typeof(told.value) <> 'null')`;
const blankAbout = statement<never>(
  undefined,
  `update audit_event e set before = case when before is not null then ${keysOnly('e.before')} end,
      after = case when after is not null then ${keysOnly('e.after')} end
    where e.organization_id = $1 and e.subject_type = $2 and e.subject_id = $3
      and (${tells('e.before')} or ${tells('e.after')})`,
);

const blankActor = statement<never>(
  undefined,
  `update audit_event set actor_name = $3
    where organization_id = $1 and actor_id = $2 and actor_type = 'user' and actor_name <> $3`,
);
const blankOnBehalfOf = statement<never>(
  undefined,
  `update audit_event set on_behalf_of_name = $3
    where organization_id = $1 and on_behalf_of_id = $2 and on_behalf_of_name <> $3`,
);
const clockNow = statement<{ now: string }>(
  undefined,
  `select clock_timestamp()::timestamptz(3) as now where $1::uuid is not null`,
);

/** What the person was called in the trail, by key, and as `subject` at providers; read before anything is blanked. */
export async function namesInTrail(
  tx: Transaction,
  { type, id }: Pick<PurgedPerson, 'type' | 'id'>,
  keys: readonly string[],
): Promise<readonly { readonly key: string; readonly value: string }[]> {
  const told = await tx.query(formerNames, [type, id, keys]);
  return told.filter(({ value }) => value !== purgedName);
}

/**
 * Takes a person's names and values out of the trail; the events stay. Only the role that owns the trail can: its
 * trigger is off inside this transaction, while nobody else can write events. The long look through the trail is
 * before that; what came meanwhile is looked at after it. Elsewhere he only acted.
 */
export async function purgeFromTrail(
  tx: Transaction,
  person: PurgedPerson,
  elsewhere: readonly Transaction[] = [],
): Promise<PurgedEvents> {
  const { id, names, handles, subjects } = person;
  const purged = { id, names: new Set(names), handles: new Set(handles), subjects: new Set(subjects) };
  const [{ now } = { now: '' }] = await tx.query(clockNow);
  const found = new Map<string, NamingEvent>();
  await findNaming(tx, { person, purged, since: '-infinity' }, found);
  // Whoever writes waits behind this: rather not at all than for long.
  await tx.run(`set local lock_timeout = '5s'`, []);
  await tx.run('alter table audit_event disable trigger audit_event_rows_stay', []);
  await findNaming(tx, { person, purged, since: hourBefore(now) }, found);

  const naming = found.size === 0 ? 0 : await tx.execute(blankNaming, [JSON.stringify([...found.values()])]);
  const about = await tx.execute(blankAbout, [person.type, person.id]);
  let acted = 0;
  if (person.type === 'user') for (const place of [tx, ...elsewhere]) acted += await blankActs(place, person.id);
  await tx.run('alter table audit_event enable trigger audit_event_rows_stay', []);
  return { about, naming, acted };
}

interface Look {
  readonly person: PurgedPerson;
  readonly purged: PurgedNames;
  readonly since: string;
}

async function findNaming(tx: Transaction, { person, purged, since }: Look, found: Map<string, NamingEvent>) {
  const those = [person.id, ...person.handles, ...person.subjects];
  for (const event of await tx.query(namingEvents, [person.type, person.id, those, since])) {
    const blanked = withoutNames(event, purged);
    if (blanked) found.set(event.id, blanked);
  }
}

async function blankActs(tx: Transaction, userId: string): Promise<number> {
  const acted = await tx.execute(blankActor, [userId, purgedName]);
  return acted + (await tx.execute(blankOnBehalfOf, [userId, purgedName]));
}

/** An event has the time its transaction began at, which may be long before it is seen. */
function hourBefore(instant: string): string {
  return new Date(Date.parse(instant) - 3_600_000).toISOString();
}
