import { Controller, Get, Param, Query, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { CurrentPrincipal, type Principal, Requires } from '@app/access';
import { AccountService } from '@app/accounts';
import { sendJson } from '../../http/json-reply.js';
import { IdParam } from '../../http/validation/id-param.js';
import { validated } from '../../http/validation/validated.js';
import { accountCollection } from './account.fields.js';
import { underEveryVersion } from './account-paths.js';
import { listOf, searchOf, sendSlice } from './collection.js';
import { ListAccountsQuery } from './list-accounts.query.js';
import {
  accountSchema,
  listedAccountSchema,
  presentAccount,
  presentSlimAccount,
  writeAccount,
  writeSlimAccount,
} from './present-account.js';

/** The same under every version's prefix. */
@ApiTags('accounts')
@Controller(underEveryVersion('accounts'))
export class AccountsController {
  constructor(private readonly accounts: AccountService) {}

  @Get()
  @Requires('accounts:read')
  @ApiOperation({ summary: 'List accounts', description: 'Filters and sorters in the standard collection syntax.' })
  @ApiOkResponse(listOf(listedAccountSchema))
  async list(
    @CurrentPrincipal() caller: Principal,
    @Query(validated(ListAccountsQuery)) query: ListAccountsQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const page = await this.accounts.search(caller, searchOf(query, accountCollection));
    return query.detailLevel === 'SLIM'
      ? sendSlice(reply, page, presentSlimAccount, writeSlimAccount)
      : sendSlice(reply, page, presentAccount, writeAccount);
  }

  @Get(':id')
  @Requires('accounts:read')
  @ApiOperation({ summary: 'Get an account' })
  @ApiOkResponse({ schema: accountSchema })
  async get(
    @CurrentPrincipal() caller: Principal,
    @Param('id', new IdParam('account')) id: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return sendJson(reply, writeAccount, presentAccount(await this.accounts.get(caller, id)));
  }
}
