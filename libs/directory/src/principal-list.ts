import { Injectable } from '@nestjs/common';
import type { Caller } from '@app/access';
import type { OffsetPageOf } from '@app/kernel';
import type { Condition } from '@app/query';
import { type ColumnTable, conditionToSql, statement, statementFamily } from '@app/persistence';
import {
  type DirectoryList,
  type DirectorySearch,
  DirectoryTally,
  largestPage,
  type ListQuery,
  orderBy,
  tallyOf,
  unseen,
} from './directory-search.js';

/** A user or a group, as both are shown in one list. */
export interface DirectoryPrincipalRow {
  readonly id: string;
  readonly type: 'User' | 'Group';
  readonly display_name: string;
  readonly name: string;
  readonly external: boolean;
  readonly system: boolean;
}

/** What filters may ask of either, by our own paths. */
const userColumns = {
  id: { sql: 'u.id', type: 'uuid' },
  type: { sql: `'User'::text`, type: 'exact' },
  displayName: { sql: 'u.display_name_key', type: 'folded' },
  exactDisplayName: { sql: 'u.display_name', type: 'exact', key: 'u.display_name_key' },
  external: { sql: '(u.external_id is not null)', type: 'boolean' },
  system: { sql: 'u.system', type: 'boolean' },
  deletedAt: { sql: 'u.deleted_at', type: 'instant' },
} as const satisfies ColumnTable;
/** A group is never deleted and still there, so it is before and after no moment. */
const groupColumns = {
  id: { sql: 'g.id', type: 'uuid' },
  type: { sql: `'Group'::text`, type: 'exact' },
  displayName: { sql: 'g.name_key', type: 'folded' },
  exactDisplayName: { sql: 'g.name', type: 'exact', key: 'g.name_key' },
  external: { sql: '(g.external_id is not null)', type: 'boolean' },
  system: { sql: 'g.system', type: 'boolean' },
  deletedAt: { sql: 'null::timestamptz', type: 'instant' },
} as const satisfies ColumnTable;

const common = statementFamily<DirectoryPrincipalRow>('directory-principal.page', 12);

const principals: DirectoryList<DirectoryPrincipalRow> = { page: principalPage, count: principalCount };

/** Users and groups in one order, each side from its index in that order. */
@Injectable()
export class PrincipalList {
  constructor(private readonly tally: DirectoryTally) {}

  async search(caller: Caller, search: DirectorySearch): Promise<Required<OffsetPageOf<DirectoryPrincipalRow>>> {
    return this.tally.pageOf(caller, principals, search);
  }
}

/** Of each side so many as the page could need: whatever lies behind them is not read. */
function principalPage({ where, sort, limit, offset }: DirectorySearch): ListQuery<DirectoryPrincipalRow> {
  const { users, groups, values } = bothSides(where);
  const next = values.length + 2;
  const order = (key: string, id: string) => orderBy(sort, { displayName: key }, id);
  const most = `limit ${largestPage} + ${unseen(next)}`;
  const text = `select id, type, display_name, name, external, system from (
      select p.id, p.type, p.display_name, p.name, p.external, p.system from (
        (select u.id, 'User' as type, u.display_name, u.user_name as name, u.external_id is not null as external, u.system,
                u.display_name_key as key ${users} order by ${order('u.display_name_key', 'u.id')} ${most})
        union all
        (select g.id, 'Group', g.name, g.name, g.external_id is not null, g.system, g.name_key ${groups}
          order by ${order('g.name_key', 'g.id')} ${most})) p
       order by ${order('p.key', 'p.id')} limit ${largestPage} offset ${unseen(next)}) page
     limit ${unseen(next + 1)}`;
  const listed = tallyOf(where) ? common(text) : statement<DirectoryPrincipalRow>(undefined, text);
  return { statement: listed, values: [...values, offset, limit] };
}

function principalCount(where: Condition): ListQuery<{ total: number }> {
  const { users, groups, values } = bothSides(where);
  const text = `select (select count(*) ${users}) + (select count(*) ${groups}) as total`;
  return { statement: statement(undefined, text), values };
}

function bothSides(where: Condition) {
  const users = conditionToSql(where, userColumns, 2);
  const groups = conditionToSql(where, groupColumns, users.values.length + 2);
  return {
    users: `from app_user u where u.organization_id = $1 and (${users.text})`,
    groups: `from user_group g where g.organization_id = $1 and g.kind = 'directory' and (${groups.text})`,
    values: [...users.values, ...groups.values],
  };
}
