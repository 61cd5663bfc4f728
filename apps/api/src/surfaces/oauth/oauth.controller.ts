import { Controller, Get, HttpCode, Inject, Post, Req } from '@nestjs/common';
import { ApiBody, ApiConsumes, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
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
import { clientProofIn } from './token-request.js';

const form = {
  type: 'object',
  required: ['grant_type'],
  properties: {
    grant_type: { type: 'string', enum: ['client_credentials'] },
    client_id: { type: 'string' },
    client_secret: { type: 'string', format: 'password' },
    client_assertion_type: { type: 'string', example: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer' },
    client_assertion: { type: 'string', description: 'EdDSA, by the key that is the client’s secret.' },
    scope: { type: 'string', example: 'sp:scopes:all' },
  },
};

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
  @ApiConsumes('application/x-www-form-urlencoded', 'multipart/form-data')
  @ApiBody({ schema: form, required: false })
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
    description: 'With the secret, or with an assertion signed by it, whose nonce is good once.',
  })
  @ApiConsumes('application/x-www-form-urlencoded')
  @ApiBody({ schema: form })
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
