import { Body, Controller, Get, HttpCode, Param, Post, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { CurrentPrincipal, type Principal, Requires } from '@app/access';
import { AccountService } from '@app/accounts';
import { OwnerService } from '@app/owners';
import { jsonSerializer, sendJson } from '../../http/json-reply.js';
import { IdParam } from '../../http/validation/id-param.js';
import { validated } from '../../http/validation/validated.js';
import { AccountsOfOwnersBody } from './accounts-of-owners.body.js';
import { accountsOfOwnersSchema, ownedAccountsSchema } from './owners.schemas.js';
import { presentOwnedAccount } from './present-owner.js';

const writeAccounts = jsonSerializer<object>(ownedAccountsSchema);
const writeAccountsOfOwners = jsonSerializer<object>(accountsOfOwnersSchema);
const id = new IdParam('owner');

/** Accounts of one owner, or of many at once. */
@ApiTags('identity-owners')
@Controller('api/v1/owners')
export class OwnedAccountsController {
  constructor(
    private readonly owners: OwnerService,
    private readonly accounts: AccountService,
  ) {}

  @Get(':id/accounts')
  @Requires('owners:read')
  @ApiOperation({ summary: 'Accounts an owner owns' })
  @ApiOkResponse({ schema: ownedAccountsSchema as never })
  async accountsOf(
    @CurrentPrincipal() caller: Principal,
    @Param('id', id) ownerId: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const rows = await this.accounts.ofOwner(caller, ownerId);
    // Who owns an account exists.
    if (rows.length === 0) await this.owners.get(caller, ownerId);
    return sendJson(reply, writeAccounts, { accounts: rows.map(presentOwnedAccount), count: rows.length });
  }

  @Post('accounts')
  @HttpCode(200)
  @Requires('owners:list')
  @ApiOperation({
    summary: 'Accounts of up to 100 owners',
    description: 'A list for each id that was asked for; an id that nobody has gets an empty one.',
  })
  @ApiOkResponse({ schema: accountsOfOwnersSchema as never })
  async accountsOfOwners(
    @CurrentPrincipal() caller: Principal,
    @Body(validated(AccountsOfOwnersBody)) { owner_ids: ownerIds }: AccountsOfOwnersBody,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const owned = await this.accounts.ofOwners(caller, ownerIds);
    // Any text may be asked for, also one that every object knows.
    const byId: Record<string, object[]> = Object.create(null);
    for (const [ownerId, rows] of owned) byId[ownerId] = rows.map(presentOwnedAccount);
    return sendJson(reply, writeAccountsOfOwners, byId);
  }
}
