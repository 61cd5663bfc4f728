import { Body, Controller, Delete, HttpCode, Param, Post, Req } from '@nestjs/common';
import { ApiBody, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { CurrentPrincipal, type Principal, Requires, userOf } from '@app/access';
import { PasswordChangeService } from '@app/auth';
import { IdParam } from '../../http/validation/id-param.js';
import { validated } from '../../http/validation/validated.js';
import {
  changed,
  messageSchema,
  OwnPasswordBody,
  PasswordBody,
  presentVerdict,
  SetPasswordBody,
  verdictSchema,
} from './passwords.bodies.js';
import { originOf } from './sign-in-origin.js';

/** Passwords and locks of users: the own one, and those of others by whoever may help. */
@ApiTags('directory')
@Controller('api/v1/directory/users')
export class UserPasswordsController {
  constructor(private readonly changes: PasswordChangeService) {}

  @Post('me/password')
  @HttpCode(200)
  @Requires('self:credentials')
  @ApiOperation({
    summary: 'Change the own password',
    description: 'Every session ends, this one too. A wrong present password counts as a failed login.',
  })
  @ApiBody({ type: OwnPasswordBody })
  @ApiOkResponse({ schema: messageSchema })
  async changeOwn(
    @CurrentPrincipal() caller: Principal,
    @Body(validated(OwnPasswordBody)) { currentPassword, newPassword }: OwnPasswordBody,
    @Req() request: FastifyRequest,
  ) {
    await this.changes.changeOwn(caller, currentPassword, newPassword, originOf(request));
    return changed;
  }

  @Post('me/password/validate')
  @HttpCode(200)
  @Requires('self:read')
  @ApiOperation({ summary: 'Whether the own password could be this one' })
  @ApiBody({ type: PasswordBody })
  @ApiOkResponse({ schema: verdictSchema })
  async validateOwn(@CurrentPrincipal() caller: Principal, @Body(validated(PasswordBody)) { password }: PasswordBody) {
    return presentVerdict(await this.changes.refusalFor(caller, userOf(caller), password));
  }

  @Post(':userId/password')
  @HttpCode(200)
  @Requires('users:help')
  @ApiOperation({
    summary: 'Give a user another password',
    description: 'Never to somebody with rights the caller lacks. The user’s sessions and any temporary lock end.',
  })
  @ApiBody({ type: SetPasswordBody })
  @ApiOkResponse({ schema: messageSchema })
  async reset(
    @CurrentPrincipal() caller: Principal,
    @Param('userId', new IdParam('user')) userId: string,
    @Body(validated(SetPasswordBody)) { password, mustChange }: SetPasswordBody,
  ) {
    await this.changes.reset(caller, userId, password, mustChange ?? false);
    return changed;
  }

  @Post(':userId/password/validate')
  @HttpCode(200)
  @Requires('users:help')
  @ApiOperation({
    summary: 'Whether the user’s password could be this one',
    description: 'Never of somebody with rights the caller lacks.',
  })
  @ApiBody({ type: PasswordBody })
  @ApiOkResponse({ schema: verdictSchema })
  async validate(
    @CurrentPrincipal() caller: Principal,
    @Param('userId', new IdParam('user')) userId: string,
    @Body(validated(PasswordBody)) { password }: PasswordBody,
  ) {
    return presentVerdict(await this.changes.refusalForOther(caller, userId, password));
  }

  @Delete(':userId/logon-failures')
  @HttpCode(204)
  @Requires('users:help')
  @ApiOperation({
    summary: 'Forget a user’s failed logins',
    description: 'Ends a temporary lock. A user locked for good stays inactive.',
  })
  @ApiNoContentResponse()
  async clearFailures(
    @CurrentPrincipal() caller: Principal,
    @Param('userId', new IdParam('user')) userId: string,
  ): Promise<void> {
    await this.changes.clearFailures(caller, userId);
  }
}
