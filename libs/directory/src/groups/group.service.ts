import { Injectable } from '@nestjs/common';
import type { Caller } from '@app/access';
import { isId, NotFoundError, type OffsetPageOf } from '@app/kernel';
import { Database, statement } from '@app/persistence';
import { type DirectorySearch, DirectoryTally } from '../directory-search.js';
import { groupList } from './group-page.js';
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
    return this.tally.pageOf(caller, groupList, search);
  }
}
