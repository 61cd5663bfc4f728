import { ApiProperty } from '@nestjs/swagger';
import { IsIn, IsString, Matches, MaxLength } from 'class-validator';
import { type Role, roles } from '@app/access';
import { canonicalNetwork, FutureInstant, ListOf } from '../../http/validation/body-fields.js';
import { Omittable } from '../../http/validation/omittable.js';

const isRole = (entry: unknown) => roles.includes(entry as Role);

export class CreateClientBody {
  @ApiProperty({ example: 'Nightly report' })
  @IsString()
  @Matches(/\S/, { message: 'name must not be blank.' })
  @MaxLength(256)
  name!: string;

  /** What it may do, as far as its user may. None: nothing but say who it is. */
  @ApiProperty({ isArray: true, enum: roles, uniqueItems: true, example: ['AUDITOR'] })
  @ListOf({ atMost: roles.length, holds: isRole, each: `must be one of ${roles.join(', ')}.` })
  roles!: Role[];

  /** The user it acts for. Absent: whoever makes it. */
  @ApiProperty({ required: false, format: 'uuid' })
  @Omittable()
  @IsString()
  @MaxLength(100)
  userId?: string;

  @ApiProperty({ required: false, format: 'date-time' })
  @FutureInstant()
  expiresAt?: string;

  /** Addresses and networks it may call from. Absent or none: every one. */
  @ApiProperty({
    required: false,
    isArray: true,
    type: String,
    maxItems: 50,
    uniqueItems: true,
    example: ['10.0.0.0/8'],
  })
  @Omittable()
  @ListOf({
    atMost: 50,
    holds: (entry) => canonicalNetwork(entry) !== undefined,
    each: 'must be an address or a network such as 10.0.0.0/8, without bits beyond its length.',
  })
  sourceNetworks?: string[];
}

export class CreateApiKeyBody {
  @ApiProperty({ example: 'Status page' })
  @IsString()
  @Matches(/\S/, { message: 'name must not be blank.' })
  @MaxLength(256)
  name!: string;

  @ApiProperty({ enum: ['ACCOUNT', 'WORKSPACE'] })
  @IsIn(['ACCOUNT', 'WORKSPACE'], { message: 'level must be ACCOUNT or WORKSPACE.' })
  level!: 'ACCOUNT' | 'WORKSPACE';

  @ApiProperty({ enum: ['VIEW', 'MODIFY'] })
  @IsIn(['VIEW', 'MODIFY'], { message: 'permission must be VIEW or MODIFY.' })
  permission!: 'VIEW' | 'MODIFY';

  @ApiProperty({ required: false, format: 'date-time' })
  @FutureInstant()
  expiresAt?: string;
}
