import { Body, Controller, Get, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
import { ApiAcceptedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { CurrentPrincipal, type Principal, Requires } from '@app/access';
import { InsightsService, OwnerSearchService } from '@app/insights';
import { type CursorPageOf, ForbiddenError } from '@app/kernel';
import { OwnerService, type OwnerSummary } from '@app/owners';
import { RunService } from '@app/sync';
import { jsonSerializer, sendJson } from '../../http/json-reply.js';
import { IdParam } from '../../http/validation/id-param.js';
import { validated } from '../../http/validation/validated.js';
import { ListOwnersQuery } from './list-owners.query.js';
import { ownerListSchema, ownerSchema, statisticsSchema } from './owners.schemas.js';
import { presentOwner, presentOwnerSummary } from './present-owner.js';
import { asksFigures, readSearch, SearchOwnersBody } from './search-owners.body.js';
import { presentStatistics } from './present-statistics.js';

const writeOwners = jsonSerializer<object>(ownerListSchema);
const id = new IdParam('owner');

@ApiTags('identity-owners')
@Controller('api/v1/owners')
export class OwnersController {
  constructor(
    private readonly owners: OwnerService,
    private readonly insights: InsightsService,
    private readonly searches: OwnerSearchService,
    private readonly runs: RunService,
  ) {}

  @Get()
  @Requires('owners:list')
  @ApiOperation({ summary: 'List owners in the order they were made' })
  @ApiOkResponse({ schema: ownerListSchema as never })
  async list(
    @CurrentPrincipal() caller: Principal,
    @Query(validated(ListOwnersQuery)) query: ListOwnersQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const { search, department, status, owner_type: ownerType, first: limit, after } = query;
    const page = await this.owners.search(caller, { search, department, status, ownerType, limit, after });
    return sendJson(reply, writeOwners, presentPage(page));
  }

  @Post('search')
  @HttpCode(200)
  @Requires('owners:list')
  @ApiOperation({
    summary: 'Search owners by terms and by fields',
    description:
      'Terms are looked for in texts; of the queries all are to be met. A negative operator includes what has no value.',
  })
  @ApiOkResponse({ schema: ownerListSchema as never })
  async search(
    @CurrentPrincipal() caller: Principal,
    @Body(validated(SearchOwnersBody)) body: SearchOwnersBody,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    if (asksFigures(body) && !caller.permissions.has('owners:assess')) {
      throw new ForbiddenError('Your roles do not let you search by what an owner’s accounts add up to.');
    }
    const where = readSearch(body);
    const page = await this.searches.search(caller, { where, limit: body.limit ?? 50, after: body.after });
    return sendJson(reply, writeOwners, presentPage(page));
  }

  @Post('sync')
  @HttpCode(202)
  @Requires('owners:sync')
  @ApiOperation({
    summary: 'Read every connector’s newest file',
    description: 'One run for each connector, authoritative ones first; a second call while they go starts nothing.',
  })
  @ApiAcceptedResponse({
    schema: {
      type: 'object',
      properties: {
        status: { type: 'string', example: 'queued' },
        message: { type: 'string', example: 'Owner sync initiated' },
      },
    },
  })
  async sync(@CurrentPrincipal() caller: Principal) {
    await this.runs.startAll(caller);
    return { status: 'queued', message: 'Owner sync initiated' };
  }

  @Get(':id')
  @Requires('owners:read')
  @ApiOperation({ summary: 'Get an owner' })
  @ApiOkResponse({ schema: ownerSchema as never })
  async get(@CurrentPrincipal() caller: Principal, @Param('id', id) ownerId: string) {
    return presentOwner(await this.owners.get(caller, ownerId));
  }

  @Get(':id/statistics')
  @Requires('owners:assess')
  @ApiOperation({ summary: 'What an owner’s accounts add up to' })
  @ApiOkResponse({ schema: statisticsSchema })
  async statistics(@CurrentPrincipal() caller: Principal, @Param('id', id) ownerId: string) {
    return presentStatistics(await this.insights.statisticsOf(caller, ownerId));
  }
}

function presentPage({ items, hasNextPage, endCursor }: CursorPageOf<OwnerSummary>) {
  return { owners: items.map(presentOwnerSummary), pageInfo: { hasNextPage, endCursor } };
}
