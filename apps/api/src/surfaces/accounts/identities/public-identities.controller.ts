import { Controller, Get, Query, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { CurrentPrincipal, type Principal, Requires } from '@app/access';
import { OwnerCatalogue } from '@app/owners';
import { and } from '@app/query';
import { validated } from '../../../http/validation/validated.js';
import { underEveryVersion } from '../account-paths.js';
import { listOf, searchOf, sendSlice } from '../collection.js';
import { coreFilters, ListPublicIdentitiesQuery } from './identities.queries.js';
import { publicIdentityCollection } from './identity.fields.js';
import { presentPublicIdentity, publicIdentitySchema, writePublicIdentity } from './present-public-identity.js';

/** Everybody, as everybody may know him. */
@ApiTags('accounts')
@Controller(underEveryVersion('public-identities'))
export class PublicIdentitiesController {
  constructor(private readonly owners: OwnerCatalogue) {}

  @Get()
  @Requires('people:read')
  @ApiOperation({ summary: 'Look people up', description: 'Filters and sorters in the standard collection syntax.' })
  @ApiOkResponse(listOf(publicIdentitySchema))
  async list(
    @CurrentPrincipal() caller: Principal,
    @Query(validated(ListPublicIdentitiesQuery)) query: ListPublicIdentitiesQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const search = searchOf(query, publicIdentityCollection);
    const where = query['add-core-filters'] ? and(coreFilters, search.where) : search.where;
    const page = await this.owners.search(caller, { ...search, where });
    return sendSlice(reply, page, presentPublicIdentity, writePublicIdentity);
  }
}
