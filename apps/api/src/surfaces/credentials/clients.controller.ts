import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
import {
  ApiBody,
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { CurrentPrincipal, type Principal, Requires } from '@app/access';
import { ClientService, type ClientWithSecret } from '@app/auth';
import { parseInstant } from '@app/query';
import { locationHeader } from '../../http/location-header.js';
import { canonicalNetwork } from '../../http/validation/body-fields.js';
import { IdParam } from '../../http/validation/id-param.js';
import { validated } from '../../http/validation/validated.js';
import { PageQuery, pageOf } from '../directory/page.query.js';
import { CreateClientBody } from './credentials.bodies.js';
import { clientSchema, listSchema, newClientSchema, presentClient } from './present-credentials.js';

const path = 'api/v1/oauth-clients';

@ApiTags('credentials')
@Controller(path)
export class ClientsController {
  constructor(private readonly clients: ClientService) {}

  @Post()
  @HttpCode(201)
  @Requires('clients:write')
  @ApiOperation({
    summary: 'Make an OAuth client',
    description: 'It acts for a user with the rights of its roles that the user has as well. The secret is shown once.',
  })
  @ApiBody({ type: CreateClientBody })
  @ApiCreatedResponse({ schema: newClientSchema, headers: locationHeader })
  async create(
    @CurrentPrincipal() caller: Principal,
    @Body(validated(CreateClientBody)) body: CreateClientBody,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const { name, roles, userId, expiresAt, sourceNetworks = [] } = body;
    const made = await this.clients.create(caller, {
      name,
      roles,
      userId: userId?.toLowerCase(),
      expiresAt: expiresAt === undefined ? undefined : parseInstant(expiresAt),
      sourceNetworks: sourceNetworks.flatMap((network) => canonicalNetwork(network) ?? []),
    });
    reply.header('location', `/${path}/${made.client.id}`);
    return presentWithSecret(made);
  }

  @Get()
  @Requires('clients:read')
  @ApiOperation({ summary: 'OAuth clients, newest first' })
  @ApiOkResponse({ schema: listSchema(clientSchema) })
  async list(
    @CurrentPrincipal() caller: Principal,
    @Query(validated(PageQuery, { onlyKnown: true })) query: PageQuery,
  ) {
    const { items, total } = await this.clients.list(caller, pageOf(query));
    return { totalCount: total, data: items.map(presentClient) };
  }

  @Get(':id')
  @Requires('clients:read')
  @ApiOperation({ summary: 'One OAuth client' })
  @ApiOkResponse({ schema: clientSchema })
  async get(@CurrentPrincipal() caller: Principal, @Param('id', new IdParam('client')) id: string) {
    return presentClient(await this.clients.get(caller, id));
  }

  @Post(':id/rotate')
  @HttpCode(200)
  @Requires('clients:write')
  @ApiOperation({
    summary: 'Give an OAuth client another secret',
    description: 'The old one, and every token it got, is worth nothing from then on.',
  })
  @ApiOkResponse({ schema: newClientSchema })
  async rotate(@CurrentPrincipal() caller: Principal, @Param('id', new IdParam('client')) id: string) {
    return presentWithSecret(await this.clients.rotate(caller, id));
  }

  @Delete(':id')
  @HttpCode(204)
  @Requires('clients:write')
  @ApiOperation({ summary: 'Delete an OAuth client; its tokens end with it' })
  @ApiNoContentResponse()
  async delete(@CurrentPrincipal() caller: Principal, @Param('id', new IdParam('client')) id: string): Promise<void> {
    await this.clients.delete(caller, id);
  }
}

function presentWithSecret({ client, secret }: ClientWithSecret) {
  return { ...presentClient(client), clientSecret: secret };
}
