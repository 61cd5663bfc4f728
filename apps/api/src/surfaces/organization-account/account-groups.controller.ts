import { Body, Controller, Delete, HttpCode, Param, Post, Put, Query } from '@nestjs/common';
import {
  ApiBody,
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import { CurrentPrincipal, type Principal, Requires } from '@app/access';
import { type AccountGroupChanges, AccountGroups, type NewAccountGroup } from '@app/administration';
import { InvalidError } from '@app/kernel';
import { TakesLargeJson } from '../../http/bodies/large-json.js';
import { IdParam } from '../../http/validation/id-param.js';
import { validated } from '../../http/validation/validated.js';
import { groupChanges, newGroups } from './account.bodies.js';
import { NotifyQuery } from './account.query.js';
import { groupBodySchema, groupSchema, groupsSchema, newGroupsBodySchema } from './account.schemas.js';
import { presentGroup } from './present-account.js';

const group = new IdParam('group');

/** Groups of the account, one by one. */
@ApiTags('organization-account')
@Controller('api/v1/owners/account/groups')
export class AccountGroupsController {
  constructor(private readonly groups: AccountGroups) {}

  @Post()
  @HttpCode(201)
  @TakesLargeJson()
  @Requires('organization:write')
  @ApiOperation({
    summary: 'Make groups',
    description: 'All of them or none. Answers with every group there is: the new ones first, in their order.',
  })
  @ApiBody({ schema: newGroupsBodySchema as never })
  @ApiCreatedResponse({ schema: groupsSchema as never })
  async create(
    @CurrentPrincipal() caller: Principal,
    @Query(validated(NotifyQuery)) { notify }: NotifyQuery,
    @Body(newGroups) groups: NewAccountGroup[],
  ) {
    return (await this.groups.create(caller, groups, { notify })).map(presentGroup);
  }

  @Put(':id')
  @Requires('organization:write')
  @ApiOperation({ summary: 'Change a group', description: 'What is left out stays; `users` replaces who is in it.' })
  @ApiBody({ schema: groupBodySchema as never })
  @ApiOkResponse({ schema: groupSchema as never })
  async change(
    @CurrentPrincipal() caller: Principal,
    @Param('id', group) groupId: string,
    @Query(validated(NotifyQuery)) { notify }: NotifyQuery,
    @Body(groupChanges) { id = groupId, ...changes }: AccountGroupChanges & { readonly id: string | undefined },
  ) {
    if (id.toLowerCase() !== groupId) throw InvalidError.field('_id', '_id cannot be changed.');
    return presentGroup(await this.groups.change(caller, groupId, changes, { notify }));
  }

  @Delete(':id')
  @HttpCode(204)
  @Requires('organization:write')
  @ApiOperation({ summary: 'Delete a group', description: 'Its users stay users.' })
  @ApiNoContentResponse()
  async delete(@CurrentPrincipal() caller: Principal, @Param('id', group) groupId: string): Promise<void> {
    await this.groups.delete(caller, groupId);
  }
}
