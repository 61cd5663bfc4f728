import { defineEntity, p } from '@mikro-orm/core';
import type { Role } from '@app/access';
import { newId } from '@app/kernel';
import type { Group } from '../groups/group.entity.js';

const RoleAssignmentSchema = defineEntity({
  name: 'RoleAssignment',
  tableName: 'role_assignment',
  properties: {
    id: p
      .uuid()
      .primary()
      .onCreate(() => newId()),
    organizationId: p.uuid(),
    userId: p.uuid().nullable(),
    groupId: p.uuid().nullable(),
    role: p.text().$type<Role>(),
    createdAt: p.datetime(3).onCreate(() => new Date()),
  },
});

/** A role held by a user, or by a group for all its members, nested ones included. */
export class RoleAssignment extends RoleAssignmentSchema.class {
  static toGroup(group: Group, role: Role): RoleAssignment {
    const assignment = new RoleAssignment();
    assignment.id = newId();
    assignment.organizationId = group.organizationId;
    assignment.groupId = group.id;
    assignment.role = role;
    return assignment;
  }
}

RoleAssignmentSchema.setClass(RoleAssignment);
