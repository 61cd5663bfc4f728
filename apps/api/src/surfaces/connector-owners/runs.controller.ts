import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiBody, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentPrincipal, type Principal, Requires } from '@app/access';
import { RunService } from '@app/sync';
import { IdParam } from '../../http/validation/id-param.js';
import { validated } from '../../http/validation/validated.js';
import { answers } from './answers.schemas.js';
import { bodyOf } from './body.js';
import { StartRunBody } from './run.bodies.js';
import { PageQuery, pageSizeOf, PageTokens } from './paging.js';
import { presentChange, presentRefusedRow, presentRun } from './present.js';

const app = new IdParam('connector');
const connector = new IdParam('connector');
const run = new IdParam('run');

@ApiTags('connector-owners')
@Controller('api/v1/apps/:app_id/connectors/:id/runs')
export class RunsController {
  constructor(
    private readonly runs: RunService,
    private readonly tokens: PageTokens,
  ) {}

  @Post()
  @HttpCode(200)
  @Requires('connectors:write')
  @ApiOperation({ summary: 'Start a run on the newest file' })
  @ApiOkResponse(answers.run)
  @ApiBody({ type: StartRunBody, required: false })
  async start(
    @CurrentPrincipal() caller: Principal,
    @Param('app_id', app) applicationId: string,
    @Param('id', connector) connectorId: string,
    @Body() body: unknown,
  ) {
    const address = { applicationId, connectorId };
    await this.runs.list(caller, address, 1, null);
    const { dryRun = false } = bodyOf(StartRunBody, body);
    return { run: presentRun(await this.runs.start(caller, address, dryRun)) };
  }

  @Get()
  @Requires('connectors:read')
  @ApiOperation({ summary: 'List runs, newest first' })
  @ApiOkResponse(answers.runs)
  async list(
    @CurrentPrincipal() caller: Principal,
    @Param('app_id', app) applicationId: string,
    @Param('id', connector) connectorId: string,
    @Query(validated(PageQuery)) query: PageQuery,
  ) {
    const list = `runs of ${connectorId}`;
    const before = this.tokens.idIn(list, query);
    const page = await this.runs.list(caller, { applicationId, connectorId }, pageSizeOf(query), before);
    return {
      list: page.items.map(presentRun),
      nextPageToken: this.tokens.next(list, page.hasNextPage, page.endCursor ?? ''),
    };
  }

  @Get(':run_id')
  @Requires('connectors:read')
  @ApiOperation({ summary: 'Watch a run: its counters grow while it goes' })
  @ApiOkResponse(answers.run)
  async get(
    @CurrentPrincipal() caller: Principal,
    @Param('app_id', app) applicationId: string,
    @Param('id', connector) connectorId: string,
    @Param('run_id', run) runId: string,
  ) {
    return { run: presentRun(await this.runs.get(caller, { applicationId, connectorId }, runId)) };
  }

  @Get(':run_id/rows')
  @Requires('connectors:read')
  @ApiOperation({ summary: 'Rows that were not, or not wholly, taken over, with line and reason' })
  @ApiOkResponse(answers.refusedRows)
  async rows(
    @CurrentPrincipal() caller: Principal,
    @Param('app_id', app) applicationId: string,
    @Param('id', connector) connectorId: string,
    @Param('run_id', run) runId: string,
    @Query(validated(PageQuery)) query: PageQuery,
  ) {
    const list = `rows of ${runId}`;
    const [line = '0', reason = ''] = this.tokens.partsIn(list, query);
    const address = { applicationId, connectorId };
    const page = await this.runs.refusedRows(caller, address, runId, pageSizeOf(query), [Number(line), reason]);
    const last = page.items.at(-1);
    const nextPageToken = this.tokens.next(list, page.hasNextPage, String(last?.line), last?.reason ?? '');
    return { list: page.items.map(presentRefusedRow), nextPageToken, countByReason: page.byReason };
  }

  @Get(':run_id/changes')
  @Requires('connectors:read')
  @ApiOperation({ summary: 'What a dry run would change, row by row' })
  @ApiOkResponse(answers.changes)
  async changes(
    @CurrentPrincipal() caller: Principal,
    @Param('app_id', app) applicationId: string,
    @Param('id', connector) connectorId: string,
    @Param('run_id', run) runId: string,
    @Query(validated(PageQuery)) query: PageQuery,
  ) {
    const list = `changes of ${runId}`;
    const [position = '0'] = this.tokens.partsIn(list, query);
    const address = { applicationId, connectorId };
    const page = await this.runs.changes(caller, address, runId, pageSizeOf(query), Number(position));
    const nextPageToken = this.tokens.next(list, page.hasNextPage, String(page.items.at(-1)?.position));
    return { list: page.items.map(presentChange), nextPageToken };
  }

  @Post(':run_id/confirm')
  @HttpCode(200)
  @Requires('connectors:write')
  @ApiOperation({ summary: 'Let a run that was held back for its removals go on' })
  @ApiOkResponse(answers.run)
  async confirm(
    @CurrentPrincipal() caller: Principal,
    @Param('app_id', app) applicationId: string,
    @Param('id', connector) connectorId: string,
    @Param('run_id', run) runId: string,
  ) {
    return { run: presentRun(await this.runs.confirm(caller, { applicationId, connectorId }, runId)) };
  }

  @Post(':run_id/pause')
  @HttpCode(200)
  @Requires('connectors:write')
  @ApiOperation({ summary: 'Stop a run until it is resumed' })
  @ApiOkResponse(answers.run)
  async pause(
    @CurrentPrincipal() caller: Principal,
    @Param('app_id', app) applicationId: string,
    @Param('id', connector) connectorId: string,
    @Param('run_id', run) runId: string,
  ) {
    return { run: presentRun(await this.runs.pause(caller, { applicationId, connectorId }, runId)) };
  }

  @Post(':run_id/resume')
  @HttpCode(200)
  @Requires('connectors:write')
  @ApiOperation({ summary: 'Let a paused run go on' })
  @ApiOkResponse(answers.run)
  async resume(
    @CurrentPrincipal() caller: Principal,
    @Param('app_id', app) applicationId: string,
    @Param('id', connector) connectorId: string,
    @Param('run_id', run) runId: string,
  ) {
    return { run: presentRun(await this.runs.resume(caller, { applicationId, connectorId }, runId)) };
  }

  @Post(':run_id/cancel')
  @HttpCode(200)
  @Requires('connectors:write')
  @ApiOperation({ summary: 'End a run; what it applied stays' })
  @ApiOkResponse(answers.run)
  async cancel(
    @CurrentPrincipal() caller: Principal,
    @Param('app_id', app) applicationId: string,
    @Param('id', connector) connectorId: string,
    @Param('run_id', run) runId: string,
  ) {
    return { run: presentRun(await this.runs.cancel(caller, { applicationId, connectorId }, runId)) };
  }
}
