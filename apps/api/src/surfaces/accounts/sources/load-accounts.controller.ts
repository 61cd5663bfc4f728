import { Controller, HttpCode, Inject, Param, Post, Req, Res } from '@nestjs/common';
import { ApiAcceptedResponse, ApiBody, ApiConsumes, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CurrentPrincipal, type Principal, Requires } from '@app/access';
import { ConnectorCatalogue, ConnectorFileService, ConnectorService } from '@app/connectors';
import { RunService } from '@app/sync';
import { type ApiConfiguration, configurationToken } from '../../../api-configuration.js';
import { unsupported } from '../../../http/bodies/body-parsers.js';
import { uploadedFile } from '../../../http/bodies/uploaded-file.js';
import { sendJson } from '../../../http/json-reply.js';
import { IdParam } from '../../../http/validation/id-param.js';
import { underEveryVersion } from '../account-paths.js';
import { loadTaskSchema, presentLoadTask, writeLoadTask } from './present-load-task.js';

@ApiTags('accounts')
@Controller(underEveryVersion('sources'))
export class LoadAccountsController {
  constructor(
    private readonly catalogue: ConnectorCatalogue,
    private readonly connectors: ConnectorService,
    private readonly files: ConnectorFileService,
    private readonly runs: RunService,
    @Inject(configurationToken) private readonly configuration: ApiConfiguration,
  ) {}

  @Post(':id/load-accounts')
  @HttpCode(202)
  @Requires('connectors:write')
  @ApiOperation({
    summary: 'Read the accounts of a source',
    description: 'From the file that is sent, or from the newest one it has. The task has the id of the run it is.',
  })
  @ApiAcceptedResponse({ schema: loadTaskSchema })
  @ApiConsumes('multipart/form-data')
  @ApiBody({
    required: false,
    schema: {
      type: 'object',
      properties: {
        file: { type: 'string', format: 'binary' },
        disableOptimization: { type: 'string', description: 'Taken and not needed: a run looks at every row.' },
      },
    },
  })
  async load(
    @CurrentPrincipal() caller: Principal,
    @Param('id', new IdParam('connector')) id: string,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const { application_id: applicationId } = await this.catalogue.get(caller, id);
    await this.storeFile(caller, applicationId, id, request);
    const run = await this.runs.start(caller, { applicationId, connectorId: id }, false);
    return sendJson(reply, writeLoadTask, { success: true, task: presentLoadTask(run) });
  }

  private async storeFile(caller: Principal, applicationId: string, id: string, request: FastifyRequest) {
    if (!request.isMultipart()) {
      if (request.body !== undefined && request.body !== null) throw unsupported();
      return;
    }
    const uploaded = await uploadedFile(request);
    if (!uploaded) return;
    const { config } = await this.connectors.get(caller, applicationId, id);
    const { uploadLimitBytes: limitBytes } = this.configuration;
    await this.files.store(caller, id, config, { ...uploaded, limitBytes, takenAt: new Date() });
  }
}
