import { Body, Controller, Get, Put, Query } from '@nestjs/common';
import { ApiBody, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentPrincipal, type Principal, Requires } from '@app/access';
import { AccountChanges, type AccountDraft, AccountService } from '@app/administration';
import { TakesLargeJson } from '../../http/bodies/large-json.js';
import { validated } from '../../http/validation/validated.js';
import { attributesFor, partsFor } from './account.attributes.js';
import { accountChanges } from './account.bodies.js';
import { AccountQuery, ChangeAccountQuery } from './account.query.js';
import { accountBodySchema, accountSchema } from './account.schemas.js';
import { presentAccount } from './present-account.js';

/** The organization of the credential, as its account. */
@ApiTags('organization-account')
@Controller('api/v1/owners/account')
export class AccountController {
  constructor(
    private readonly accounts: AccountService,
    private readonly changes: AccountChanges,
  ) {}

  @Get()
  @Requires('organization:read')
  @ApiOperation({
    summary: 'The account that the credential belongs to',
    description: 'Administrators and groups only for those with `organization:people`, asked for or not.',
  })
  @ApiOkResponse({ schema: accountSchema as never })
  async get(@CurrentPrincipal() caller: Principal, @Query(validated(AccountQuery)) { attr }: AccountQuery) {
    const wanted = attributesFor(caller, attr);
    return presentAccount(await this.accounts.get(caller, partsFor(wanted)), wanted);
  }

  @Put()
  @TakesLargeJson()
  @Requires('organization:write')
  @ApiOperation({
    summary: 'Change the account: its name, its administrators, its groups',
    description:
      'All of it or nothing; what is left out stays. Lists replace those there are. Whoever has an unknown address gets a profile and an invitation.',
  })
  @ApiBody({ schema: accountBodySchema as never })
  @ApiOkResponse({ schema: accountSchema as never })
  async change(
    @CurrentPrincipal() caller: Principal,
    @Query(validated(ChangeAccountQuery)) { attr, notify }: ChangeAccountQuery,
    @Body(accountChanges) draft: AccountDraft,
  ) {
    const wanted = attributesFor(caller, attr);
    return presentAccount(await this.changes.change(caller, draft, { notify }, partsFor(wanted)), wanted);
  }
}
