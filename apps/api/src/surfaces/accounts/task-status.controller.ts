import { Controller, Get, Param, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { CurrentPrincipal, type Principal, Requires } from '@app/access';
import { Tasks } from '@app/jobs';
import { sendJson } from '../../http/json-reply.js';
import { IdParam } from '../../http/validation/id-param.js';
import { underEveryVersion } from './account-paths.js';
import { presentTask, taskSchema, writeTask } from './present-task.js';

@ApiTags('accounts')
@Controller(underEveryVersion('task-status'))
export class TaskStatusController {
  constructor(private readonly tasks: Tasks) {}

  @Get(':id')
  @Requires('accounts:read')
  @ApiOperation({ summary: 'Ask how a task goes', description: 'Its id is in the 202 answer; it is kept for 90 days.' })
  @ApiOkResponse({ schema: taskSchema })
  async get(
    @CurrentPrincipal() caller: Principal,
    @Param('id', new IdParam('task')) id: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return sendJson(reply, writeTask, presentTask(await this.tasks.get(caller, id)));
  }
}
