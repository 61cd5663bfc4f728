import { Controller, Get, Param, Query, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { CurrentPrincipal, type Principal, Requires } from '@app/access';
import { EntitlementService } from '@app/accounts';
import { IdParam } from '../../../http/validation/id-param.js';
import { validated } from '../../../http/validation/validated.js';
import { underEveryVersion } from '../account-paths.js';
import { SliceQuery } from '../collection.query.js';
import { listOf, sendSlice } from '../collection.js';
import { entitlementSchema, presentEntitlement, writeEntitlement } from './present-entitlement.js';

@ApiTags('accounts')
@Controller(underEveryVersion('accounts'))
export class AccountEntitlementsController {
  constructor(private readonly entitlements: EntitlementService) {}

  @Get(':id/entitlements')
  @Requires('accounts:read')
  @ApiOperation({ summary: 'List what an account holds' })
  @ApiOkResponse(listOf(entitlementSchema))
  async list(
    @CurrentPrincipal() caller: Principal,
    @Param('id', new IdParam('account')) id: string,
    @Query(validated(SliceQuery)) { limit, offset, count }: SliceQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const page = await this.entitlements.ofAccount(caller, id, { limit, offset, withTotal: count });
    return sendSlice(reply, page, presentEntitlement, writeEntitlement);
  }
}
