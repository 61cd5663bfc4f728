import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
import {
  ApiBody,
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { CurrentPrincipal, type Principal, Requires } from '@app/access';
import { RoleAssignmentService } from '@app/directory';
import { locationHeader } from '../../http/location-header.js';
import { IdParam } from '../../http/validation/id-param.js';
import { validated } from '../../http/validation/validated.js';
import { pageOf } from '../directory/page.query.js';
import { GrantRoleBody } from './grant-role.body.js';
import { ListRoleAssignmentsQuery } from './list-role-assignments.query.js';
import { presentRoleAssignment, roleAssignmentListSchema, roleAssignmentSchema } from './present-role-assignment.js';

const path = 'api/v1/role-assignments';
const assignment = new IdParam('role assignment');

@ApiTags('directory')
@Controller(path)
export class RoleAssignmentsController {
  constructor(private readonly assignments: RoleAssignmentService) {}

  @Get()
  @Requires('roles:read')
  @ApiOperation({ summary: 'Who holds which role directly, oldest first' })
  @ApiOkResponse({ schema: roleAssignmentListSchema })
  async list(
    @CurrentPrincipal() caller: Principal,
    @Query(validated(ListRoleAssignmentsQuery, { onlyKnown: true })) query: ListRoleAssignmentsQuery,
  ) {
    const wanted = { principalId: query.principalId, role: query.role };
    const { items, total } = await this.assignments.search(caller, wanted, pageOf(query));
    return { totalCount: total, data: items.map(presentRoleAssignment) };
  }

  @Post()
  @Requires('roles:write')
  @ApiOperation({
    summary: 'Give a user or a group a role',
    description:
      'Nobody gives a right he lacks. Members of a group, of nested ones too, hold its roles. A role held already is no error.',
  })
  @ApiBody({ type: GrantRoleBody })
  @ApiCreatedResponse({ schema: roleAssignmentSchema, headers: locationHeader })
  @ApiOkResponse({ description: 'It was held already.', schema: roleAssignmentSchema, headers: locationHeader })
  async grant(
    @CurrentPrincipal() caller: Principal,
    @Body(validated(GrantRoleBody)) { principalId, role }: GrantRoleBody,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const { row, made } = await this.assignments.grant(caller, principalId.toLowerCase(), role);
    reply.code(made ? 201 : 200).header('location', `/${path}/${row.id}`);
    return presentRoleAssignment(row);
  }

  @Get(':id')
  @Requires('roles:read')
  @ApiOperation({ summary: 'One role assignment' })
  @ApiOkResponse({ schema: roleAssignmentSchema })
  async get(@CurrentPrincipal() caller: Principal, @Param('id', assignment) id: string) {
    return presentRoleAssignment(await this.assignments.get(caller, id));
  }

  @Delete(':id')
  @HttpCode(204)
  @Requires('roles:write')
  @ApiOperation({
    summary: 'Take a role away',
    description: 'Needs every right its holder has. The last active Administrator stays one.',
  })
  @ApiNoContentResponse()
  async revoke(@CurrentPrincipal() caller: Principal, @Param('id', assignment) id: string): Promise<void> {
    await this.assignments.revoke(caller, id);
  }
}
