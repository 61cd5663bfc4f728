import { createHash } from 'node:crypto';

/** Where in a document a value stands: what holds it, and its own name, as plain words (`group created at`). */
export function wordsOf(name: string): string {
  return name
    .replace(/([a-z\d])([A-Z])/g, '$1 $2')
    .replace(/[^A-Za-z\d]+/g, ' ')
    .trim()
    .toLowerCase();
}

/** One of several: `userIds` is a list of `user id`. */
export function oneOf(words: string): string {
  return words.replace(/(?<!s|statu)s$/, '').replace(/ie$/, 'y');
}

const instant = '2026-05-04T09:30:00.000Z';
const later = '2030-05-04T09:30:00.000Z';
const day = '2026-05-04';

type Rules<T> = readonly (readonly [RegExp, T])[];

/** Also where a format says that it is a secret. */
const tokens: Rules<string> = [[/token$|secret$|assertion$/, 'n3Zk8Qw1yT5rLx0vB7mCsJ2hFpDg6aUe']];

/** Of the first whose end it is. */
const texts: Rules<string> = [
  [/alt email$/, 'ada@example.org'],
  [/(?:e?mail(?: address)?|principal name)$/, 'ada.park@example.com'],
  [/(?:external|employee) id$/, 'E-1042'],
  [/catalog id$/, 'delimited-file'],
  [/tracking id$/, '01974f3a8c00712c8b2f5d0c3e9a6b41'],
  [/password$/, 'orbit velvet quarry mango plinth'],
  [/page token$|cursor$|after$/, 'eyJhZnRlciI6IjAxOTc0ZjNhIn0'],
  [/token type$/, 'Bearer'],
  [/attribute key$/, 'email'],
  [/message key$/, 'missingKey'],
  [/\bkey$/, 'n3Zk8Qw1yT5rLx0vB7mCsJ2hFpDg6aUe'],
  ...tokens,
  [/url$|endpoint$|issuer$/, 'https://idp.example.com'],
  [/path$/, '$.expanded[0]'],
  [/time ?zone$/, 'UTC'],
  [/account name$|login$|user ?name$|native identity$|unique name$|subject$|account value$/, 'ada.park'],
  [/home directory$/, '/home/ada.park'],
  [/phone$/, '+61000000001'],
  [/first$/, 'Ada'],
  [/last$/, 'Park'],
  [/department$|segment$/, 'Engineering'],
  [/title$/, 'Senior Developer'],
  [/location$/, 'Berlin'],
  [/employment (?:type|status)$/, 'employee'],
  [/owner type$/, 'human'],
  [/(?:start|end) date$/, day],
  [/expires at$|expiry$/, later],
  [/(?: at|time|timestamp|created|modified|deleted|launched|completed|since|last refresh)$/, instant],
  [/role slug$/, 'owner'],
  [/slug$|\borg(?:anization)?$/, 'acme'],
  [/(?:organization|tenant) name$/, 'Acme'],
  [/(?:group|entitlement|permission) (?:display )?(?:name|value)$|parent name$/, 'Finance approvers'],
  [/role (?:display )?name$/, 'Engineering - Senior'],
  [/categor(?:y|ie)(?: name)?$/, 'Inactive Owner'],
  [/account (?:display )?name$/, 'ada.park'],
  [/\bapp(?:lication)?(?: (?:display )?name)?$/, 'Salesforce'],
  [/(?:source|connector|directory)(?: (?:display )?name)?$/, 'Salesforce export'],
  [/(?:client|key) name$/, 'Nightly report'],
  [/provider(?: name)?$/, 'okta'],
  [/file(?: name)?$/, 'accounts.csv'],
  [/description$/, 'Kept by the finance department.'],
  [/locale$/, 'en-US'],
  [/locale origin$/, 'DEFAULT'],
  [/user agent$/, 'Mozilla/5.0'],
  [/address$|network$/, '10.0.0.7'],
  [/message$|text$|msg$/, 'Done.'],
  [/reason$|note$|details?$|error$|recommendation$|control$/, 'Not used for 90 days.'],
  [/(?:field|attribute)(?: name| key)?$/, 'email'],
  [/status$|state$/, 'active'],
  [/(?:accounts|groups|roles|threat|deviation|no owner|mfa|used \d+|in hour|not vaulted|password (?:never|\d+))$/, '2'],
  [/delimiter$/, ','],
  [/cron spec$/, '30 2 * * *'],
  [/origin$|uuid$|alias$|prefix$/, 'ada.park'],
  [/target type$/, 'APPLICATION'],
  [/message type$/, 'WARN'],
  [/user type$/, 'USER_TYPE_HUMAN'],
  [/executor$|pod$/, 'ostiary'],
  [/stage$|progress$/, 'reading'],
  [/scope$/, 'sp:scopes:all'],
  [/\brole$/, 'AUDITOR'],
  [/\b(?:jti|kid)$/, '01974f3a-8c00-7d02-8e55-1f6c0b9a4e73'],
  [/sha256$/, '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08'],
  [/allow list$/, 'email'],
  [/ignore list$/, 'phone'],
  [/connector class$/, 'DelimitedFile'],
  [/permission$/, 'accounts:read'],
  [/connection type$|kind$|features?$/, 'file'],
  [/object type$/, 'group'],
  [/size bytes$/, '20480'],
  [/(?:name|manager|user|launcher|requested by|query|value|label)$/, 'Ada Park'],
];

const formats: Readonly<Record<string, string>> = {
  email: 'ada.park@example.com',
  uri: 'https://idp.example.com',
  date: day,
  int64: '12',
  password: 'orbit velvet quarry mango plinth',
};

const numbers: Rules<number> = [
  [/expires in(?: seconds)?$/, 3600],
  [/score(?: before| after)?$/, 40],
  [/percent complete$/, 100],
  [/status code$/, 200],
];

const truths = /(?:active|enabled|available|success|healthy|current|correlated|requestable|exists|authoritative)$/;

const known = new Map<string, string>();

/** Looked up once for all the places that have the same name. */
export function textFor(words: string, format = ''): string {
  const key = `${format}:${words}`;
  const found = known.get(key) ?? textOf(words, format);
  known.set(key, found);
  return found;
}

function textOf(words: string, format: string): string {
  if (format === 'uuid') return uuidFor(words);
  if (format === 'date-time') return /(?:expires at|expiry)$/.test(words) ? later : instant;
  const ofFormat = formats[format];
  if (ofFormat !== undefined) return matching(tokens, words) ?? ofFormat;
  return matching(texts, words) ?? (/\b(?:id|owner)$/.test(words) ? uuidFor(words) : 'text');
}

export function numberFor(words: string): number {
  return matching(numbers, words) ?? 1;
}

export function truthFor(words: string): boolean {
  return truths.test(words);
}

function matching<T>(rules: Rules<T>, words: string): T | undefined {
  return rules.find(([pattern]) => pattern.test(words))?.[1];
}

/** The same for the same words, and another for others: an owner is no account. */
function uuidFor(words: string): string {
  const noun = words
    .replace(/ ?\bid$/, '')
    .split(' ')
    .at(-1)!;
  const hex = createHash('sha256').update(noun).digest('hex');
  return `01974f3a-8c00-7${hex.slice(0, 3)}-8${hex.slice(3, 6)}-${hex.slice(6, 18)}`;
}
