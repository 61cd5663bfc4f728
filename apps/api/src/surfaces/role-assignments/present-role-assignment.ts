import { roles } from '@app/access';
import type { RoleAssignmentRow } from '@app/directory';

export function presentRoleAssignment(row: RoleAssignmentRow) {
  return {
    id: row.id,
    principalId: row.user_id ?? row.group_id,
    principalType: row.user_id === null ? 'Group' : 'User',
    role: row.role,
    createdAt: row.created_at,
  };
}

export const roleAssignmentSchema = {
  type: 'object',
  required: ['id', 'principalId', 'principalType', 'role', 'createdAt'],
  properties: {
    id: { type: 'string', format: 'uuid' },
    principalId: { type: 'string', format: 'uuid' },
    principalType: { type: 'string', enum: ['User', 'Group'] },
    role: { type: 'string', enum: [...roles] },
    createdAt: { type: 'string', format: 'date-time' },
  },
};

export const roleAssignmentListSchema = {
  type: 'object',
  required: ['totalCount', 'data'],
  properties: { totalCount: { type: 'integer' }, data: { type: 'array', items: roleAssignmentSchema } },
};
