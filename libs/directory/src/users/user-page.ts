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
import { userColumns, type UserRow, withFailedLogins } from './user-rows.js';

/** What filters may ask of a user, by our own paths. */
const columns = {
  id: { sql: 'u.id', type: 'uuid' },
  userName: { sql: 'u.user_name_key', type: 'folded' },
  displayName: { sql: 'u.display_name_key', type: 'folded' },
  /** As it is spelled. */
  exactDisplayName: { sql: 'u.display_name', type: 'exact', key: 'u.display_name_key' },
  email: { sql: 'u.email_key', type: 'folded' },
  active: { sql: 'u.active', type: 'boolean' },
  externalId: { sql: 'u.external_id', type: 'exact' },
  system: { sql: 'u.system', type: 'boolean' },
  invitationPending: { sql: 'u.invitation_pending', type: 'boolean' },
  temporarilyLocked: {
    sql: `(u.id in (select k.user_id from login_attempt k where k.organization_id = $1 and k.locked_until > now()))`,
    type: 'boolean',
  },
  deletedAt: { sql: 'u.deleted_at', type: 'instant' },
  created: { sql: 'u.created_at', type: 'instant' },
  modified: { sql: 'u.updated_at', type: 'instant' },
} as const satisfies ColumnTable;

/** What users may be sorted by; each has an index that ends in the id. */
const sortColumns = {
  userName: 'u.user_name_key',
  displayName: 'u.display_name_key',
  created: 'u.created_at',
  modified: 'u.updated_at',
} as const;

/** Without a filter, by each kind the tally knows and by key, in four orders and two directions. Every further shape is planned anew. */
const common = statementFamily<UserRow>('user.page', 128);
const commonCount = statementFamily<{ total: number }>('user.count', 16);

/** Up to here, to fetch what is skipped costs less than to find the rows of the page a second time. */
const nearest = 1_000;

/** Walks the order's index. Far from its start it skips on the index alone, and then fetches the rows of the page. */
function userPage({ where, sort, limit, offset }: DirectorySearch): ListQuery<UserRow> {
  if (limit > largestPage) throw new Error(`a page has at most ${largestPage} users`);
  const { text: condition, values } = selected(where, columns);
  const next = values.length + 2;
  const order = orderBy(sort, sortColumns, 'u.id');
  const walk = (kept: string) => `select walked.* from (
      select ${kept} from app_user u where u.organization_id = $1 and (${condition})
       order by ${order} limit ${largestPage} offset ${unseen(next)}) walked
     limit ${unseen(next + 1)}`;
  const rows =
    offset <= nearest
      ? `(${walk('u.*')}) u`
      : `(${walk('u.id')}) p join app_user u on u.organization_id = $1 and u.id = p.id`;
  const text = `select ${userColumns} from ${rows} ${withFailedLogins} order by ${order}`;
  const listed = isOfFewShapes(where) ? common(text) : statement<UserRow>(undefined, text);
  return { statement: listed, values: [...values, offset, limit] };
}

function userCount(where: Condition): ListQuery<{ total: number }> {
  const { text, values } = selected(where, columns);
  const counting = `select count(*) as total from app_user u where u.organization_id = $1 and (${text})`;
  return { statement: isOfFewShapes(where) ? commonCount(counting) : statement(undefined, counting), values };
}

export const userList: DirectoryList<UserRow> = { page: userPage, count: userCount, kind: 'user' };
