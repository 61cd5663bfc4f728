import { Controller, Get, HttpCode, Inject, Param, Query, Req, Res } from '@nestjs/common';
import {
  ApiBadRequestResponse,
  ApiConflictResponse,
  ApiFoundResponse,
  ApiNotFoundResponse,
  ApiOkResponse,
  ApiOperation,
  ApiProperty,
  ApiQuery,
  ApiServiceUnavailableResponse,
  ApiTags,
  ApiUnauthorizedResponse,
} from '@nestjs/swagger';
import { IsString, MaxLength } from 'class-validator';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Public } from '@app/access';
import { notKnownElsewhere, SignInElsewhere } from '@app/auth';
import { DomainError } from '@app/kernel';
import { type ApiConfiguration, configurationToken } from '../../api-configuration.js';
import { LimitedDoor } from '../../http/limits/door-limit.js';
import { Omittable } from '../../http/validation/omittable.js';
import { validated } from '../../http/validation/validated.js';
import { AttemptCookie } from './attempt-cookie.js';
import { OrganizationByHost } from './organization-by-host.js';
import { presentSignedIn, signedInSchema } from './present-session.js';
import { exampleOfRefusal } from './refusal-example.js';
import { originOf } from './sign-in-origin.js';

class BeginQuery {
  /** Slug of the organization; absent: the one of the host name, else the server's first. */
  @ApiProperty({ required: false })
  @Omittable()
  @IsString()
  @MaxLength(64)
  organization?: string;
}

const unknown = { description: 'No such provider is set up for this organization.' };
const down = { description: 'The provider does not answer, or does not know this server as its client.' };
const cookieHeader = {
  'Set-Cookie': { description: 'Binds the sign-in to this browser.', schema: { type: 'string' } },
};

/** Signing in at an OpenID Connect provider, by a browser: there and back again. */
@ApiTags('directory')
@Controller('api/v1/auth/oidc/:provider')
export class SignInElsewhereController {
  private readonly cookie: AttemptCookie;

  constructor(
    private readonly signIns: SignInElsewhere,
    private readonly hosts: OrganizationByHost,
    @Inject(configurationToken) private readonly configuration: ApiConfiguration,
  ) {
    this.cookie = new AttemptCookie(configuration.publicUrl);
  }

  @Get('login')
  @HttpCode(302)
  @Public()
  @ApiOperation({ summary: 'Begin to sign in at another provider', description: 'Leads the browser there.' })
  @ApiFoundResponse({
    description: 'On to the provider, from an organization’s own host by way of the public one.',
    headers: { Location: { description: 'The provider’s page.', schema: { type: 'string' } }, ...cookieHeader },
  })
  @ApiNotFoundResponse(unknown)
  @ApiServiceUnavailableResponse(down)
  async begin(
    @Param('provider') provider: string,
    @Query(validated(BeginQuery, { onlyKnown: true })) query: BeginQuery,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<void> {
    const slug = this.hosts.slugIn(request.hostname);
    if (slug !== undefined) {
      // The provider leads back to the public host, so that is where the cookie must be.
      this.signIns.requireProvider(provider);
      reply.header(
        'location',
        `${this.configuration.publicUrl}/api/v1/auth/oidc/${provider}/login?organization=${slug}`,
      );
      return;
    }
    const { url, ticket } = await this.signIns.begin(provider, query.organization);
    this.cookie.give(reply, provider, ticket);
    reply.header('location', url);
  }

  @Get('callback')
  @Public()
  @LimitedDoor('provider')
  @ApiOperation({
    summary: 'Come back from the provider',
    description: 'With what the provider gave the browser, unchanged. Good once, in the browser that began.',
  })
  @ApiQuery({ name: 'code', required: false })
  @ApiQuery({ name: 'state', required: false })
  @ApiQuery({ name: 'iss', required: false })
  @ApiQuery({ name: 'error', required: false })
  @ApiOkResponse({ schema: signedInSchema, headers: cookieHeader })
  @ApiBadRequestResponse({ description: 'Not begun in this browser, or too long ago.', headers: cookieHeader })
  @ApiUnauthorizedResponse({
    description: 'Not confirmed by the provider, or nobody who may sign in here.',
    example: exampleOfRefusal(notKnownElsewhere()),
    headers: cookieHeader,
  })
  @ApiConflictResponse({ description: 'Somebody writes the same at this moment: begin again.', headers: cookieHeader })
  @ApiNotFoundResponse(unknown)
  @ApiServiceUnavailableResponse({ ...down, headers: cookieHeader })
  async complete(
    @Param('provider') provider: string,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    if (request.method === 'HEAD') {
      reply.header('allow', 'GET');
      throw new DomainError('method_not_allowed', 'A sign-in is completed by GET.');
    }
    this.signIns.requireProvider(provider);
    const ticket = this.cookie.ticketIn(request);
    if (ticket !== undefined) this.cookie.take(reply, provider);
    const query = new URL(request.url, 'http://this').search;
    return presentSignedIn(await this.signIns.complete(provider, query, ticket, originOf(request)));
  }
}
