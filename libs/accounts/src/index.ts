export type { AccountRow, OwnedAccountRow } from './account-rows.js';
export { AccountTally } from './account-tally.js';
export { AccountService } from './account.service.js';
export { AccountsModule } from './accounts.module.js';
export { connectionTypeOf } from './connector-facts.js';
export { matches, rulesValue } from './correlation-matches.js';
export { posture } from './posture.js';
export { holdAccounts, tally, tallying } from './tallying.js';
export { announcing } from './touched-owners.js';
