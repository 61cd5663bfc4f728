import { Body, Controller, HttpCode, Param, Post } from '@nestjs/common';
import { ApiBody, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentPrincipal, type Principal, Requires } from '@app/access';
import { ConnectorService, parseSchedule } from '@app/connectors';
import { InvalidError } from '@app/kernel';
import { ConnectorSyncs, type RunAddress, RunService } from '@app/sync';
import { IdParam } from '../../http/validation/id-param.js';
import { answers } from './answers.schemas.js';
import { bodyOf, NothingBody } from './body.js';
import { ScheduleBody } from './schedule.body.js';
import { presentConnectorView } from './present.js';

const app = new IdParam('connector');
const connector = new IdParam('connector');
const run = new IdParam('run');

/** When a connector is read. An empty answer says that it was taken up; how it goes is in the connector's status. */
@ApiTags('connector-owners')
@Controller('api/v1/apps/:app_id/connectors/:id')
export class ConnectorSyncController {
  constructor(
    private readonly connectors: ConnectorService,
    private readonly syncs: ConnectorSyncs,
    private readonly runs: RunService,
  ) {}

  @Post('force_sync')
  @HttpCode(200)
  @Requires('connectors:write')
  @ApiOperation({ summary: 'Read the newest file now' })
  @ApiBody({ type: NothingBody, required: false })
  @ApiOkResponse(answers.nothing)
  async forceSync(
    @CurrentPrincipal() caller: Principal,
    @Param('app_id', app) applicationId: string,
    @Param('id', connector) connectorId: string,
    @Body() body: unknown,
  ) {
    return this.told(caller, { applicationId, connectorId }, body, (address) =>
      this.runs.start(caller, address, false),
    );
  }

  @Post('pause')
  @HttpCode(200)
  @Requires('connectors:write')
  @ApiOperation({
    summary: 'Stop reading a connector',
    description:
      'A run under way stops where it is. Neither the clock nor anybody else starts one until it is resumed.',
  })
  @ApiBody({ type: NothingBody, required: false })
  @ApiOkResponse(answers.nothing)
  async pause(
    @CurrentPrincipal() caller: Principal,
    @Param('app_id', app) applicationId: string,
    @Param('id', connector) connectorId: string,
    @Body() body: unknown,
  ) {
    return this.told(caller, { applicationId, connectorId }, body, (address) => this.syncs.pause(caller, address));
  }

  @Post('resume')
  @HttpCode(200)
  @Requires('connectors:write')
  @ApiOperation({
    summary: 'Read a paused connector again',
    description: 'A run that was stopped goes on; if there is none, the newest file is read.',
  })
  @ApiBody({ type: NothingBody, required: false })
  @ApiOkResponse(answers.nothing)
  async resume(
    @CurrentPrincipal() caller: Principal,
    @Param('app_id', app) applicationId: string,
    @Param('id', connector) connectorId: string,
    @Body() body: unknown,
  ) {
    return this.told(caller, { applicationId, connectorId }, body, (address) => this.syncs.resume(caller, address));
  }

  @Post('schedule')
  @HttpCode(200)
  @Requires('connectors:write')
  @ApiOperation({ summary: 'Say when a connector is read by the clock' })
  @ApiBody({
    type: ScheduleBody,
    examples: { nightly: { value: { cron: { cronSpec: '30 2 * * *', timezone: 'Europe/Helsinki' } } } },
  })
  @ApiOkResponse(answers.connector)
  async schedule(
    @CurrentPrincipal() caller: Principal,
    @Param('app_id', app) applicationId: string,
    @Param('id', connector) connectorId: string,
    @Body() body: unknown,
  ) {
    await this.connectors.get(caller, applicationId, connectorId);
    const { cronSpec, timezone: timeZone = 'UTC', start: startsAt = null } = cronOf(bodyOf(ScheduleBody, body));
    const schedule = cronSpec.trim() === '' ? null : parseSchedule({ cron: cronSpec, timeZone, startsAt });
    await this.connectors.schedule(caller, applicationId, connectorId, schedule);
    const changed = await this.connectors.get(caller, applicationId, connectorId);
    return { connectorView: presentConnectorView(changed), expanded: [] };
  }

  @Post('confirm_sync_valid/:run_id')
  @HttpCode(200)
  @Requires('connectors:write')
  @ApiOperation({ summary: 'Let a run go on that was held back for what it would remove' })
  @ApiBody({ type: NothingBody, required: false })
  @ApiOkResponse(answers.nothing)
  async confirmSyncValid(
    @CurrentPrincipal() caller: Principal,
    @Param('app_id', app) applicationId: string,
    @Param('id', connector) connectorId: string,
    @Param('run_id', run) runId: string,
    @Body() body: unknown,
  ) {
    const address = { applicationId, connectorId };
    await this.runs.get(caller, address, runId);
    bodyOf(NothingBody, body);
    await this.runs.confirm(caller, address, runId);
    return {};
  }

  /** A connector there is not is 404 whatever the body says; and where the path says everything, a body says nothing. */
  private async told(
    caller: Principal,
    address: RunAddress,
    body: unknown,
    work: (address: RunAddress) => Promise<unknown>,
  ) {
    await this.connectors.get(caller, address.applicationId, address.connectorId);
    bodyOf(NothingBody, body);
    await work(address);
    return {};
  }
}

/** The published client leaves an empty `cronSpec` out; but nobody ends a schedule by saying nothing at all. */
function cronOf({ cron, ...flat }: ScheduleBody) {
  const given = Object.values(flat).some((value) => value !== undefined);
  if (cron !== undefined && given) throw InvalidError.field('cron', 'cron holds the whole schedule, or nothing does.');
  if (cron !== undefined) return { cronSpec: cron.cronSpec ?? '', timezone: cron.timezone, start: cron.start };
  const { cronSpec } = flat;
  if (cronSpec === undefined) {
    throw InvalidError.field('cronSpec', 'cronSpec must be given, here or in cron; an empty one ends the schedule.');
  }
  return { ...flat, cronSpec };
}
