import { Controller, Get, Param, Query, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { CurrentPrincipal, type Principal, Requires } from '@app/access';
import { OwnerCatalogue } from '@app/owners';
import { and } from '@app/query';
import { sendJson } from '../../../http/json-reply.js';
import { IdParam } from '../../../http/validation/id-param.js';
import { validated } from '../../../http/validation/validated.js';
import { underEveryVersion } from '../account-paths.js';
import { listOf, searchOf, sendSlice } from '../collection.js';
import { correlated, ListIdentitiesQuery } from './identities.queries.js';
import { identityCollection } from './identity.fields.js';
import { identitySchema, presentIdentity, writeIdentity } from './present-identity.js';

/** Our owners. */
@ApiTags('accounts')
@Controller(underEveryVersion('identities'))
export class IdentitiesController {
  constructor(private readonly owners: OwnerCatalogue) {}

  @Get()
  @Requires('owners:list')
  @ApiOperation({ summary: 'List identities', description: 'Filters and sorters in the standard collection syntax.' })
  @ApiOkResponse(listOf(identitySchema))
  async list(
    @CurrentPrincipal() caller: Principal,
    @Query(validated(ListIdentitiesQuery)) query: ListIdentitiesQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const search = searchOf(query, identityCollection);
    const where = query.defaultFilter === 'NONE' ? search.where : and(correlated, search.where);
    return sendSlice(reply, await this.owners.search(caller, { ...search, where }), presentIdentity, writeIdentity);
  }

  @Get(':id')
  @Requires('owners:read')
  @ApiOperation({ summary: 'Get an identity' })
  @ApiOkResponse({ schema: identitySchema })
  async get(
    @CurrentPrincipal() caller: Principal,
    @Param('id', new IdParam('owner')) id: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return sendJson(reply, writeIdentity, presentIdentity(await this.owners.get(caller, id)));
  }
}
