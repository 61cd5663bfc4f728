import { Controller, Get, Param, Query, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { CurrentPrincipal, type Principal, Requires } from '@app/access';
import { ConnectorCatalogue } from '@app/connectors';
import { sendJson } from '../../../http/json-reply.js';
import { IdParam } from '../../../http/validation/id-param.js';
import { validated } from '../../../http/validation/validated.js';
import { underEveryVersion } from '../account-paths.js';
import { listOf, searchOf, sendSlice } from '../collection.js';
import { answeredForBy, ListSourcesQuery } from './list-sources.query.js';
import { presentSource, sourceSchema, writeSource } from './present-source.js';
import { sourceCollection } from './source.fields.js';

/** Our connectors, whatever their application. */
@ApiTags('accounts')
@Controller(underEveryVersion('sources'))
export class SourcesController {
  constructor(private readonly connectors: ConnectorCatalogue) {}

  @Get()
  @Requires('connectors:read')
  @ApiOperation({ summary: 'List sources', description: 'Filters and sorters in the standard collection syntax.' })
  @ApiOkResponse(listOf(sourceSchema))
  async list(
    @CurrentPrincipal() caller: Principal,
    @Query(validated(ListSourcesQuery)) query: ListSourcesQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const whose = answeredForBy(caller, query);
    const search = { ...searchOf(query, sourceCollection), answeredForBy: whose };
    return sendSlice(reply, await this.connectors.search(caller, search), presentSource, writeSource);
  }

  @Get(':id')
  @Requires('connectors:read')
  @ApiOperation({ summary: 'Get a source' })
  @ApiOkResponse({ schema: sourceSchema })
  async get(
    @CurrentPrincipal() caller: Principal,
    @Param('id', new IdParam('connector')) id: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return sendJson(reply, writeSource, presentSource(await this.connectors.get(caller, id)));
  }
}
