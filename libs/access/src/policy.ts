export const roles = ['Administrator', 'ORG_ADMIN', 'SOURCE_ADMIN', 'SOURCE_SUBADMIN', 'HELPDESK', 'AUDITOR'] as const;
export type Role = (typeof roles)[number];

interface Rule {
  /** Roles beside Administrator, whose set contains every permission. */
  readonly roles: readonly Exclude<Role, 'Administrator'>[];
  /** A caller without any of the roles may still use it on the owner record linked to his own user. */
  readonly ownRecord?: true;
}

const everyRole = ['ORG_ADMIN', 'SOURCE_ADMIN', 'SOURCE_SUBADMIN', 'HELPDESK', 'AUDITOR'] as const;

/**
 * Who may do what: the one table. SOURCE_SUBADMIN's rows are narrowed further to the connectors they own, in the
 * services that read them.
 */
export const policy = {
  'owners:list': { roles: everyRole },
  'owners:read': { roles: everyRole, ownRecord: true },
  'owners:assess': { roles: ['ORG_ADMIN', 'SOURCE_ADMIN', 'HELPDESK', 'AUDITOR'], ownRecord: true },
  'owners:sync': { roles: [] },
  'accounts:read': { roles: everyRole },
  /** Like statistics, a report is about everybody: it is not cut down to a SOURCE_SUBADMIN's connectors. */
  'reports:read': { roles: ['ORG_ADMIN', 'SOURCE_ADMIN', 'HELPDESK', 'AUDITOR'] },
  'connectors:read': { roles: everyRole },
  'connectors:write': { roles: ['ORG_ADMIN', 'SOURCE_ADMIN'] },
} as const satisfies Record<string, Rule>;

export type Permission = keyof typeof policy;

export const permissions = Object.keys(policy) as Permission[];

const permissionsOf = new Map<Role, ReadonlySet<Permission>>(
  roles.map((role) => [role, new Set(permissions.filter((permission) => allows(policy[permission], role)))]),
);

function allows(rule: Rule, role: Role): boolean {
  return role === 'Administrator' || rule.roles.includes(role);
}

/** Rights add up over all roles held. */
export function permissionsFor(held: Iterable<Role>): ReadonlySet<Permission> {
  const sum = new Set<Permission>();
  for (const role of held) for (const permission of permissionsOf.get(role) ?? []) sum.add(permission);
  return sum;
}

/** Whether the permission reaches a caller's own owner record without any role. */
export function reachesOwnRecord(permission: Permission): boolean {
  return (policy[permission] as Rule).ownRecord === true;
}
