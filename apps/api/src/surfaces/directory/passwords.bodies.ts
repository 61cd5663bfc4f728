import { ApiProperty } from '@nestjs/swagger';
import { IsBoolean, IsString, MaxLength } from 'class-validator';
import { Omittable } from '../../http/validation/omittable.js';

/** Longer than any policy allows, however it is composed, so that the policy's own words are heard first. */
export const longestSent = 4_096;

export class PasswordBody {
  @ApiProperty({ format: 'password' })
  @IsString()
  @MaxLength(longestSent)
  password!: string;
}

export class NewUserPasswordBody extends PasswordBody {
  @ApiProperty({ required: false })
  @Omittable()
  @IsString()
  @MaxLength(320)
  username?: string;

  @ApiProperty({ required: false })
  @Omittable()
  @IsString()
  @MaxLength(1_000)
  displayName?: string;

  @ApiProperty({ required: false })
  @Omittable()
  @IsString()
  @MaxLength(320)
  email?: string;

  @ApiProperty({ required: false })
  @Omittable()
  @IsString()
  @MaxLength(64)
  organization?: string;
}

export class SetPasswordBody extends PasswordBody {
  /** Whether the user must change it before signing in. Absent: no. */
  @ApiProperty({ required: false, default: false })
  @Omittable()
  @IsBoolean()
  mustChange?: boolean;
}

export class OwnPasswordBody {
  @ApiProperty({ format: 'password' })
  @IsString()
  @MaxLength(longestSent)
  currentPassword!: string;

  @ApiProperty({ format: 'password' })
  @IsString()
  @MaxLength(longestSent)
  newPassword!: string;
}

export class ChangePasswordBody extends OwnPasswordBody {
  @ApiProperty({ example: 'admin' })
  @IsString()
  @MaxLength(320)
  username!: string;

  /** Slug of the organization; absent: the one of the host name, else the server's first. */
  @ApiProperty({ required: false })
  @Omittable()
  @IsString()
  @MaxLength(64)
  organization?: string;
}

export const verdictSchema = {
  type: 'object',
  required: [],
  properties: { error: { type: 'string', description: 'Why it would be refused; absent when it would do.' } },
};

export const messageSchema = {
  type: 'object',
  required: ['msg'],
  properties: { msg: { type: 'string' } },
};

export function presentVerdict(refusal: string | undefined) {
  return refusal === undefined ? {} : { error: refusal };
}

export const changed = { msg: 'The password has been changed.' };
