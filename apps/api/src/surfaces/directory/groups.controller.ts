import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Put, Query, Res } from '@nestjs/common';
import {
  ApiBody,
  ApiConsumes,
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { CurrentPrincipal, type Principal, Requires } from '@app/access';
import { GroupService, GroupWrites } from '@app/directory';
import { type FieldSelection, selected } from '../../http/field-selection.js';
import { type JsonPatch, jsonPatch, patched } from '../../http/json-patch.js';
import { sendJsonPage } from '../../http/json-reply.js';
import { locationHeader } from '../../http/location-header.js';
import { attributePatchSchema } from '../../http/patch-schema.js';
import { IdParam } from '../../http/validation/id-param.js';
import { validated, validBody } from '../../http/validation/validated.js';
import { ApiDirectoryList, ApiSelection, directoryList, type DirectoryListRequest } from './directory-list.js';
import { fieldSelection } from './field-selection.pipe.js';
import { GroupBody, groupDraftOf } from './group.bodies.js';
import { groupFields, groupFilters, groupSorts, writableGroupFields } from './group.fields.js';
import {
  groupListSchema,
  groupSchema,
  presentGroup,
  presentWritableGroup,
  wholeGroupSchema,
  writeGroup,
} from './present-group.js';

const path = 'api/v1/directory/groups';
const group = new IdParam('group');
const listing = { filters: groupFilters, sorts: groupSorts, sortedBy: 'name', fields: groupFields };

@ApiTags('directory')
@Controller(path)
export class GroupsController {
  constructor(
    private readonly groups: GroupService,
    private readonly writes: GroupWrites,
  ) {}

  @Get()
  @Requires('groups:read')
  @ApiOperation({ summary: 'Find groups', description: 'All filters are to be met.' })
  @ApiDirectoryList(listing)
  @ApiOkResponse({ schema: groupListSchema })
  async list(
    @CurrentPrincipal() caller: Principal,
    @Query(directoryList(listing)) { search, selection }: DirectoryListRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const { items, total } = await this.groups.search(caller, search);
    const shown = items.map((row) => selected(presentGroup(row), '_id', selection));
    return sendJsonPage(reply, writeGroup, { total, items: shown });
  }

  @Post()
  @Requires('groups:write')
  @ApiOperation({ summary: 'Make a group', description: 'It has no members yet.' })
  @ApiBody({ type: GroupBody })
  @ApiCreatedResponse({ schema: wholeGroupSchema, headers: locationHeader })
  async create(
    @CurrentPrincipal() caller: Principal,
    @Body(validated(GroupBody)) body: GroupBody,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const made = await this.writes.create(caller, groupDraftOf(body));
    reply.header('location', `/${path}/${made.id}`);
    return presentGroup(made);
  }

  @Get(':groupId')
  @Requires('groups:read')
  @ApiOperation({ summary: 'Get a group' })
  @ApiSelection(groupFields)
  @ApiOkResponse({ schema: groupSchema })
  async get(
    @CurrentPrincipal() caller: Principal,
    @Param('groupId', group) groupId: string,
    @Query(fieldSelection(groupFields)) selection: FieldSelection,
  ) {
    return selected(presentGroup(await this.groups.get(caller, groupId)), '_id', selection);
  }

  @Put(':groupId')
  @Requires('groups:write')
  @ApiOperation({ summary: 'Replace what a group is', description: 'Its members stay. Not of a system group.' })
  @ApiBody({ type: GroupBody })
  @ApiOkResponse({ schema: wholeGroupSchema })
  async replace(
    @CurrentPrincipal() caller: Principal,
    @Param('groupId', group) groupId: string,
    @Body(validated(GroupBody)) body: GroupBody,
  ) {
    return presentGroup(await this.writes.change(caller, groupId, () => groupDraftOf(body)));
  }

  @Patch(':groupId')
  @Requires('groups:write')
  @ApiOperation({ summary: 'Change a group by JSON Patch (RFC 6902)', description: 'All operations, or none.' })
  @ApiConsumes('application/json-patch+json', 'application/json')
  @ApiBody({
    schema: attributePatchSchema(writableGroupFields, [{ op: 'replace', path: '/name', value: 'Finance approvers' }]),
  })
  @ApiOkResponse({ schema: wholeGroupSchema })
  async patch(
    @CurrentPrincipal() caller: Principal,
    @Param('groupId', group) groupId: string,
    @Body(jsonPatch(writableGroupFields)) patch: JsonPatch,
  ) {
    const changed = await this.writes.change(caller, groupId, (now) =>
      groupDraftOf(validBody(GroupBody, patched(presentWritableGroup(now), patch, ['name']))),
    );
    return presentGroup(changed);
  }

  @Delete(':groupId')
  @HttpCode(204)
  @Requires('groups:write')
  @ApiOperation({
    summary: 'Delete a group',
    description: 'Its members are in it no longer, nor in what it was in. Not a system group.',
  })
  @ApiNoContentResponse()
  async delete(@CurrentPrincipal() caller: Principal, @Param('groupId', group) groupId: string): Promise<void> {
    await this.writes.delete(caller, groupId);
  }
}
