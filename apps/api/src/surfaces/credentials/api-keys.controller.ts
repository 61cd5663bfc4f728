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
import { ApiKeyService } from '@app/auth';
import { parseInstant } from '@app/query';
import { locationHeader } from '../../http/location-header.js';
import { IdParam } from '../../http/validation/id-param.js';
import { validated } from '../../http/validation/validated.js';
import { PageQuery, pageOf } from '../directory/page.query.js';
import { CreateApiKeyBody } from './credentials.bodies.js';
import { apiKeySchema, listSchema, newApiKeySchema, presentApiKey } from './present-credentials.js';

const path = 'api/v1/api-keys';

@ApiTags('credentials')
@Controller(path)
export class ApiKeysController {
  constructor(private readonly keys: ApiKeyService) {}

  @Post()
  @HttpCode(201)
  @Requires('api-keys:write')
  @ApiOperation({ summary: 'Make an API key', description: 'It is sent as X-Api-Key, and shown this once.' })
  @ApiBody({ type: CreateApiKeyBody })
  @ApiCreatedResponse({ schema: newApiKeySchema, headers: locationHeader })
  async create(
    @CurrentPrincipal() caller: Principal,
    @Body(validated(CreateApiKeyBody)) body: CreateApiKeyBody,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const { name, level, permission, expiresAt } = body;
    const until = expiresAt === undefined ? undefined : parseInstant(expiresAt);
    const { row, key } = await this.keys.create(caller, { name, level, permission, expiresAt: until });
    reply.header('location', `/${path}/${row.id}`);
    return { ...presentApiKey(row), key };
  }

  @Get()
  @Requires('api-keys:read')
  @ApiOperation({ summary: 'API keys, newest first' })
  @ApiOkResponse({ schema: listSchema(apiKeySchema) })
  async list(
    @CurrentPrincipal() caller: Principal,
    @Query(validated(PageQuery, { onlyKnown: true })) query: PageQuery,
  ) {
    const { items, total } = await this.keys.list(caller, pageOf(query));
    return { totalCount: total, data: items.map(presentApiKey) };
  }

  @Get(':id')
  @Requires('api-keys:read')
  @ApiOperation({ summary: 'One API key, without the key itself' })
  @ApiOkResponse({ schema: apiKeySchema })
  async get(@CurrentPrincipal() caller: Principal, @Param('id', new IdParam('API key')) id: string) {
    return presentApiKey(await this.keys.get(caller, id));
  }

  @Delete(':id')
  @HttpCode(204)
  @Requires('api-keys:write')
  @ApiOperation({ summary: 'Revoke an API key' })
  @ApiNoContentResponse()
  async revoke(@CurrentPrincipal() caller: Principal, @Param('id', new IdParam('API key')) id: string): Promise<void> {
    await this.keys.revoke(caller, id);
  }
}
