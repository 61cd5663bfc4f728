/**
 * What lists print of an account `a` and what statistics count, in one place, so that anyone can recompute every figure
 * from the list. Marks of the account itself and of its groups and roles are or-ed.
 */
export const posture = {
  enabled: 'not a.disabled',
  /** Creation at the source, else first seen. */
  createdAt: 'coalesce(a.source_created_at, a.created_at)',
  privileged: '(a.privileged or a.in_privileged_group or a.in_highly_privileged_group or a.has_highly_privileged_role)',
  inPrivilegedGroup: '(a.in_privileged_group or a.in_highly_privileged_group)',
  /** A figure of failed logins holds for an hour after the source took it. */
  failedLoginsUntil: `(a.failed_logins_at + interval '60 minutes')`,
  failedLogins: (now: string) =>
    `(case when a.failed_logins_at + interval '60 minutes' > ${now} then a.failed_logins else 0 end)`,
} as const;
