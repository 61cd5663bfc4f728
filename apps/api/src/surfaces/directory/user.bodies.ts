import { ApiProperty } from '@nestjs/swagger';
import { IsBoolean, IsString, MaxLength } from 'class-validator';
import type { UserDraft } from '@app/directory';
import { Omittable } from '../../http/validation/omittable.js';
import { OnlyRead } from './only-read.js';

const longestText = 2_000;
const optional = { required: false, nullable: true };

/**
 * A user as a client writes it. What only the server says is accepted and looked past, so that a record which was read
 * can be sent back.
 */
export class UserBody {
  @ApiProperty()
  @IsString()
  @MaxLength(longestText)
  userName!: string;

  /** Absent: the user name. */
  @ApiProperty(optional)
  @Omittable()
  @IsString()
  @MaxLength(longestText)
  displayName?: string;

  @ApiProperty({ ...optional, format: 'email' })
  @Omittable()
  @IsString()
  @MaxLength(longestText)
  email?: string;

  @ApiProperty({ required: false })
  @Omittable()
  @IsBoolean()
  active?: boolean;

  /** Who the user is at the directory he was imported from. */
  @ApiProperty(optional)
  @Omittable()
  @IsString()
  @MaxLength(longestText)
  externalId?: string;

  @ApiProperty(optional)
  @Omittable()
  @IsString()
  @MaxLength(longestText)
  unixHomeDirectory?: string;

  @ApiProperty(optional)
  @Omittable()
  @IsString()
  @MaxLength(longestText)
  unixUserName?: string;

  @ApiProperty(optional)
  @Omittable()
  @IsString()
  @MaxLength(longestText)
  userPrincipalName?: string;

  @OnlyRead('string', 'uuid')
  _id?: unknown;

  @OnlyRead('string', 'date-time')
  _created?: unknown;

  @OnlyRead('string', 'date-time')
  _modified?: unknown;

  @OnlyRead('boolean')
  system?: unknown;

  @OnlyRead('string')
  inactiveReason?: unknown;

  @OnlyRead('boolean')
  invitationPending?: unknown;

  @OnlyRead('string', 'date-time')
  invitationExpiry?: unknown;

  @OnlyRead('string', 'date-time')
  deleted?: unknown;

  @OnlyRead('boolean')
  temporarilyLocked?: unknown;
}

export class NewUserBody extends UserBody {
  /** Required, but of a user with an `externalId`, who signs in elsewhere. */
  @ApiProperty({ required: false, format: 'password' })
  @Omittable()
  @IsString()
  @MaxLength(4_096)
  password?: string;

  /** The password is good for one thing: choosing another. */
  @ApiProperty({ required: false, default: false })
  @Omittable()
  @IsBoolean()
  mustChange?: boolean;
}

export function draftOf(body: UserBody): UserDraft {
  const { userName, displayName, email, active, externalId, unixHomeDirectory, unixUserName, userPrincipalName } = body;
  const unix = { unixHomeDirectory, unixUserName, userPrincipalName };
  return { userName, displayName, email, active, externalId, ...unix };
}
