import { Controller, Get, Param, Query, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProperty, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { CurrentPrincipal, type Principal, Requires } from '@app/access';
import { AuditEvents } from '@app/audit';
import { BusinessRoles, OwnerService } from '@app/owners';
import { jsonSerializer, sendJson } from '../../http/json-reply.js';
import { IdParam } from '../../http/validation/id-param.js';
import { WholeNumber } from '../../http/validation/query-fields.js';
import { validated } from '../../http/validation/validated.js';
import { auditTrailSchema, directReportsSchema, ownerSchema, rolesSchema } from './owners.schemas.js';
import { presentOwner } from './present-owner.js';
import { presentTrail } from './present-trail.js';

export class AuditTrailQuery {
  @ApiProperty({ required: false, type: 'integer', minimum: 1, maximum: 250, default: 50 })
  @WholeNumber({ min: 1, max: 250 })
  limit: number = 50;
}

const nullableOwner = { ...ownerSchema, nullable: true } as const;
const writeOwner = jsonSerializer<object | null>(nullableOwner);
const id = new IdParam('owner');

/** Who stands around an owner, and what was done to him. */
@ApiTags('identity-owners')
@Controller('api/v1/owners/:id')
export class OwnerRelationsController {
  constructor(
    private readonly owners: OwnerService,
    private readonly roles: BusinessRoles,
    private readonly events: AuditEvents,
  ) {}

  @Get('manager')
  @Requires('owners:read')
  @ApiOperation({ summary: 'The manager of an owner, or null' })
  @ApiOkResponse({ schema: nullableOwner as never })
  async managerOf(
    @CurrentPrincipal() caller: Principal,
    @Param('id', id) ownerId: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const manager = await this.owners.managerOf(caller, ownerId);
    return sendJson(reply, writeOwner, manager && presentOwner(manager));
  }

  @Get('direct-reports')
  @Requires('owners:read')
  @ApiOperation({ summary: 'Who reports to an owner', description: 'One level, whatever their status, by name.' })
  @ApiOkResponse({ schema: directReportsSchema })
  async directReportsOf(@CurrentPrincipal() caller: Principal, @Param('id', id) ownerId: string) {
    const reports = await this.owners.directReportsOf(caller, ownerId);
    return {
      direct_reports: reports.map((report) => ({
        id: report.id,
        name: report.name,
        email: report.email,
        title: report.title,
      })),
      count: reports.length,
    };
  }

  @Get('roles')
  @Requires('owners:read')
  @ApiOperation({ summary: 'Business roles of an owner', description: 'What department and title make of him.' })
  @ApiOkResponse({ schema: rolesSchema })
  async rolesOf(@CurrentPrincipal() caller: Principal, @Param('id', id) ownerId: string) {
    const roles = await this.roles.rolesOf(caller, ownerId);
    return {
      roles: roles.map((role) => ({ id: role.id, name: role.name, department: role.department, title: role.title })),
    };
  }

  @Get('audit-trail')
  @Requires('owners:audit')
  @ApiOperation({ summary: 'What was done to an owner, newest first' })
  @ApiOkResponse({ schema: auditTrailSchema as never })
  async auditTrailOf(
    @CurrentPrincipal() caller: Principal,
    @Param('id', id) ownerId: string,
    @Query(validated(AuditTrailQuery)) { limit }: AuditTrailQuery,
  ) {
    await this.owners.get(caller, ownerId);
    return { entries: presentTrail(await this.events.newestOf(caller, 'owner', ownerId, limit), limit) };
  }
}
