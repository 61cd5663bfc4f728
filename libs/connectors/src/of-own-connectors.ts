/** Of an account `a` or an entitlement `e`: whether this user owns its connector, in whatever role. */
export function ofOwnConnectors(user: string, record: 'a' | 'e' = 'a'): string {
  return `${record}.connector_id in (
    select own.connector_id from connector_owner own where own.organization_id = $1 and own.user_id = ${user}::uuid)`;
}
