import { Controller, Get, HttpCode, Inject, Post, Req } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { Public } from '@app/access';
import { ClientTokens } from '@app/auth';
import { NotFoundError } from '@app/kernel';
import { OrganizationService } from '@app/organizations';
import { type ApiConfiguration, configurationToken } from '../../api-configuration.js';
import { LimitedDoor } from '../../http/limits/door-limit.js';
import { OrganizationByHost } from '../directory/organization-by-host.js';
import { originOf } from '../directory/sign-in-origin.js';
import {
  infoSchema,
  presentInfo,
  presentToken,
  presentVendorToken,
  tokenSchema,
  vendorTokenSchema,
} from './present-token.js';
import { TokenRequest } from './token-request.doc.js';
import { clientProofIn } from './token-request.js';

/** Where clients get their tokens: two doors with one lock (RFC 6749 §4.4). */
@ApiTags('oauth')
@Controller()
export class OAuthController {
  constructor(
    private readonly tokens: ClientTokens,
    private readonly organizations: OrganizationService,
    private readonly hosts: OrganizationByHost,
    @Inject(configurationToken) private readonly configuration: ApiConfiguration,
  ) {}

  @Post('oauth/token')
  @HttpCode(200)
  @Public()
  @LimitedDoor('token')
  @ApiOperation({
    summary: 'Get a token for an OAuth client, as clients of the accounts API do',
    description: 'Parameters as a form in either encoding or in the query; the client may also use HTTP Basic.',
  })
  @TokenRequest('in the query too')
  @ApiOkResponse({ schema: vendorTokenSchema })
  async token(@Req() request: FastifyRequest) {
    return presentVendorToken(await this.tokens.issue(await clientProofIn(request, 'read'), originOf(request)));
  }

  @Post('auth/v1/token')
  @HttpCode(200)
  @Public()
  @LimitedDoor('token')
  @ApiOperation({
    summary: 'Get a token for an OAuth client, as clients of the connector-owners API do',
    description:
      'With the secret, in a form in either encoding or by HTTP Basic, or with an assertion signed by it, whose nonce is good once.',
  })
  @TokenRequest('in the form')
  @ApiOkResponse({ schema: tokenSchema })
  async assertedToken(@Req() request: FastifyRequest) {
    return presentToken(await this.tokens.issue(await clientProofIn(request, 'ignored'), originOf(request)));
  }

  @Get('oauth/info')
  @Public()
  @ApiOperation({ summary: 'Which organization answers here, and where its token door is' })
  @ApiOkResponse({ schema: infoSchema })
  async info(@Req() request: FastifyRequest) {
    const id = await this.organizations.findId(this.hosts.slugIn(request.hostname));
    const organization = id === undefined ? undefined : await this.organizations.namesOf(id);
    if (!organization) throw new NotFoundError('organization');
    return presentInfo(organization, this.configuration.publicUrl);
  }
}
