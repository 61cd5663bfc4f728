export const roles = ['Administrator', 'ORG_ADMIN', 'SOURCE_ADMIN', 'SOURCE_SUBADMIN', 'HELPDESK', 'AUDITOR'] as const;
export type Role = (typeof roles)[number];

export type KeyLevel = 'ACCOUNT' | 'WORKSPACE';
export type KeyPermission = 'VIEW' | 'MODIFY';
/** What an API key is good for. */
export type KeyKind = `${KeyLevel}/${KeyPermission}`;

/**
 * Who stands behind a call: somebody signed in, somebody acting as another, an OAuth client for its user, an API key, an
 * Administrator of the organization that manages this one.
 */
export type PrincipalKind = 'user' | 'impersonation' | 'client' | 'key' | 'managing';

export interface Rule {
  /** Roles beside Administrator, whose set contains every permission. */
  readonly roles: readonly Exclude<Role, 'Administrator'>[];
  /** A caller without any of the roles may still use it on the owner record linked to his own user. */
  readonly ownRecord?: true;
  /** A caller without any of the roles may still use it on his own user. */
  readonly ownUser?: true;
  /** Every user has it. */
  readonly everyUser?: true;
  readonly keys?: readonly KeyKind[];
  /** Sensitive, or of no use without a user of one's own: whoever only acts for somebody else may not, whatever his rights. */
  readonly closedTo?: readonly ('impersonation' | 'client' | 'managing')[];
}

const everyRole = ['ORG_ADMIN', 'SOURCE_ADMIN', 'SOURCE_SUBADMIN', 'HELPDESK', 'AUDITOR'] as const;
const accountKeys = ['ACCOUNT/MODIFY', 'ACCOUNT/VIEW'] as const;
const everyKey = [...accountKeys, 'WORKSPACE/MODIFY', 'WORKSPACE/VIEW'] as const;
const directoryReaders = ['ORG_ADMIN', 'HELPDESK', 'AUDITOR'] as const;

/**
 * Who may do what: the one table. SOURCE_SUBADMIN's rows are narrowed further to the connectors they own, in the
 * services that read them.
 */
export const policy = {
  'owners:list': { roles: everyRole, keys: accountKeys },
  'owners:read': { roles: everyRole, ownRecord: true, keys: accountKeys },
  'owners:assess': { roles: ['ORG_ADMIN', 'SOURCE_ADMIN', 'HELPDESK', 'AUDITOR'], ownRecord: true, keys: accountKeys },
  /** Who changed what of an owner. */
  'owners:audit': { roles: ['ORG_ADMIN', 'AUDITOR'], keys: accountKeys },
  'owners:write': { roles: [] },
  'owners:sync': { roles: [] },
  'accounts:read': { roles: everyRole },
  'accounts:write': { roles: ['ORG_ADMIN', 'SOURCE_ADMIN', 'SOURCE_SUBADMIN'] },
  /** Enabled, disabled, unlocked, read again: what a help desk is called for. */
  'accounts:state': { roles: ['ORG_ADMIN', 'SOURCE_ADMIN', 'SOURCE_SUBADMIN', 'HELPDESK'] },
  'accounts:remove': { roles: ['ORG_ADMIN'] },
  /** All accounts of a person at once, on whatever connector. */
  'accounts:state-of-owner': { roles: ['ORG_ADMIN'] },
  /** What an address book tells of everybody: every user has it. */
  'people:read': { roles: [], everyUser: true },
  /** Like statistics, a report is about everybody: it is not cut down to a SOURCE_SUBADMIN's connectors. */
  'reports:read': { roles: ['ORG_ADMIN', 'SOURCE_ADMIN', 'HELPDESK', 'AUDITOR'] },
  'connectors:read': { roles: everyRole },
  'connectors:write': { roles: ['ORG_ADMIN', 'SOURCE_ADMIN'] },
  'connector-owners:read': { roles: everyRole },
  'connector-owners:write': { roles: ['ORG_ADMIN', 'SOURCE_ADMIN'], closedTo: ['impersonation'] },
  /** What this very credential is and may: the one thing that every credential is told, a key too. */
  'self:introspect': { roles: [], everyUser: true, keys: everyKey },
  'self:read': { roles: [], everyUser: true, closedTo: ['managing'] },
  'self:logout': { roles: [], everyUser: true, closedTo: ['client', 'managing'] },
  'self:sessions': { roles: [], everyUser: true, closedTo: ['impersonation', 'client', 'managing'] },
  'self:credentials': { roles: [], everyUser: true, closedTo: ['impersonation', 'client', 'managing'] },
  'users:list': { roles: directoryReaders },
  'users:read': { roles: directoryReaders, ownUser: true },
  'users:write': { roles: ['ORG_ADMIN'], closedTo: ['impersonation'] },
  /** Says which governed person a user is, and with it whose record he reads: a right, which no client gives. */
  'users:link': { roles: [], closedTo: ['impersonation', 'client'] },
  'groups:read': { roles: directoryReaders },
  /** Members hold the roles of their groups. */
  'groups:write': { roles: ['ORG_ADMIN'], closedTo: ['impersonation'] },
  /** Who a user is at another provider, and so who may sign in as him. */
  'users:identify': { roles: ['ORG_ADMIN'], closedTo: ['impersonation', 'client'] },
  /** Whoever invites knows the token, and accepting it is measured by his user's rights: a client has fewer. */
  'users:invite': { roles: ['ORG_ADMIN'], closedTo: ['impersonation', 'client'] },
  /** Passwords, locks and sessions of others, never of somebody with a right the caller lacks. */
  'users:help': { roles: ['ORG_ADMIN', 'HELPDESK'], closedTo: ['impersonation', 'client'] },
  'users:impersonate': { roles: [], closedTo: ['impersonation', 'client', 'managing'] },
  'roles:read': { roles: directoryReaders },
  /** A client that gave rights, or made others, or keys, would outlive its own end and leave its networks. */
  'roles:write': { roles: ['ORG_ADMIN'], closedTo: ['impersonation', 'client'] },
  'clients:read': { roles: ['ORG_ADMIN', 'AUDITOR'] },
  'clients:write': { roles: ['ORG_ADMIN'], closedTo: ['impersonation', 'client'] },
  'api-keys:read': { roles: ['ORG_ADMIN', 'AUDITOR'] },
  'api-keys:write': { roles: ['ORG_ADMIN'], closedTo: ['impersonation', 'client'] },
  /** The organization's own account, as everybody who works for it may see it. */
  'organization:read': { roles: everyRole, keys: everyKey },
  /** Who administers it and who is in its groups. */
  'organization:people': { roles: ['ORG_ADMIN', 'AUDITOR'], keys: accountKeys },
  /** Its name, its administrators and its groups; whoever is new there is invited. A key that may is as good as an Administrator there. */
  'organization:write': { roles: [], keys: ['ACCOUNT/MODIFY'], closedTo: ['impersonation', 'client'] },
  /** What it and those it manages use, and up to where they may. */
  'organization:usage': { roles: ['ORG_ADMIN', 'AUDITOR'], keys: accountKeys },
  /** Organizations that this one manages. */
  'managed-organizations:read': { roles: [], closedTo: ['managing'] },
  'managed-organizations:write': { roles: [], closedTo: ['impersonation', 'client', 'managing'] },
  /** As an Administrator there. */
  'managed-organizations:enter': { roles: [], closedTo: ['impersonation', 'client', 'managing'] },
  'audit-events:read': { roles: ['ORG_ADMIN', 'AUDITOR'] },
} as const satisfies Record<string, Rule>;

export type Permission = keyof typeof policy;

export const permissions = Object.keys(policy) as Permission[];

/** One row of the table, for those who tell of it. */
export function ruleOf(permission: Permission): Rule {
  return policy[permission];
}

const permissionsOf = new Map<Role, readonly Permission[]>(
  roles.map((role) => [role, permissions.filter((permission) => allows(ruleOf(permission), role))]),
);
const everyUsers = permissions.filter((permission) => ruleOf(permission).everyUser);

function allows(rule: Rule, role: Role): boolean {
  return role === 'Administrator' || rule.roles.includes(role);
}

/** What a user with these roles may do. Rights add up over all roles held. */
export function permissionsFor(held: Iterable<Role>): ReadonlySet<Permission> {
  const sum = new Set<Permission>(everyUsers);
  for (const role of held) for (const permission of permissionsOf.get(role) ?? []) sum.add(permission);
  return sum;
}

export function permissionsOfKey(kind: KeyKind): ReadonlySet<Permission> {
  return new Set(permissions.filter((permission) => ruleOf(permission).keys?.includes(kind)));
}

/** Whether the permission reaches a caller's own owner record without any role. */
export function reachesOwnRecord(permission: Permission): boolean {
  return ruleOf(permission).ownRecord === true;
}

/** Whether it reaches a caller's own user without any role. */
export function reachesOwnUser(permission: Permission): boolean {
  return ruleOf(permission).ownUser === true;
}

/** Whether it is closed to this kind of caller, whatever he holds. */
export function isClosedTo(permission: Permission, kind: PrincipalKind): boolean {
  return (ruleOf(permission).closedTo as readonly PrincipalKind[] | undefined)?.includes(kind) ?? false;
}
