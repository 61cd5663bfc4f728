import { Module } from '@nestjs/common';
import { AuditTrail } from '@app/audit';
import { Administrators, RoleAssignmentService } from '@app/directory';
import { RoleAssignmentsController } from './role-assignments.controller.js';

@Module({
  controllers: [RoleAssignmentsController],
  providers: [Administrators, AuditTrail, RoleAssignmentService],
})
export class RoleAssignmentsModule {}
