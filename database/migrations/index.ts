import { Foundation } from './0001-foundation.js';
import { Directory } from './0002-directory.js';
import { Connectors } from './0003-connectors.js';
import { Owners } from './0004-owners.js';
import { Accounts } from './0005-accounts.js';
import { Insights } from './0006-insights.js';
import { Sync } from './0007-sync.js';
import { Audit } from './0008-audit.js';
import { Staging } from './0009-staging.js';
import { AccountIndexes } from './0010-account-indexes.js';
import { RunTotals } from './0011-run-totals.js';
import { Callers } from './0012-callers.js';
import { RefreshTokens } from './0013-refresh-tokens.js';
import { DirectoryLists } from './0014-directory-lists.js';
import { OutgoingMail } from './0015-outgoing-mail.js';
import { SignInElsewhere } from './0016-sign-in-elsewhere.js';
import { ClientTokensEnd } from './0017-client-tokens-end.js';
import { AccountLists } from './0018-account-lists.js';
import { AccountTasks } from './0019-account-tasks.js';
import { PeopleAndRights } from './0020-people-and-rights.js';
import { OwnerSearch } from './0021-owner-search.js';
import { EventsByTheClock } from './0022-events-by-the-clock.js';

/** Every change of the schema in order. Landed files are never edited; a new change is a new file. */
export const migrations = [
  { name: '0001-foundation', class: Foundation },
  { name: '0002-directory', class: Directory },
  { name: '0003-connectors', class: Connectors },
  { name: '0004-owners', class: Owners },
  { name: '0005-accounts', class: Accounts },
  { name: '0006-insights', class: Insights },
  { name: '0007-sync', class: Sync },
  { name: '0008-audit', class: Audit },
  { name: '0009-staging', class: Staging },
  { name: '0010-account-indexes', class: AccountIndexes },
  { name: '0011-run-totals', class: RunTotals },
  { name: '0012-callers', class: Callers },
  { name: '0013-refresh-tokens', class: RefreshTokens },
  { name: '0014-directory-lists', class: DirectoryLists },
  { name: '0015-outgoing-mail', class: OutgoingMail },
  { name: '0016-sign-in-elsewhere', class: SignInElsewhere },
  { name: '0017-client-tokens-end', class: ClientTokensEnd },
  { name: '0018-account-lists', class: AccountLists },
  { name: '0019-account-tasks', class: AccountTasks },
  { name: '0020-people-and-rights', class: PeopleAndRights },
  { name: '0021-owner-search', class: OwnerSearch },
  { name: '0022-events-by-the-clock', class: EventsByTheClock },
];
