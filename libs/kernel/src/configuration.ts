import { isIP } from 'node:net';
import { type OidcProvider, readOidcProviders } from './oidc-providers.js';
import {
  type Argon2Setting,
  type BruteForceDetectionPolicy,
  type PasswordExpirationPolicy,
  type PasswordValiditySetting,
  PolicyError,
  readArgon2,
  readBruteForceDetection,
  readPasswordExpiration,
  readPasswordValidity,
} from './policies.js';
import { type MailConfiguration, readInvitationUrl, readMail, SettingError } from './mail-settings.js';
import { readUsageLimits, readUsageRates, type UsageLimits, type UsageRates } from './usage-settings.js';

/** What passwords must be and what they cost to check: also for commands that set one. */
export interface PasswordConfiguration {
  readonly passwordValidity: PasswordValiditySetting;
  readonly argon2: Argon2Setting;
}

/** Where the database is: all that commands which only touch the database need to know. */
export interface DatabaseConfiguration {
  /** Undefined: a PostgreSQL of our own runs under `dataDir`. */
  readonly databaseUrl: string | undefined;
  readonly dataDir: string;
  /** Who PostgreSQL runs as when this server is started by root. */
  readonly databaseOsUser: string | undefined;
}

export interface Configuration extends DatabaseConfiguration, PasswordConfiguration {
  readonly port: number;
  readonly host: string;
  readonly adminUser: string;
  /** Undefined: a random one is made at the first start and printed once. */
  readonly adminPassword: string | undefined;
  /** 32 bytes. Undefined: made at the first start and kept under `dataDir`. */
  readonly secretKey: Buffer | undefined;
  readonly publicUrl: string;
  /** Host names that a client's assertion may be meant for. */
  readonly assertionHosts: readonly string[];
  readonly uploadLimitBytes: number;
  readonly trustedProxies: readonly string[];
  readonly passwordExpiration: PasswordExpirationPolicy;
  readonly bruteForceDetection: BruteForceDetectionPolicy;
  /** Sign-ins of one user that may be open at once; one more ends the oldest. */
  readonly sessionsPerUser: number;
  /** Where else users may sign in. */
  readonly oidcProviders: readonly OidcProvider[];
  /** Undefined: off. */
  readonly rateLimits: RateLimits | undefined;
  readonly logLevel: (typeof logLevels)[number];
  readonly databasePoolSize: number;
  /** `child`: the server runs one worker beside itself; `none`: workers are started elsewhere. */
  readonly worker: (typeof workerModes)[number];
  /** Whether clients of the organization's account may send a POST and say which method they mean. */
  readonly methodOverride: boolean;
  /** What an organization's use is counted as, and up to where. */
  readonly usageRates: UsageRates;
  readonly usageLimits: UsageLimits;
  /** Where Prometheus asks. Undefined: nowhere. */
  readonly metricsPath: string | undefined;
  /** Undefined: on the main port. Otherwise on this one, at the same host, and not on the main port. */
  readonly metricsPort: number | undefined;
  /** Name of the organization made at the first start, and its slug. */
  readonly organizationName: string;
  readonly organizationSlug: string;
  /** What somebody can be to a connector: slugs, `owner` among them. */
  readonly ownerRoles: readonly string[];
  /** Undefined: nothing is sent, the log says what would be. */
  readonly mail: MailConfiguration | undefined;
  /** Where an invitation is accepted, with `{token}` in place of the token. Undefined: there is no such page. */
  readonly invitationUrl: string | undefined;
  /** Addresses and networks the server may connect to although they are none of the open internet. */
  readonly outboundAllow: readonly string[];
  /** Under `npm run demo`: ready only when the demo says that its company is complete, and ended when the demo ends. */
  readonly awaitSample: boolean;
}

/** How much is too much. Account lockout is no part of it and is never off. */
interface RateLimits {
  /** Requests of one address, or one IPv6 /64, in ten seconds to one process. */
  readonly perAddress: number;
  /** Requests with one credential in ten seconds to one process. */
  readonly perCredential: number;
  /** Failed attempts of one address at one kind of door (login, token, invitation) in five minutes to all processes. */
  readonly doorFailures: number;
}

/** A value that stops the start. It names the key and what would be accepted, never the value. */
export class ConfigurationError extends Error {
  constructor(
    readonly key: string,
    expected: string,
  ) {
    super(`${key} ${expected}`);
  }
}

const logLevels = ['silent', 'fatal', 'error', 'warn', 'info', 'debug', 'trace'] as const;

const workerModes = ['child', 'none'] as const;

const truths = ['true', 'false'] as const;

type Environment = Readonly<Record<string, string | undefined>>;

/** This file alone reads the environment. Unset and empty are the same. */
export function readConfiguration(environment: Environment): Configuration {
  const text = reader(environment);
  const port = wholeNumber('PORT', text('PORT') ?? '3000', 0, 65_535);
  const host = hostName('HOST', text('HOST') ?? '127.0.0.1');
  const publicUrl = text('OSTIARY_PUBLIC_URL');
  const database = readDatabaseConfiguration(environment);
  const secretKey = text('OSTIARY_SECRET_KEY');
  if (database.databaseUrl !== undefined && secretKey === undefined) {
    throw new ConfigurationError(
      'OSTIARY_SECRET_KEY',
      'is required when DATABASE_URL is set: 32 random bytes in base64url, the same for every process',
    );
  }

  return Object.freeze({
    port,
    host,
    ...database,
    adminUser: userName('OSTIARY_ADMIN_USER', text('OSTIARY_ADMIN_USER') ?? 'admin'),
    adminPassword: password('OSTIARY_ADMIN_PASSWORD', text('OSTIARY_ADMIN_PASSWORD')),
    secretKey: secretKey === undefined ? undefined : key32('OSTIARY_SECRET_KEY', secretKey),
    publicUrl: publicUrl === undefined ? `http://${bracketed(host)}:${port}` : httpUrl('OSTIARY_PUBLIC_URL', publicUrl),
    assertionHosts: publicUrl === undefined ? ['localhost', '127.0.0.1', '::1', '[::1]', host] : [hostOf(publicUrl)],
    uploadLimitBytes: wholeNumber('UPLOAD_LIMIT_BYTES', text('UPLOAD_LIMIT_BYTES') ?? '2147483648', 1, 2 ** 40),
    trustedProxies: networks('TRUSTED_PROXIES', text('TRUSTED_PROXIES') ?? ''),
    ...readPasswordConfiguration(environment),
    passwordExpiration: policy('PASSWORD_EXPIRATION_POLICY', text, readPasswordExpiration),
    bruteForceDetection: policy('BRUTE_FORCE_DETECTION_POLICY', text, readBruteForceDetection),
    sessionsPerUser: wholeNumber('SESSIONS_PER_USER', text('SESSIONS_PER_USER') ?? '100', 1, 10_000),
    oidcProviders: policy('OIDC_PROVIDERS', text, readOidcProviders),
    rateLimits: rateLimits(text),
    logLevel: oneOf('LOG_LEVEL', text('LOG_LEVEL') ?? 'info', logLevels),
    databasePoolSize: wholeNumber('DATABASE_POOL_SIZE', text('DATABASE_POOL_SIZE') ?? '10', 2, 500),
    worker: oneOf('OSTIARY_WORKER', text('OSTIARY_WORKER') ?? 'child', workerModes),
    methodOverride: oneOf('OSTIARY_METHOD_OVERRIDE', text('OSTIARY_METHOD_OVERRIDE') ?? 'off', ['on', 'off']) === 'on',
    usageRates: policy('USAGE_RATES', text, readUsageRates),
    usageLimits: policy('USAGE_LIMITS', text, readUsageLimits),
    metricsPath: metricsPath('METRICS_PATH', text('METRICS_PATH') ?? '/metrics'),
    metricsPort: otherPort('METRICS_PORT', text('METRICS_PORT'), port),
    organizationName: text('OSTIARY_ORGANIZATION_NAME') ?? 'My organization',
    organizationSlug: slug('OSTIARY_ORGANIZATION_SLUG', text('OSTIARY_ORGANIZATION_SLUG') ?? 'main'),
    ownerRoles: ownerRoles('OSTIARY_OWNER_ROLES', text('OSTIARY_OWNER_ROLES') ?? 'owner,technical_owner,backup_owner'),
    mail: setting(() => readMail(text)),
    invitationUrl: setting(() => readInvitationUrl(text)),
    outboundAllow: networks('OUTBOUND_ALLOW', text('OUTBOUND_ALLOW') ?? ''),
    awaitSample: oneOf('OSTIARY_AWAIT_SAMPLE', text('OSTIARY_AWAIT_SAMPLE') ?? 'false', truths) === 'true',
  });
}

export function readDatabaseConfiguration(environment: Environment): DatabaseConfiguration {
  const text = reader(environment);
  const databaseUrl = text('DATABASE_URL');
  return Object.freeze({
    databaseUrl: databaseUrl === undefined ? undefined : postgresUrl('DATABASE_URL', databaseUrl),
    dataDir: text('OSTIARY_DATA_DIR') ?? '.ostiary',
    databaseOsUser: text('OSTIARY_PG_USER'),
  });
}

export function readPasswordConfiguration(environment: Environment): PasswordConfiguration {
  const text = reader(environment);
  return {
    passwordValidity: policy('PASSWORD_VALIDITY_POLICY', text, readPasswordValidity),
    argon2: policy('ARGON2', text, readArgon2),
  };
}

function ownerRoles(key: string, text: string): readonly string[] {
  const slugs = text.split(',').map((slug) => slug.trim());
  const known = slugs.length <= 20 && slugs.every((slug) => /^[a-z0-9_-]{1,64}$/.test(slug));
  if (known && slugs.includes('owner') && new Set(slugs).size === slugs.length) return slugs;
  throw new ConfigurationError(
    key,
    'must be at most 20 different slugs of a-z, 0-9, _ and -, owner among them, with commas',
  );
}

function policy<T>(key: string, text: (key: string) => string | undefined, read: (text: string | undefined) => T): T {
  try {
    return read(text(key));
  } catch (error) {
    if (!(error instanceof PolicyError)) throw error;
    throw new ConfigurationError(error.field === undefined ? key : `${key}.${error.field}`, error.message);
  }
}

function setting<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof SettingError)) throw error;
    throw new ConfigurationError(error.key, error.message);
  }
}

function reader(environment: Environment): (key: string) => string | undefined {
  return (key) => environment[key]?.trim() || undefined;
}

function rateLimits(text: (key: string) => string | undefined): RateLimits | undefined {
  const limit = (key: string, fallback: string) => wholeNumber(key, text(key) ?? fallback, 1, 1_000_000_000);
  const limits = {
    perAddress: limit('RATE_LIMIT_PER_ADDRESS', '5000'),
    perCredential: limit('RATE_LIMIT_PER_CREDENTIAL', '2000'),
    doorFailures: limit('RATE_LIMIT_DOOR_FAILURES', '300'),
  };
  return oneOf('RATE_LIMIT', text('RATE_LIMIT') ?? 'on', ['on', 'off']) === 'on' ? limits : undefined;
}

function wholeNumber(key: string, text: string, min: number, max: number): number {
  const value = /^[0-9]{1,16}$/.test(text) ? Number(text) : NaN;
  if (!(value >= min && value <= max))
    throw new ConfigurationError(key, `must be a whole number from ${min} to ${max}`);
  return value;
}

function metricsPath(key: string, text: string): string | undefined {
  if (text.toLowerCase() === 'off') return undefined;
  if (!/^(?:\/[A-Za-z0-9_-][A-Za-z0-9._-]*)+$/.test(text) || text.length > 200) {
    throw new ConfigurationError(key, 'must be off or a plain path such as /metrics');
  }
  return text;
}

function otherPort(key: string, text: string | undefined, mainPort: number): number | undefined {
  if (text === undefined) return undefined;
  const port = wholeNumber(key, text, 0, 65_535);
  if (port === mainPort && port !== 0) throw new ConfigurationError(key, 'must not be the port of the server itself');
  return port;
}

function oneOf<T extends string>(key: string, text: string, accepted: readonly T[]): T {
  const found = accepted.find((value) => value === text.toLowerCase());
  if (!found) throw new ConfigurationError(key, `must be one of ${accepted.join(', ')}`);
  return found;
}

function key32(key: string, text: string): Buffer {
  const bytes = Buffer.from(text, 'base64url');
  if (bytes.length !== 32 || bytes.toString('base64url') !== text.replace(/=+$/, '')) {
    throw new ConfigurationError(key, 'must be 32 bytes in base64url (43 characters)');
  }
  return bytes;
}

function httpUrl(key: string, text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !['http:', 'https:'].includes(url.protocol) || /[?#]/.test(text)) {
    throw new ConfigurationError(key, 'must be an http or https URL without a query and a fragment');
  }
  return text.replace(/\/+$/, '');
}

function hostOf(url: string): string {
  return new URL(url).hostname;
}

/** An address, an IPv6 one with or without brackets, or a name. */
function hostName(key: string, text: string): string {
  const host = text.replace(/^\[(.*)\]$/, '$1');
  if (URL.canParse(`http://${bracketed(host)}`) && !/[\s/?#@\\]/.test(host)) return host;
  throw new ConfigurationError(key, 'must be an address or a host name');
}

/** As the server takes it for a name, so that a login finds it. */
function userName(key: string, text: string): string {
  if (text.length <= 256 && /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]+$/u.test(text)) return text;
  throw new ConfigurationError(key, 'must have 1 to 256 characters that are seen');
}

/** No login takes a longer one. */
function password(key: string, text: string | undefined): string | undefined {
  if (text === undefined || text.length <= 4_096) return text;
  throw new ConfigurationError(key, 'must have at most 4096 characters');
}

function postgresUrl(key: string, text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !['postgres:', 'postgresql:'].includes(url.protocol)) {
    throw new ConfigurationError(key, 'must be a postgres:// URL');
  }
  return text;
}

function networks(key: string, text: string): readonly string[] {
  const found = text
    .split(',')
    .map((network) => network.trim())
    .filter(Boolean);
  if (!found.every(isNetwork))
    throw new ConfigurationError(key, 'must be addresses or networks such as 10.0.0.0/8, separated by commas');
  return Object.freeze(found);
}

function isNetwork(text: string): boolean {
  const [address = '', bits, ...rest] = text.split('/');
  const longest = { 0: 0, 4: 32, 6: 128 }[isIP(address)] ?? 0;
  if (longest === 0 || rest.length > 0) return false;
  return bits === undefined || (/^[0-9]{1,3}$/.test(bits) && Number(bits) >= 1 && Number(bits) <= longest);
}

function slug(key: string, text: string): string {
  if (!/^[a-z0-9]{3,32}$/.test(text)) throw new ConfigurationError(key, 'must be 3 to 32 lower-case letters or digits');
  return text;
}

function bracketed(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}
