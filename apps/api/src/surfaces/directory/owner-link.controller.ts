import { Body, Controller, Param, Put } from '@nestjs/common';
import { ApiBody, ApiOkResponse, ApiOperation, ApiProperty, ApiTags } from '@nestjs/swagger';
import { IsString, MaxLength, ValidateIf } from 'class-validator';
import { CurrentPrincipal, type Principal, Requires } from '@app/access';
import { OwnerLinks } from '@app/owners';
import { IdParam } from '../../http/validation/id-param.js';
import { validated } from '../../http/validation/validated.js';

class OwnerLinkBody {
  /** The governed person the user is; null: nobody. */
  @ApiProperty({ type: 'string', nullable: true })
  @ValidateIf(({ ownerId }: OwnerLinkBody) => ownerId !== null)
  @IsString()
  @MaxLength(100)
  ownerId!: string | null;
}

@ApiTags('directory')
@Controller('api/v1/directory/users')
export class OwnerLinkController {
  constructor(private readonly links: OwnerLinks) {}

  @Put(':userId/owner')
  @Requires('users:link')
  @ApiOperation({
    summary: 'Say which governed person a user is',
    description: 'One to one. A user with the e-mail address of one owner alone is linked when he is made.',
  })
  @ApiBody({ type: OwnerLinkBody })
  @ApiOkResponse({
    schema: {
      type: 'object',
      required: ['ownerId'],
      properties: { ownerId: { type: 'string', format: 'uuid', nullable: true } },
    },
  })
  async link(
    @CurrentPrincipal() caller: Principal,
    @Param('userId', new IdParam('user')) userId: string,
    @Body(validated(OwnerLinkBody)) { ownerId }: OwnerLinkBody,
  ) {
    const wanted = ownerId?.toLowerCase() ?? null;
    await this.links.link(caller, userId, wanted);
    return { ownerId: wanted };
  }
}
