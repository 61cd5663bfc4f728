import { Injectable } from '@nestjs/common';
import { type Caller, narrowedTo, type Principal } from '@app/access';
import { isId, NotFoundError } from '@app/kernel';
import { type ColumnTable, conditionToSql, Database, statement, statementFamily } from '@app/persistence';
import type { Condition } from '@app/query';
import { sourcesOfOne } from './attribute-sources.js';
import { personColumns, personJoins, type PersonRow } from './person.js';

/** Of the governed person whom a user is. */
const ofOwner = (test: string) =>
  `exists (select from owner rec where rec.organization_id = $1 and rec.user_id = u.id and rec.deleted_at is null and ${test})`;
const ofType = (test: string) => `(not u.system and ${ofOwner(test)})`;

/** What a search may ask of a user, by our own paths. */
const columns = {
  id: { sql: 'u.id', type: 'uuid' },
  userName: { sql: 'u.user_name_key', type: 'folded' },
  displayName: { sql: 'u.display_name_key', type: 'folded' },
  email: { sql: 'u.email_key', type: 'folded' },
  department: { sql: 'rec.department', type: 'exact', someOf: ofOwner },
  title: { sql: 'rec.title', type: 'exact', someOf: ofOwner },
  managerId: {
    sql: 'boss.id',
    type: 'uuid',
    someOf: (test) =>
      ofOwner(`exists (select from owner superior
        join app_user boss on boss.organization_id = $1 and boss.id = superior.user_id and boss.deleted_at is null
       where superior.organization_id = $1 and superior.id = rec.manager_id and superior.deleted_at is null and ${test})`),
  },
  role: {
    sql: 'held.role::text',
    type: 'exact',
    someOf: (test) =>
      `exists (select from user_role held where held.organization_id = $1 and held.user_id = u.id and ${test})`,
  },
  status: { type: 'choice', choices: { active: 'u.active', inactive: '(not u.active)' } },
  type: {
    type: 'choice',
    choices: {
      system: 'u.system',
      human: ofType(`rec.owner_type = 'human'`),
      service: ofType(`rec.owner_type = 'service'`),
      unspecified: `(not u.system and not ${ofOwner(`rec.owner_type in ('human', 'service')`)})`,
    },
  },
} as const satisfies ColumnTable;

const personById = statement<PersonRow>(
  'person.get',
  `select ${personColumns}, ${sourcesOfOne('$3')} from app_user u ${personJoins} where u.organization_id = $1 and u.id = $2`,
);
const personsByIds = statement<PersonRow>(
  'person.by-ids',
  `select ${personColumns} from app_user u ${personJoins}
    where u.organization_id = $1 and u.id = any($2::uuid[]) and u.deleted_at is null order by u.id`,
);
/** Without a filter, and by each of three that ask for the very same. */
const common = statementFamily<PersonRow>('person.page', 8);

export interface PersonSearch {
  readonly where: Condition;
  readonly limit: number;
  /** The id to go on after. */
  readonly after: string | null;
}

/** Reads users together with the governed persons they are. */
@Injectable()
export class PersonService {
  constructor(private readonly database: Database) {}

  /** A deleted one too. */
  async get(caller: Principal, id: string): Promise<PersonRow> {
    const values = [id, narrowedTo(caller, 'accounts:read')];
    const [person] = isId(id) ? await this.database.query(caller, personById, values) : [];
    if (!person) throw new NotFoundError('user');
    return person;
  }

  /** Those of them there are, deleted ones not. */
  async ofIds(caller: Caller, ids: readonly string[]): Promise<PersonRow[]> {
    return ids.length === 0 ? [] : this.database.query(caller, personsByIds, [ids]);
  }

  /** By id; deleted ones are hidden. */
  async search(
    caller: Caller,
    { where, limit, after }: PersonSearch,
  ): Promise<{ items: PersonRow[]; hasNextPage: boolean }> {
    const { text: condition, values } = conditionToSql(where, columns, 2);
    const next = values.length + 2;
    // The page is cut before anything is joined to it.
    const text = `select ${personColumns} from (
        select u.* from app_user u
         where u.organization_id = $1 and u.deleted_at is null and (${condition})
           and ($${next}::uuid is null or u.id > $${next})
         order by u.id limit $${next + 1}) u ${personJoins} order by u.id`;
    const listed = isOfFewShapes(where) ? common(text) : statement<PersonRow>(undefined, text);
    const rows = await this.database.query(caller, listed, [...values, after, limit + 1]);
    return { items: rows.slice(0, limit), hasNextPage: rows.length > limit };
  }
}

/** A pattern is planned for what it looks for, and so is what few ask for. */
function isOfFewShapes(where: Condition): boolean {
  return (where.kind === 'and' ? where.of : [where]).every(
    (part) => (part.kind === 'compare' || part.kind === 'in') && ['id', 'displayName', 'email'].includes(part.path),
  );
}
