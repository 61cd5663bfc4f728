import { Controller, Get, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentPrincipal, type Principal, Requires } from '@app/access';
import { AuditEvents } from '@app/audit';
import { validated } from '../../http/validation/validated.js';
import { eventFilterOf, ListAuditEventsQuery } from './list-audit-events.query.js';
import { auditEventListSchema, presentAuditEvent } from './present-audit-event.js';

@ApiTags('directory')
@Controller('api/v1/audit-events')
export class AuditEventsController {
  constructor(private readonly events: AuditEvents) {}

  @Get()
  @Requires('audit-events:read')
  @ApiOperation({ summary: 'Who did what to whom, newest first', description: 'Filters are all to be met.' })
  @ApiOkResponse({ schema: auditEventListSchema })
  async list(
    @CurrentPrincipal() caller: Principal,
    @Query(validated(ListAuditEventsQuery, { onlyKnown: true })) query: ListAuditEventsQuery,
  ) {
    const page = { limit: query['page[limit]'] ?? 50, offset: query['page[offset]'] ?? 0 };
    const { items, total } = await this.events.search(caller, eventFilterOf(query), page);
    return { totalCount: total, data: items.map(presentAuditEvent) };
  }
}
