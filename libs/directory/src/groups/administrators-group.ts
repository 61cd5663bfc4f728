import type { AuditTrail } from '@app/audit';
import type { Transaction } from '@app/persistence';
import { RoleAssignment } from '../roles/role-assignment.entity.js';
import { Group, Membership } from './group.entity.js';

/** Makes the group an organization has from its first day for those who administer it, with these users in it. */
export async function makeAdministrators(
  tx: Transaction,
  audit: AuditTrail,
  memberIds: readonly string[],
): Promise<Group> {
  const group = Group.ofSystem(tx.organizationId, 'Administrators');
  tx.em.persist(group);
  await tx.em.flush();
  tx.em.persist([
    ...memberIds.map((id) => Membership.ofUser(group, id)),
    RoleAssignment.toGroup(group, 'Administrator'),
  ]);
  await audit.record(tx, {
    action: 'group.created',
    subjectType: 'group',
    subjectId: group.id,
    after: { name: group.name, roles: ['Administrator'], memberIds },
  });
  return group;
}
