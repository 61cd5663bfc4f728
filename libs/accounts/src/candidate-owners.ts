import { statement } from '@app/persistence';
import type { Clues, ComparedOwner } from './correlation-evidence.js';

/** The clues of one of several accounts. */
export interface Sought extends Clues {
  /** Which account; of what is found it is told again. */
  readonly n: number;
  /** Whoever is looked at in any case. */
  readonly owner: string | null;
}

export interface FoundOwner extends ComparedOwner {
  readonly n: number;
}

const live = 'o.organization_id = $1 and o.deleted_at is null';
/**
 * Few for each value, by an index each: nobody is looked at whom no value leads to. How many values there are nobody can
 * foresee, so a limit keeps each look-up from becoming a walk through everybody.
 */
const by = (values: keyof Clues, condition: string) => `
   select f.n, o.id from fact f cross join unnest(f.${values}) as v(key)
    cross join lateral (select o.id from owner o where ${live} and ${condition} limit $3) o`;

const found = `
   select f.n, f.owner as id from fact f where f.owner is not null
   union ${by('identities', 'o.identity_key = v.key')}
   union ${by('addresses', 'o.email_key = v.key')}
   union ${by('addresses', 'o.alt_email_key = v.key')}
   union ${by('boxes', `o.email_key >= v.key || '@' and o.email_key < v.key || 'A'`)}
   union ${by('names', 'o.name_key = v.key')}`;

/** Where everybody has such a name, so many of them are looked at; whoever bears the very name is found without. */
const mostAlike = 2_000;

/**
 * The stricter bound, without which common names are compared with every tenth owner, holds in this statement alone: the
 * name that is looked for waits for it to be set. Rows are numbered because a limit would have the planner walk through
 * everybody in the hope of meeting enough.
 */
const alike = `
   select f.n, o.id from (select set_config('pg_trgm.similarity_threshold', '0.5', true) as bound) strict
    cross join fact f cross join unnest(f.alike) as v(key)
    cross join lateral (
      select near.id from (
        select o.id, o.name_key, row_number() over () as place
          from owner o where ${live} and o.name_key % (v.key || left(strict.bound, 0))) near
       where near.place <= ${mostAlike} order by similarity(near.name_key, v.key) desc, near.id limit $3) o`;

const columns = `o.id, o.name, o.name_key, o.email, o.email_key, o.alt_email, o.alt_email_key, o.identity_id, o.identity_key,
  o.status`;

function finding(sources: string): string {
  return `with fact as materialized (
     select * from jsonb_to_recordset($2::jsonb)
       as f(n integer, owner uuid, identities text[], addresses text[], boxes text[], names text[], alike text[])),
   found as materialized (${sources})
   select f.n, o.* from found f cross join lateral (select ${columns} from owner o where ${live} and o.id = f.id limit 1) o`;
}

/** Owners whom the clues of accounts lead to (`$2`), so many for each value (`$3`). */
export const exactOwners = statement<FoundOwner>('account.exact-owners', finding(found));
export const likelyOwners = statement<FoundOwner>('account.likely-owners', finding(`${found} union ${alike}`));
