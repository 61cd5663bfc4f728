import { Body, Controller, HttpCode, Inject, Param, Post, Req } from '@nestjs/common';
import { ApiBody, ApiConsumes, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { CurrentPrincipal, type Principal, Requires } from '@app/access';
import { ConnectorFileService, ConnectorService, parseConnectorConfig } from '@app/connectors';
import { PreconditionError, DomainError, InvalidError } from '@app/kernel';
import { uploadedFile } from '../../http/bodies/uploaded-file.js';
import { IdParam } from '../../http/validation/id-param.js';
import { configurationToken, type ApiConfiguration } from '../../api-configuration.js';
import { answers } from './answers.schemas.js';
import { bodyOf } from './body.js';
import { ValidateBody } from './run.bodies.js';
import { presentFile, presentRefusedRow } from './present.js';

@ApiTags('connector-owners')
@Controller('api/v1/apps/:app_id/connectors/:id')
export class FilesController {
  constructor(
    private readonly connectors: ConnectorService,
    private readonly files: ConnectorFileService,
    @Inject(configurationToken) private readonly configuration: ApiConfiguration,
  ) {}

  @Post('files')
  @HttpCode(200)
  @Requires('connectors:write')
  @ApiOperation({
    summary: 'Upload the file the next run reads',
    description: 'Checked while it streams; a file that cannot be read is refused with its line.',
  })
  @ApiOkResponse(answers.file)
  @ApiConsumes('multipart/form-data')
  @ApiBody({
    schema: { type: 'object', required: ['file'], properties: { file: { type: 'string', format: 'binary' } } },
  })
  async upload(
    @CurrentPrincipal() caller: Principal,
    @Param('app_id', new IdParam('connector')) applicationId: string,
    @Param('id', new IdParam('connector')) id: string,
    @Req() request: FastifyRequest,
  ) {
    const connector = await this.connectors.get(caller, applicationId, id);
    if (!request.isMultipart()) {
      throw new DomainError('unsupported_media_type', 'Send the file as multipart/form-data in a part named "file".');
    }
    const uploaded = await uploadedFile(request);
    if (!uploaded) throw InvalidError.field('file', 'A part named "file" is required.');
    const file = await this.files.store(caller, id, connector.config, {
      ...uploaded,
      limitBytes: this.configuration.uploadLimitBytes,
      takenAt: new Date(),
    });
    return { file: presentFile(file) };
  }

  @Post('validate')
  @HttpCode(200)
  @Requires('connectors:write')
  @ApiOperation({ summary: 'Read the newest file under a configuration, without taking anything over' })
  @ApiOkResponse(answers.validation)
  @ApiBody({ type: ValidateBody, required: false })
  async validate(
    @CurrentPrincipal() caller: Principal,
    @Param('app_id', new IdParam('connector')) applicationId: string,
    @Param('id', new IdParam('connector')) id: string,
    @Body() body: unknown,
  ) {
    const connector = await this.connectors.get(caller, applicationId, id);
    const { config } = bodyOf(ValidateBody, body);
    const parsed = config === undefined ? connector.config : parseConnectorConfig(config);
    const file = await this.files.newest(caller, id);
    if (file === undefined) throw new PreconditionError('The connector has no file yet: upload one first.');
    const checked = await this.files.check(parsed, this.files.read(caller, file.id));
    return {
      fileId: file.id,
      rows: checked.rows,
      refusedRows: checked.refusedRows,
      firstRefused: checked.firstRefused.map(presentRefusedRow),
    };
  }
}
