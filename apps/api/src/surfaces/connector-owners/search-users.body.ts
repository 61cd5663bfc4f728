import { ExpandPaths } from './expand-mask.js';
import { OptionalText, Part, Parts, Texts, Words } from './fields.js';
import { WantedUser } from './owner.bodies.js';
import { PageBody } from './paging.js';

/** Deleted users are in no list. */
const statuses = ['ENABLED', 'DISABLED'];
const types = ['USER_TYPE_UNSPECIFIED', 'USER_TYPE_SYSTEM', 'USER_TYPE_HUMAN', 'USER_TYPE_SERVICE', 'USER_TYPE_AGENT'];

class UserExpandMask {
  @ExpandPaths('user')
  paths?: string[];
}

export class SearchUsersBody extends PageBody {
  /** The address, whatever the case of its letters. */
  @OptionalText(1_000, { example: 'ada@example.com' })
  email?: string;

  /** The whole name, whatever the case of its letters. */
  @OptionalText(1_000)
  displayName?: string;

  /** Part of the name, the user name or the address. */
  @OptionalText(1_000)
  query?: string;

  /** One of these; an id there is not finds nobody. */
  @Texts()
  ids?: string[];

  /** The same, as the newest client sends it. */
  @Parts(WantedUser, '{id}')
  refs?: WantedUser[];

  /** None of these. */
  @Texts()
  excludeIds?: string[];

  /** Of one of these departments, written as they are. */
  @Texts()
  departments?: string[];

  /** With one of these job titles, written as they are. */
  @Texts()
  jobTitles?: string[];

  /** Who reports to one of these users. */
  @Texts()
  managerIds?: string[];

  /** Who holds one of these roles. */
  @Texts()
  roleIds?: string[];

  @Words(statuses)
  userStatuses?: string[];

  /** None of these types. */
  @Words(types)
  excludeTypes?: string[];

  @Part(UserExpandMask)
  expandMask?: UserExpandMask;
}
