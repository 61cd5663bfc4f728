import { ExpandPaths } from './expand-mask.js';
import { Id, OptionalId, OptionalText, Part, Parts, Texts, Words } from './fields.js';
import { PageBody } from './paging.js';

/** Deleted accounts are in no list. */
const statuses = ['STATUS_ENABLED', 'STATUS_DISABLED'];
const types = ['APP_USER_TYPE_USER', 'APP_USER_TYPE_SERVICE_ACCOUNT', 'APP_USER_TYPE_SYSTEM_ACCOUNT'];
const domains = ['APP_USER_DOMAIN_EXTERNAL', 'APP_USER_DOMAIN_TRUSTED'];

class AppUserExpandMask {
  @ExpandPaths('appUser')
  paths?: string[];
}

export class WantedAppUser {
  /** Absent: on whatever application. */
  @OptionalId()
  appId?: string;

  @Id()
  id!: string;
}

export class SearchAppUsersBody extends PageBody {
  /** On this application. */
  @OptionalId()
  appId?: string;

  /** On one of these applications. */
  @Texts()
  appIds?: string[];

  /** Of one of these users. */
  @Texts()
  userIds?: string[];

  /** One of these accounts. */
  @Texts()
  appUserIds?: string[];

  /** The same with their applications. */
  @Parts(WantedAppUser, '{appId, id}')
  refs?: WantedAppUser[];

  /** None of these accounts. */
  @Texts()
  excludeAppUserIds?: string[];

  @Words(statuses)
  appUserStatuses?: string[];

  /** As `status.details` tells it: `locked`, or empty. */
  @Texts()
  appUserStatusDetails?: string[];

  @Words(types)
  appUserTypes?: string[];

  /** External are accounts of federated owners, trusted all others. */
  @Words(domains)
  appUserDomains?: string[];

  /** Part of the name, the native identity or the address. */
  @OptionalText(1_000)
  query?: string;

  @Part(AppUserExpandMask)
  expandMask?: AppUserExpandMask;
}
