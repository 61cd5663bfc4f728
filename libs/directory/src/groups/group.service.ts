import { Injectable } from '@nestjs/common';
import type { Caller } from '@app/access';
import { isId, NotFoundError, type OffsetPageOf } from '@app/kernel';
import { Database, statement } from '@app/persistence';
import { type DirectorySearch, DirectoryTally, tallyOf } from '../directory-search.js';
import { groupCountQuery, groupPageQuery } from './group-page.js';
import { groupColumns, type GroupRow } from './group-rows.js';

const groupById = statement<GroupRow>(
  'group.by-id',
  `select ${groupColumns} from user_group g where g.organization_id = $1 and g.id = $2 and g.kind = 'directory'`,
);

@Injectable()
export class GroupService {
  constructor(
    private readonly database: Database,
    private readonly tally: DirectoryTally,
  ) {}

  async get(caller: Caller, id: string): Promise<GroupRow> {
    const [group] = isId(id) ? await this.database.query(caller, groupById, [id]) : [];
    if (!group) throw new NotFoundError('group');
    return group;
  }

  async search(caller: Caller, search: DirectorySearch): Promise<Required<OffsetPageOf<GroupRow>>> {
    const page = groupPageQuery(search);
    const [total, items] = await Promise.all([
      this.count(caller, search),
      this.database.query(caller, page.statement, page.values),
    ]);
    return { items, total };
  }

  private async count(caller: Caller, { where }: DirectorySearch): Promise<number> {
    const kept = tallyOf(where, 'group');
    if (kept) return this.tally.total(caller, kept);
    const { statement: counting, values } = groupCountQuery(where);
    const [row] = await this.database.query(caller, counting, values);
    return row?.total ?? 0;
  }
}
