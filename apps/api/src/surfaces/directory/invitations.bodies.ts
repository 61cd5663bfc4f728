import { ApiProperty } from '@nestjs/swagger';
import { IsInt, IsString, Max, MaxLength, Min } from 'class-validator';
import { Omittable } from '../../http/validation/omittable.js';
import { Subject } from './subject.js';

const longestText = 1_000;
const minute = 60;
const month = 30 * 86_400;

export class InviteAgainBody {
  /** How long the token is good. Absent: a week. */
  @ApiProperty({ required: false, minimum: minute, maximum: month })
  @Omittable()
  @IsInt()
  @Min(minute)
  @Max(month)
  expiresInSeconds?: number;
}

export class InvitationBody extends InviteAgainBody {
  @ApiProperty({ format: 'email' })
  @IsString()
  @MaxLength(longestText)
  email!: string;

  @ApiProperty()
  @IsString()
  @MaxLength(longestText)
  userName!: string;

  @ApiProperty()
  @IsString()
  @MaxLength(longestText)
  displayName!: string;
}

export class AvailableBody {
  @ApiProperty({ format: 'password' })
  @IsString()
  @MaxLength(longestText)
  token!: string;

  @ApiProperty()
  @IsString()
  @MaxLength(longestText)
  userName!: string;
}

export class AcceptBody extends AvailableBody {
  @ApiProperty()
  @IsString()
  @MaxLength(longestText)
  displayName!: string;

  @ApiProperty({ required: false, format: 'password' })
  @Omittable()
  @IsString()
  @MaxLength(4_096)
  password?: string;

  /** Who the user is at another provider (`sub`), in place of a password. */
  @ApiProperty({ required: false, maxLength: 255 })
  @Omittable()
  @Subject()
  jwtSubject?: string;

  /** Which provider; absent: the only one there is. */
  @ApiProperty({ required: false })
  @Omittable()
  @IsString()
  @MaxLength(32)
  provider?: string;
}
