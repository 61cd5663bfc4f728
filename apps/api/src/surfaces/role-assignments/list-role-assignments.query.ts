import { ApiProperty } from '@nestjs/swagger';
import { IsIn, IsOptional, ValidateBy } from 'class-validator';
import { type Role, roles } from '@app/access';
import { isId } from '@app/kernel';
import { PageQuery } from '../directory/page.query.js';

export class ListRoleAssignmentsQuery extends PageQuery {
  /** Only what this user, or this group, holds directly. */
  @ApiProperty({ required: false, format: 'uuid' })
  @IsOptional()
  @ValidateBy({
    name: 'id',
    validator: {
      validate: (value: unknown) => typeof value === 'string' && isId(value),
      defaultMessage: () => 'principalId must be an id.',
    },
  })
  principalId?: string;

  @ApiProperty({ required: false, enum: roles })
  @IsOptional()
  @IsIn(roles, { message: `role must be one of ${roles.join(', ')}.` })
  role?: Role;
}
