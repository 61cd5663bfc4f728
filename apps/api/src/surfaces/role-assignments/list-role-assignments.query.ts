import { ApiProperty } from '@nestjs/swagger';
import { IsIn, IsOptional } from 'class-validator';
import { type Role, roles } from '@app/access';
import { IdText } from '../../http/validation/query-fields.js';
import { PageQuery } from '../directory/page.query.js';

export class ListRoleAssignmentsQuery extends PageQuery {
  /** Only what this user, or this group, holds directly. */
  @ApiProperty({ required: false, format: 'uuid' })
  @IdText()
  principalId?: string;

  @ApiProperty({ required: false, enum: roles })
  @IsOptional()
  @IsIn(roles, { message: `role must be one of ${roles.join(', ')}.` })
  role?: Role;
}
