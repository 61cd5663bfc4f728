import { Controller, Get, Param, Query, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { CurrentPrincipal, type Principal, Requires } from '@app/access';
import { EntitlementService } from '@app/accounts';
import { sendJson } from '../../../http/json-reply.js';
import { IdParam } from '../../../http/validation/id-param.js';
import { validated } from '../../../http/validation/validated.js';
import { underEveryVersion } from '../account-paths.js';
import { listOf, searchOf, sendSlice } from '../collection.js';
import { entitlementCollection } from './entitlement.fields.js';
import { ListEntitlementsQuery } from './list-entitlements.query.js';
import { entitlementSchema, presentEntitlement, writeEntitlement } from './present-entitlement.js';

@ApiTags('accounts')
@Controller(underEveryVersion('entitlements'))
export class EntitlementsController {
  constructor(private readonly entitlements: EntitlementService) {}

  @Get()
  @Requires('accounts:read')
  @ApiOperation({ summary: 'List entitlements', description: 'Filters and sorters in the standard collection syntax.' })
  @ApiOkResponse(listOf(entitlementSchema))
  async list(
    @CurrentPrincipal() caller: Principal,
    @Query(validated(ListEntitlementsQuery)) query: ListEntitlementsQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const heldBy = query['account-id'] || undefined;
    const page = await this.entitlements.search(caller, { ...searchOf(query, entitlementCollection), heldBy });
    return sendSlice(reply, page, presentEntitlement, writeEntitlement);
  }

  @Get(':id')
  @Requires('accounts:read')
  @ApiOperation({ summary: 'Get an entitlement' })
  @ApiOkResponse({ schema: entitlementSchema })
  async get(
    @CurrentPrincipal() caller: Principal,
    @Param('id', new IdParam('entitlement')) id: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return sendJson(reply, writeEntitlement, presentEntitlement(await this.entitlements.get(caller, id)));
  }
}
