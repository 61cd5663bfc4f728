import { Body, Controller, Get, Param, Patch, Query, Res } from '@nestjs/common';
import { ApiBody, ApiConsumes, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { CurrentPrincipal, type Principal, Requires } from '@app/access';
import { MembershipChanges, type MembershipOperation, Memberships, type MembershipType } from '@app/directory';
import { sendJsonList } from '../../http/json-reply.js';
import { IdParam } from '../../http/validation/id-param.js';
import { ApiFilters, ApiPaging } from './directory-list.js';
import {
  memberFilters,
  memberList,
  type MemberListRequest,
  membershipFilters,
  membershipOperations,
  membershipOperationsSchema,
  membershipTypeIn,
} from './members.js';
import { messageSchema } from './passwords.bodies.js';
import {
  memberListSchema,
  membershipListSchema,
  presentMember,
  presentMembership,
  writeMember,
  writeMembership,
} from './present-group.js';

/** Who is in which group. */
@ApiTags('directory')
@Controller('api/v1/directory')
export class MembershipsController {
  constructor(
    private readonly memberships: Memberships,
    private readonly changes: MembershipChanges,
  ) {}

  @Get('groups/:groupId/members')
  @Requires('groups:read')
  @ApiOperation({
    summary: 'Who is in a group',
    description:
      'By name, each once: who is in it directly and through other groups is direct. All of them, unless paged.',
  })
  @ApiFilters(memberFilters)
  @ApiPaging()
  @ApiOkResponse({ schema: memberListSchema })
  async members(
    @CurrentPrincipal() caller: Principal,
    @Param('groupId', new IdParam('group')) groupId: string,
    @Query(memberList) { page, ...filter }: MemberListRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const members = await this.memberships.members(caller, groupId, filter, page);
    return sendJsonList(reply, writeMember, members.map(presentMember));
  }

  @Patch('groups/:groupId/members')
  @Requires('groups:write')
  @ApiOperation({
    summary: 'Put users and groups into a group, and take them out',
    description:
      'In their order, all or none; not JSON Patch. Members hold the roles of the group, so the caller must have them. A group never holds itself, through however many others.',
  })
  @ApiConsumes('application/json', 'application/json-patch+json')
  @ApiBody({ schema: membershipOperationsSchema })
  @ApiOkResponse({ schema: messageSchema })
  async change(
    @CurrentPrincipal() caller: Principal,
    @Param('groupId', new IdParam('group')) groupId: string,
    @Body(membershipOperations) operations: MembershipOperation[],
  ) {
    await this.changes.change(caller, groupId, operations);
    return { msg: 'The members are as asked for.' };
  }

  @Get('groups/:groupId/groups')
  @Requires('groups:read')
  @ApiOperation({ summary: 'Which groups a group is in' })
  @ApiFilters(membershipFilters)
  @ApiOkResponse({ schema: membershipListSchema })
  async groupsOfGroup(
    @CurrentPrincipal() caller: Principal,
    @Param('groupId', new IdParam('group')) groupId: string,
    @Query(membershipTypeIn) type: MembershipType | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const groups = await this.memberships.groupsOfGroup(caller, groupId, type);
    return sendJsonList(reply, writeMembership, groups.map(presentMembership));
  }

  @Get('users/:userId/groups')
  @Requires('users:read')
  @ApiOperation({ summary: 'Which groups a user is in' })
  @ApiFilters(membershipFilters)
  @ApiOkResponse({ schema: membershipListSchema })
  async groupsOfUser(
    @CurrentPrincipal() caller: Principal,
    @Param('userId', new IdParam('user')) userId: string,
    @Query(membershipTypeIn) type: MembershipType | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const groups = await this.memberships.groupsOfUser(caller, userId, type);
    return sendJsonList(reply, writeMembership, groups.map(presentMembership));
  }

  @Get('principals/:principalId/groups')
  @Requires('users:read')
  @ApiOperation({ summary: 'Which groups a user or a group is in' })
  @ApiFilters(membershipFilters)
  @ApiOkResponse({ schema: membershipListSchema })
  async groupsOfPrincipal(
    @CurrentPrincipal() caller: Principal,
    @Param('principalId', new IdParam('principal')) principalId: string,
    @Query(membershipTypeIn) type: MembershipType | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const groups = await this.memberships.groupsOfPrincipal(caller, principalId, type);
    return sendJsonList(reply, writeMembership, groups.map(presentMembership));
  }
}
