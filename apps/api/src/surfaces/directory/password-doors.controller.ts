import { Body, Controller, HttpCode, Post, Req } from '@nestjs/common';
import {
  ApiBody,
  ApiConflictResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
  ApiUnauthorizedResponse,
} from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { Public } from '@app/access';
import { changedByAnother, PasswordChangeService, wrongNameOrPassword } from '@app/auth';
import { PasswordPolicy } from '@app/directory';
import { LimitedDoor } from '../../http/limits/door-limit.js';
import { validated } from '../../http/validation/validated.js';
import { OrganizationByHost } from './organization-by-host.js';
import {
  changed,
  ChangePasswordBody,
  messageSchema,
  NewUserPasswordBody,
  presentVerdict,
  verdictSchema,
} from './passwords.bodies.js';
import { exampleOfRefusal } from './refusal-example.js';
import { originOf } from './sign-in-origin.js';

/** Passwords before anybody is signed in. */
@ApiTags('directory')
@Controller('api/v1/auth')
export class PasswordDoorsController {
  constructor(
    private readonly changes: PasswordChangeService,
    private readonly policy: PasswordPolicy,
    private readonly hosts: OrganizationByHost,
  ) {}

  @Post('change-password')
  @HttpCode(200)
  @Public()
  @LimitedDoor('login')
  @ApiOperation({
    summary: 'Change a password by the present one',
    description: 'The way out of a password that must change. Failures count as failed logins.',
  })
  @ApiBody({ type: ChangePasswordBody })
  @ApiOkResponse({ schema: messageSchema })
  @ApiUnauthorizedResponse({
    description: 'As at the login.',
    example: exampleOfRefusal(wrongNameOrPassword()),
  })
  @ApiConflictResponse({
    description: 'The password was changed by somebody else in the meantime.',
    example: exampleOfRefusal(changedByAnother()),
  })
  async change(@Body(validated(ChangePasswordBody)) body: ChangePasswordBody, @Req() request: FastifyRequest) {
    const { username, currentPassword: password, newPassword } = body;
    const organization = this.hosts.slugIn(request.hostname) ?? body.organization;
    await this.changes.changeByPassword({ username, password, organization }, newPassword, originOf(request));
    return changed;
  }

  @Post('password/validate')
  @HttpCode(200)
  @Public()
  @ApiOperation({ summary: 'Whether a new user could have this password' })
  @ApiBody({ type: NewUserPasswordBody })
  @ApiOkResponse({ schema: verdictSchema })
  async validate(@Body(validated(NewUserPasswordBody)) body: NewUserPasswordBody) {
    const { password, username: userName, displayName, email } = body;
    return presentVerdict(await this.policy.refusal(password, { userName, displayName, email }));
  }
}
