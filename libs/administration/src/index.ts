export * from './account-changes.js';
export * from './account-groups.js';
export { accountLimits } from './account-limits.js';
export * from './account.service.js';
export * from './administration.module.js';
export type { AccountPerson } from './named-people.js';
export type { PersonDraft } from './named-person.js';
export type { AccountUsage, Usage } from './usage-figures.js';
export { type UsageSettings, UsageService } from './usage.service.js';
