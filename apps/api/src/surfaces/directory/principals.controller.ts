import { Controller, Get, Query, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { CurrentPrincipal, type Principal, Requires } from '@app/access';
import { PrincipalList } from '@app/directory';
import { sendJsonPage } from '../../http/json-reply.js';
import { ApiDirectoryList, directoryList, type DirectoryListRequest } from './directory-list.js';
import { presentPrincipal, principalListSchema, writePrincipal } from './present-group.js';
import { principalFilters, principalSorts } from './principal.fields.js';
import { notDeleted } from './user.fields.js';

const listing = {
  filters: principalFilters,
  unlessDeletedIsAsked: notDeleted,
  sorts: principalSorts,
  sortedBy: 'displayName',
  fields: [],
};

@ApiTags('directory')
@Controller('api/v1/directory/principals')
export class PrincipalsController {
  constructor(private readonly principals: PrincipalList) {}

  @Get()
  @Requires('users:list')
  @ApiOperation({ summary: 'Find users and groups, in one order', description: 'Groups are never deleted.' })
  @ApiDirectoryList(listing)
  @ApiOkResponse({ schema: principalListSchema })
  async list(
    @CurrentPrincipal() caller: Principal,
    @Query(directoryList(listing)) { search }: DirectoryListRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const { items, total } = await this.principals.search(caller, search);
    return sendJsonPage(reply, writePrincipal, { total, items: items.map(presentPrincipal) });
  }
}
