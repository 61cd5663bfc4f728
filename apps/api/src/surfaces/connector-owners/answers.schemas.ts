const text = { type: 'string' } as const;
const number = { type: 'integer' } as const;
const truth = { type: 'boolean' } as const;
const instant = { type: 'string', format: 'date-time' } as const;
const optionalInstant = { ...instant, nullable: true } as const;

function record<P extends object>(properties: P) {
  return { type: 'object' as const, properties };
}

function list<S extends object>(items: S) {
  return { type: 'array' as const, items };
}

const listOf = <S extends object>(items: S) =>
  record({ list: list(items), nextPageToken: { type: 'string', description: 'Empty on the last page.' } as const });

const times = { createdAt: instant, updatedAt: instant, deletedAt: optionalInstant };

const source = record({
  appId: text,
  appUserId: text,
  appUserProfileAttributeKey: text,
  userAttributeMappingId: text,
  value: text,
});
const status = { type: 'string' as const, enum: ['UNKNOWN', 'ENABLED', 'DISABLED', 'DELETED'] };
const user = record({
  id: text,
  displayName: text,
  email: text,
  emails: list(text),
  username: text,
  usernames: list(text),
  employeeIds: list(text),
  department: text,
  jobTitle: text,
  employmentStatus: text,
  employmentType: text,
  status,
  directoryStatus: { ...status, description: 'Of the governed person this user is.' },
  type: text,
  origin: text,
  directoryIds: { ...list(text), description: 'Directories the person comes from or is told of by.' },
  managerIds: list(text),
  roleIds: { ...list(text), description: 'Empty for callers without `roles:read`.' },
  delegatedUserId: text,
  profile: { type: 'object' as const, additionalProperties: true },
  ...times,
  departmentSources: list(source),
  directoryStatusSources: list(source),
  emailSources: list(source),
  employeeIdSources: list(source),
  employmentStatusSources: list(source),
  employmentTypeSources: list(source),
  jobTitleSources: list(source),
  managerSources: list(source),
  usernameSources: list(source),
});
const app = record({
  id: text,
  displayName: text,
  description: text,
  isDirectory: truth,
  isManuallyManaged: truth,
  appOwners: { ...list(user), description: 'By id.' },
  userCount: { type: 'string', format: 'int64', description: 'Accounts, as a text.' } as const,
  ...times,
});

const connectorFields = {
  id: text,
  appId: text,
  catalogId: text,
  displayName: text,
  description: text,
  userIds: list(text),
  config: { type: 'object' as const, additionalProperties: true },
  status: record({
    status: text,
    lastError: text,
    startedAt: optionalInstant,
    completedAt: optionalInstant,
    updatedAt: optionalInstant,
  }),
  syncDisabledAt: optionalInstant,
  syncDisabledReason: text,
  canResumeSync: truth,
  disableCheckBadSync: truth,
  profileAllowList: list(text),
  profileIgnoreList: list(text),
  downloadUrl: text,
  ...times,
};
const schedule = { ...record({ cronSpec: text, timezone: text, start: instant }), required: ['cronSpec', 'timezone'] };

const connectorView = record({
  connector: {
    ...record({ ...connectorFields, connectorSyncCronSchedule: schedule }),
    // Absent without a schedule.
    required: Object.keys(connectorFields),
  },
  appPath: text,
  usersPath: text,
  capabilitiesPath: text,
});
const expanded = {
  ...list({ type: 'object' as const }),
  description: 'What an expand mask asked for, each with its `@type`; the paths of a view lead here.',
};

const refusedRow = record({ line: number, reason: text, message: text });
const fields = { type: 'object' as const, nullable: true, additionalProperties: true };
const change = record({
  change: { type: 'string' as const, enum: ['create', 'update', 'return', 'remove', 'deactivate'] },
  subject: record({ type: { type: 'string' as const, enum: ['account', 'owner'] }, id: text }),
  line: number,
  name: text,
  nativeIdentity: text,
  before: fields,
  after: fields,
});
const refusedRows = record({
  ...listOf(refusedRow).properties,
  countByReason: {
    type: 'object' as const,
    additionalProperties: number,
    description: 'Of the whole run.',
    example: { missingKey: 1 },
  },
});
const checked = { rows: number, refusedRows: number, firstRefused: list(refusedRow) };

const run = record({
  id: text,
  connectorId: text,
  fileId: text,
  state: {
    type: 'string' as const,
    enum: ['queued', 'running', 'needs_confirmation', 'paused', 'cancelled', 'succeeded', 'failed'],
  },
  stage: text,
  dryRun: truth,
  rowsRead: number,
  rowsRefused: number,
  rowsToApply: number,
  rowsApplied: number,
  accountsCreated: number,
  accountsUpdated: number,
  accountsUnchanged: number,
  accountsRemoved: number,
  accountsReturned: number,
  accountsLinked: { ...number, description: 'Accounts that got an owner; who got another instead counts here too.' },
  accountsUnlinked: { ...number, description: 'Accounts that lost an owner; who got another instead counts here too.' },
  ownersCreated: number,
  ownersUpdated: number,
  ownersDeactivated: number,
  error: {
    ...text,
    description: 'Why the run failed or waits, or a run of a dry run\u2019s file would wait; empty otherwise.',
  },
  requestedBy: text,
  createdAt: instant,
  startedAt: optionalInstant,
  finishedAt: optionalInstant,
  updatedAt: instant,
});

const person = { ...record({ id: text, name: text }), nullable: true };
const samples = list(
  record({
    account: record({ id: text, name: text, nativeIdentity: text }),
    currentOwner: person,
    wouldBeOwner: person,
  }),
);
const rulesTrial = record({
  connectorId: text,
  correlationRules: list(record({ account: text, owner: text })),
  accounts: { ...number, description: 'The sum of the next five.' },
  kept: { ...number, description: 'Linked by hand or by what made the account: no rule changes that.' },
  wouldLink: number,
  wouldChange: number,
  wouldRelease: number,
  unchanged: number,
  ambiguous: { ...number, description: 'For which the rules name several owners, and so nobody.' },
  unmatched: { ...number, description: 'For which they name nobody.' },
  notes: list(text),
  samples: {
    ...record({
      kept: samples,
      wouldLink: samples,
      wouldChange: samples,
      wouldRelease: samples,
      ambiguous: samples,
      unmatched: samples,
    }),
    description: 'At most 20 of each.',
  },
});

const connectorOwnerUser = record({ appId: text, connectorId: text, roleSlug: text, createdAt: instant, user });

const appEntitlement = record({
  id: text,
  appId: text,
  displayName: text,
  description: text,
  slug: text,
  ...times,
});
const connectorOwnerEntitlement = record({
  appId: text,
  connectorId: text,
  roleSlug: text,
  createdAt: instant,
  appEntitlement,
});

const userPaths = { rolesPath: text, managersPath: text, directoriesPath: text, delegatedUserPath: text };
const userView = record({ user, ...userPaths });

const directoryView = record({ directory: record({ appId: text, ...times }), appPath: text });

const appUser = record({
  id: text,
  appId: text,
  identityUserId: { ...text, description: 'Empty where nobody who signs in here owns it.' },
  displayName: text,
  email: text,
  emails: list(text),
  username: text,
  usernames: list(text),
  employeeIds: list(text),
  profile: { type: 'object' as const, additionalProperties: true },
  isExternal: truth,
  appUserType: {
    type: 'string' as const,
    enum: ['APP_USER_TYPE_USER', 'APP_USER_TYPE_SERVICE_ACCOUNT', 'APP_USER_TYPE_SYSTEM_ACCOUNT'],
  },
  status: record({ status: { type: 'string' as const, enum: ['STATUS_ENABLED', 'STATUS_DISABLED'] }, details: text }),
  ...times,
});
const appUserView = record({ appUser, appPath: text, identityUserPath: text, lastUsagePath: text });

/** What each operation answers, for the published document. */
export const answers = {
  app: { schema: record({ app }) },
  apps: { schema: listOf(app) },
  appOwners: { schema: listOf(user) },
  appOwnerIds: { schema: record({ userIds: list(text) }) },
  directory: { schema: record({ directoryView, expanded }) },
  directories: { schema: record({ ...listOf(directoryView).properties, expanded }) },
  connector: { schema: record({ connectorView, expanded }) },
  connectors: { schema: record({ ...listOf(connectorView).properties, expanded }) },
  file: { schema: record({ file: record({ id: text, name: text, sizeBytes: text, sha256: text, ...checked }) }) },
  validation: { schema: record({ fileId: text, ...checked }) },
  run: { schema: record({ run }) },
  runs: { schema: listOf(run) },
  changes: { schema: listOf(change) },
  refusedRows: { schema: refusedRows },
  rulesTrial: { schema: record({ dryRun: rulesTrial }) },
  connectorOwnerUser: { schema: record({ connectorOwnerUser }) },
  connectorOwnerUsers: { schema: listOf(connectorOwnerUser) },
  connectorOwnerEntitlement: { schema: record({ connectorOwnerEntitlement }) },
  connectorOwnerEntitlements: { schema: listOf(connectorOwnerEntitlement) },
  user: { schema: record({ userView, expanded }) },
  appUsers: { schema: record({ ...listOf(appUserView).properties, expanded }) },
  users: { schema: record({ ...listOf(userView).properties, expanded }) },
  introspection: {
    schema: record({
      userId: { ...text, description: 'Empty for an API key, which is nobody\u2019s.' },
      principleId: { ...text, description: 'The user, client or key that calls.' },
      tenantId: text,
      roles: list(text),
      permissions: { ...list(text), description: 'What this credential may, as the page of roles names it.' },
      features: { ...list(text), description: 'Always empty: nothing here is switched on for some alone.' },
    }),
  },
  nothing: { schema: record({}) },
};
