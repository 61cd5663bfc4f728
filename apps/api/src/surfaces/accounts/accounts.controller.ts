import { Controller, Get, Param, Query, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { CurrentPrincipal, type Principal, Requires } from '@app/access';
import { AccountService } from '@app/accounts';
import { everything, parseCollectionFilter, parseSorters } from '@app/query';
import { sendJson, sendJsonList } from '../../http/json-reply.js';
import { IdParam } from '../../http/validation/id-param.js';
import { validated } from '../../http/validation/validated.js';
import { accountFields, accountSorters } from './account.fields.js';
import { underEveryVersion } from './account-paths.js';
import { ListAccountsQuery } from './list-accounts.query.js';
import {
  accountSchema,
  listedAccountSchema,
  presentAccount,
  presentSlimAccount,
  writeAccount,
  writeSlimAccount,
} from './present-account.js';

/** One contract under every version's prefix. */
@ApiTags('accounts')
@Controller(underEveryVersion('accounts'))
export class AccountsController {
  constructor(private readonly accounts: AccountService) {}

  @Get()
  @Requires('accounts:read')
  @ApiOperation({ summary: 'List accounts', description: 'Filters and sorters in the standard collection syntax.' })
  @ApiOkResponse({
    schema: { type: 'array', items: listedAccountSchema },
    headers: {
      'X-Total-Count': {
        schema: { type: 'integer' },
        description: 'With count=true: the number without limit and offset.',
      },
    },
  })
  async list(
    @CurrentPrincipal() caller: Principal,
    @Query(validated(ListAccountsQuery)) query: ListAccountsQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const page = await this.accounts.search(caller, {
      where: query.filters === undefined ? everything : parseCollectionFilter(query.filters, accountFields),
      sort: parseSorters(query.sorters ?? '', accountSorters),
      limit: query.limit,
      offset: query.offset,
      withTotal: query.count,
    });

    if (page.total !== undefined) reply.header('X-Total-Count', String(page.total));
    if (query.detailLevel === 'SLIM') return sendJsonList(reply, writeSlimAccount, page.items.map(presentSlimAccount));
    return sendJsonList(reply, writeAccount, page.items.map(presentAccount));
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
