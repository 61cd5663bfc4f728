import { Controller, Get, Param, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { CurrentPrincipal, type Principal, Requires } from '@app/access';
import { Tasks } from '@app/jobs';
import { RunService } from '@app/sync';
import { sendJson } from '../../http/json-reply.js';
import { IdParam } from '../../http/validation/id-param.js';
import { underEveryVersion } from './account-paths.js';
import { presentTask, taskSchema, writeTask } from './present-task.js';
import { presentRunStatus } from './sources/present-load-task.js';

@ApiTags('accounts')
@Controller(underEveryVersion('task-status'))
export class TaskStatusController {
  constructor(
    private readonly tasks: Tasks,
    private readonly runs: RunService,
  ) {}

  @Get(':id')
  @Requires('accounts:read')
  @ApiOperation({
    summary: 'Ask how a task goes',
    description: 'Its id is in the 202 answer; it is kept for 90 days. A run that loads accounts is one too.',
  })
  @ApiOkResponse({ schema: taskSchema })
  async get(
    @CurrentPrincipal() caller: Principal,
    @Param('id', new IdParam('task')) id: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const run = await this.runs.findById(caller, id);
    return sendJson(reply, writeTask, run ? presentRunStatus(run) : presentTask(await this.tasks.get(caller, id)));
  }
}
