import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query, Req } from '@nestjs/common';
import {
  ApiBody,
  ApiForbiddenResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiProperty,
  ApiTags,
  ApiUnauthorizedResponse,
} from '@nestjs/swagger';
import { IsString, MaxLength } from 'class-validator';
import type { FastifyRequest } from 'fastify';
import { CurrentPrincipal, type Principal, Public, Requires, userOf } from '@app/access';
import { PasswordChangeRequiredError, refusedRefresh, SessionRefresh, Sessions } from '@app/auth';
import { LimitedDoor } from '../../http/limits/door-limit.js';
import { IdParam } from '../../http/validation/id-param.js';
import { validated } from '../../http/validation/validated.js';
import { PageQuery, pageOf } from './page.query.js';
import { presentSession, presentSignedIn, sessionListSchema, signedInSchema } from './present-session.js';
import { exampleOfRefusal } from './refusal-example.js';
import { originOf } from './sign-in-origin.js';

export class RefreshBody {
  @ApiProperty({ format: 'password' })
  @IsString()
  @MaxLength(200)
  refreshToken!: string;
}

@ApiTags('directory')
@Controller('api/v1/auth')
export class SessionsController {
  constructor(
    private readonly sessions: Sessions,
    private readonly renewal: SessionRefresh,
  ) {}

  @Post('refresh')
  @HttpCode(200)
  @Public()
  @LimitedDoor('token')
  @ApiOperation({
    summary: 'Get the next access token',
    description: 'Each refresh token is good once; using it again ends the session.',
  })
  @ApiBody({ type: RefreshBody })
  @ApiOkResponse({ schema: signedInSchema })
  @ApiUnauthorizedResponse({
    description: 'The refresh token is not good, or no longer.',
    example: exampleOfRefusal(refusedRefresh()),
  })
  @ApiForbiddenResponse({
    description: 'passwordChangeRequired: the password has expired, or must be changed.',
    example: exampleOfRefusal(new PasswordChangeRequiredError()),
  })
  async refresh(@Body(validated(RefreshBody)) { refreshToken }: RefreshBody, @Req() request: FastifyRequest) {
    return presentSignedIn(await this.renewal.refresh(refreshToken, originOf(request)));
  }

  @Post('logout')
  @HttpCode(204)
  @Requires('self:logout')
  @ApiOperation({ summary: 'End the session of this token', description: 'Its tokens are worth nothing from then on.' })
  @ApiNoContentResponse()
  async logOut(@CurrentPrincipal() caller: Principal): Promise<void> {
    await this.sessions.logOut(caller);
  }

  @Get('sessions')
  @Requires('self:sessions')
  @ApiOperation({ summary: 'Own sessions, newest first' })
  @ApiOkResponse({ schema: sessionListSchema })
  async list(
    @CurrentPrincipal() caller: Principal,
    @Query(validated(PageQuery, { onlyKnown: true })) query: PageQuery,
  ) {
    const { items, total } = await this.sessions.list(caller, userOf(caller), pageOf(query));
    return { totalCount: total, data: items.map((row) => presentSession(row, caller.sessionId)) };
  }

  @Delete('sessions')
  @HttpCode(204)
  @Requires('self:sessions')
  @ApiOperation({ summary: 'End all own sessions, this one too' })
  @ApiNoContentResponse()
  async endAll(@CurrentPrincipal() caller: Principal): Promise<void> {
    await this.sessions.endAll(caller, userOf(caller));
  }

  @Delete('sessions/:id')
  @HttpCode(204)
  @Requires('self:sessions')
  @ApiOperation({ summary: 'End one own session' })
  @ApiNoContentResponse()
  async endOne(@CurrentPrincipal() caller: Principal, @Param('id', new IdParam('session')) id: string): Promise<void> {
    await this.sessions.endOne(caller, userOf(caller), id);
  }
}
