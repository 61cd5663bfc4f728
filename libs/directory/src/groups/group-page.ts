import type { Condition } from '@app/query';
import { type ColumnTable, statement, statementFamily } from '@app/persistence';
import {
  type DirectoryList,
  type DirectorySearch,
  isOfFewShapes,
  largestPage,
  type ListQuery,
  orderBy,
  selected,
  unseen,
} from '../directory-search.js';
import { groupColumns, type GroupRow } from './group-rows.js';

/** What filters may ask of a group, by our own paths. */
const columns = {
  id: { sql: 'g.id', type: 'uuid' },
  name: { sql: 'g.name_key', type: 'folded' },
  externalId: { sql: 'g.external_id', type: 'exact' },
  system: { sql: 'g.system', type: 'boolean' },
  created: { sql: 'g.created_at', type: 'instant' },
  modified: { sql: 'g.updated_at', type: 'instant' },
} as const satisfies ColumnTable;

/** What groups may be sorted by; each has an index that ends in the id. */
const sortColumns = { name: 'g.name_key', created: 'g.created_at', modified: 'g.updated_at' } as const;

/** Without a filter, by each kind the tally knows and by key, in three orders and two directions. */
const common = statementFamily<GroupRow>('group.page', 24);

const groups = `user_group g where g.organization_id = $1 and g.kind = 'directory'`;

function groupPage({ where, sort, limit, offset }: DirectorySearch): ListQuery<GroupRow> {
  const { text: condition, values } = selected(where, columns);
  const next = values.length + 2;
  const text = `select ${groupColumns} from (
      select g.id, g.created_at, g.updated_at, g.external_id, g.system, g.name, g.name_key from ${groups} and (${condition})
       order by ${orderBy(sort, sortColumns, 'g.id')} limit ${largestPage} offset ${unseen(next)}) g
     limit ${unseen(next + 1)}`;
  const listed = isOfFewShapes(where) ? common(text) : statement<GroupRow>(undefined, text);
  return { statement: listed, values: [...values, offset, limit] };
}

function groupCount(where: Condition): ListQuery<{ total: number }> {
  const { text, values } = selected(where, columns);
  return { statement: statement(undefined, `select count(*) as total from ${groups} and (${text})`), values };
}

export const groupList: DirectoryList<GroupRow> = { page: groupPage, count: groupCount, kind: 'group' };
