import { Body, Controller, HttpCode, Post, Req } from '@nestjs/common';
import {
  ApiBody,
  ApiForbiddenResponse,
  ApiOkResponse,
  ApiOperation,
  ApiProperty,
  ApiTags,
  ApiUnauthorizedResponse,
} from '@nestjs/swagger';
import { IsString, MaxLength } from 'class-validator';
import type { FastifyRequest } from 'fastify';
import { Public } from '@app/access';
import { LoginService, PasswordChangeRequiredError, wrongNameOrPassword } from '@app/auth';
import { OrganizationByHost } from './organization-by-host.js';
import { longestSent } from './passwords.bodies.js';
import { presentSignedIn, signedInSchema } from './present-session.js';
import { exampleOfRefusal } from './refusal-example.js';
import { originOf } from './sign-in-origin.js';
import { LimitedDoor } from '../../http/limits/door-limit.js';
import { Omittable } from '../../http/validation/omittable.js';
import { validated } from '../../http/validation/validated.js';

export class LoginBody {
  @ApiProperty({ example: 'admin' })
  @IsString()
  @MaxLength(320)
  username!: string;

  @ApiProperty({ format: 'password' })
  @IsString()
  @MaxLength(longestSent)
  password!: string;

  /** Slug of the organization; absent: the one of the host name, else the server's first. */
  @ApiProperty({ required: false })
  @Omittable()
  @IsString()
  @MaxLength(64)
  organization?: string;
}

@ApiTags('directory')
@Controller('api/v1/auth')
export class LoginController {
  constructor(
    private readonly logins: LoginService,
    private readonly hosts: OrganizationByHost,
  ) {}

  @Post('login')
  @HttpCode(200)
  @Public()
  @LimitedDoor('login')
  @ApiOperation({ summary: 'Sign in with a password' })
  @ApiBody({ type: LoginBody })
  @ApiOkResponse({ schema: signedInSchema })
  @ApiUnauthorizedResponse({
    description: 'One answer for an unknown name, a wrong password, and whoever may not.',
    example: exampleOfRefusal(wrongNameOrPassword()),
  })
  @ApiForbiddenResponse({
    description: 'passwordChangeRequired: the password is right, and good for changing it only.',
    example: exampleOfRefusal(new PasswordChangeRequiredError()),
  })
  async login(@Body(validated(LoginBody)) body: LoginBody, @Req() request: FastifyRequest) {
    const organization = this.hosts.slugIn(request.hostname) ?? body.organization;
    const { username, password } = body;
    return presentSignedIn(await this.logins.login({ username, password, organization }, originOf(request)));
  }
}
