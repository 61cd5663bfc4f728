import { ApiProperty } from '@nestjs/swagger';
import { IsIn, IsString, MaxLength } from 'class-validator';
import { type Role, roles } from '@app/access';

export class GrantRoleBody {
  /** A user or a group. */
  @ApiProperty({ format: 'uuid' })
  @IsString()
  @MaxLength(100)
  principalId!: string;

  @ApiProperty({ enum: roles })
  @IsIn(roles, { message: `role must be one of ${roles.join(', ')}.` })
  role!: Role;
}
