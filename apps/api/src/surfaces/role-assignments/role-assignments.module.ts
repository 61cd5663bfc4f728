import { Module } from '@nestjs/common';
import { RoleAssignmentsController } from './role-assignments.controller.js';

@Module({ controllers: [RoleAssignmentsController] })
export class RoleAssignmentsModule {}
