import { Injectable } from '@nestjs/common';
import type { Caller } from '@app/access';
import { isId, NotFoundError, type OffsetPageOf } from '@app/kernel';
import { Database, statement } from '@app/persistence';
import { type DirectorySearch, DirectoryTally } from '../directory-search.js';
import { userList } from './user-page.js';
import { userColumns, type UserRow, withFailedLogins } from './user-rows.js';

const userById = statement<UserRow>(
  'user.by-id',
  `select ${userColumns} from app_user u ${withFailedLogins} where u.organization_id = $1 and u.id = $2`,
);

/** Reads users, deleted ones too: who may meet those is for the surface to say. */
@Injectable()
export class UserService {
  constructor(
    private readonly database: Database,
    private readonly tally: DirectoryTally,
  ) {}

  async get(caller: Pick<Caller, 'organizationId'>, id: string): Promise<UserRow> {
    const [user] = isId(id) ? await this.database.query(caller, userById, [id]) : [];
    if (!user) throw new NotFoundError('user');
    return user;
  }

  async search(caller: Caller, search: DirectorySearch): Promise<Required<OffsetPageOf<UserRow>>> {
    return this.tally.pageOf(caller, userList, search);
  }
}
