export * from './configuration.js';
export * from './errors.js';
export * from './events.js';
export * from './fold.js';
export * from './ids.js';
export type { MailAccount, MailConfiguration, SmtpServer } from './mail-settings.js';
export type { OidcProvider } from './oidc-providers.js';
export * from './pages.js';
export {
  type Argon2Setting,
  type BruteForceDetectionPolicy,
  type PasswordExpirationPolicy,
  type PasswordValiditySetting,
  PolicyError,
  secondsOf,
} from './policies.js';
export * from './search-keys.js';
export * from './spreadsheet-text.js';
export * from './text.js';
export * from './time-zone.js';
export type { UsageLimits, UsageRates } from './usage-settings.js';
