import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ApiBody, ApiOkResponse, ApiOperation, ApiProperty, ApiTags } from '@nestjs/swagger';
import { IsString, MaxLength, MinLength } from 'class-validator';
import { CurrentPrincipal, type Principal, Requires } from '@app/access';
import { Impersonation } from '@app/auth';
import { Omittable } from '../../http/validation/omittable.js';
import { validated } from '../../http/validation/validated.js';

export class ImpersonateBody {
  @ApiProperty({ format: 'uuid' })
  @IsString()
  @MaxLength(100)
  userId!: string;

  /** Why; it stands in the audit trail. */
  @ApiProperty({ required: false })
  @Omittable()
  @IsString()
  @MinLength(1)
  @MaxLength(500)
  reason?: string;
}

@ApiTags('directory')
@Controller('api/v1/auth')
export class ImpersonationController {
  constructor(private readonly impersonation: Impersonation) {}

  @Post('impersonate')
  @HttpCode(200)
  @Requires('users:impersonate')
  @ApiOperation({
    summary: 'Act as another user for a quarter of an hour',
    description:
      'Only with an Administrator’s own token. The token has the rights both have, changes no credentials and no roles, and ends when either side’s sign-in does.',
  })
  @ApiBody({ type: ImpersonateBody })
  @ApiOkResponse({
    schema: {
      type: 'object',
      required: ['token', 'expiresIn'],
      properties: { token: { type: 'string' }, expiresIn: { type: 'integer', description: 'Seconds.', example: 900 } },
    },
  })
  async begin(
    @CurrentPrincipal() caller: Principal,
    @Body(validated(ImpersonateBody)) { userId, reason }: ImpersonateBody,
  ) {
    const { token, expiresInSeconds } = await this.impersonation.begin(caller, userId.toLowerCase(), reason);
    return { token, expiresIn: expiresInSeconds };
  }
}
