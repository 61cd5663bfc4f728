import { Controller, Get } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentPrincipal, isClosedTo, type Principal, Requires } from '@app/access';
import { HeldRoles } from '@app/auth';
import { answers } from './answers.schemas.js';

/** What a client of the vendor asks first. */
@ApiTags('connector-owners')
@Controller('api/v1/auth/introspect')
export class IntrospectionController {
  constructor(private readonly roles: HeldRoles) {}

  @Get()
  @Requires('self:introspect')
  @ApiOperation({
    summary: 'Who the caller is and what he may',
    description:
      'With an impersonation token, or that of a client, `userId` is whose rights are used and `principleId` who uses them.',
  })
  @ApiOkResponse(answers.introspection)
  async introspect(@CurrentPrincipal() caller: Principal) {
    return {
      userId: caller.userId ?? '',
      // So the vendor spells it.
      principleId: caller.actor.id ?? '',
      tenantId: caller.organizationId,
      roles: (await this.roles.of(caller)).toSorted(),
      permissions: [...caller.permissions].filter((permission) => !isClosedTo(permission, caller.kind)).toSorted(),
      features: [],
    };
  }
}
