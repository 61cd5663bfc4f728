import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiBody, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentPrincipal, type Principal, Requires } from '@app/access';
import { ApplicationService, type ConnectorChange, ConnectorService, parseConnectorConfig } from '@app/connectors';
import { InvalidError } from '@app/kernel';
import { ConnectorSyncs } from '@app/sync';
import { IdParam } from '../../http/validation/id-param.js';
import { validated } from '../../http/validation/validated.js';
import { answers } from './answers.schemas.js';
import { bodyOf, NothingBody } from './body.js';
import { ConnectorViews } from './connector-views.js';
import { CreateConnectorBody, UpdateConnectorBody } from './connector.bodies.js';
import type { ExpandMask } from './expand-mask.js';
import { PageQuery, pageSizeOf, PageTokens } from './paging.js';
import { presentConnectorView } from './present.js';
import { changesOf, maskOf } from './update-mask.js';

/** Whose it is changes only where a mask says so, for `userIds` tells of those in every role. */
const updatable = ['displayName', 'description', 'config', 'userIds'] as const;

@ApiTags('connector-owners')
@Controller('api/v1/apps/:app_id/connectors')
export class ConnectorsController {
  constructor(
    private readonly applications: ApplicationService,
    private readonly connectors: ConnectorService,
    private readonly views: ConnectorViews,
    private readonly syncs: ConnectorSyncs,
    private readonly tokens: PageTokens,
  ) {}

  @Get()
  @Requires('connectors:read')
  @ApiOperation({ summary: 'List the connectors of an application' })
  @ApiOkResponse(answers.connectors)
  async list(
    @CurrentPrincipal() caller: Principal,
    @Param('app_id', new IdParam('application')) applicationId: string,
    @Query(validated(PageQuery)) query: PageQuery,
  ) {
    await this.applications.get(caller, applicationId);
    const list = `connectors of ${applicationId}`;
    const page = await this.connectors.list(caller, applicationId, pageSizeOf(query), this.tokens.idIn(list, query));
    const nextPageToken = this.tokens.next(list, page.hasNextPage, page.endCursor ?? '');
    return { list: page.items.map(presentConnectorView), expanded: [], nextPageToken };
  }

  @Post('create')
  @HttpCode(200)
  @Requires('connectors:write')
  @ApiOperation({ summary: 'Create a connector with its configuration' })
  @ApiOkResponse(answers.connector)
  @ApiBody({ type: CreateConnectorBody })
  async create(
    @CurrentPrincipal() caller: Principal,
    @Param('app_id', new IdParam('application')) applicationId: string,
    @Body() body: unknown,
  ) {
    const application = await this.applications.get(caller, applicationId);
    const { displayName: name = application.name, ...given } = bodyOf(CreateConnectorBody, body);
    const { description = '', config, catalogId, userIds, expandMask } = given;
    const parsed = parseConnectorConfig(config);
    if (catalogId !== undefined && catalogId !== parsed.kind) {
      throw InvalidError.field('catalogId', `catalogId must be ${parsed.kind}, as config.kind.`);
    }
    const made = { name, description, config: parsed, userIds };
    const id = await this.connectors.create(caller, applicationId, made);
    return this.view(caller, applicationId, id, expandMask);
  }

  @Get(':id')
  @Requires('connectors:read')
  @ApiOperation({ summary: 'Get a connector with the state of its last run' })
  @ApiOkResponse(answers.connector)
  async get(
    @CurrentPrincipal() caller: Principal,
    @Param('app_id', new IdParam('connector')) applicationId: string,
    @Param('id', new IdParam('connector')) id: string,
  ) {
    return this.view(caller, applicationId, id);
  }

  @Post(':id')
  @HttpCode(200)
  @Requires('connectors:write')
  @ApiOperation({ summary: 'Change a connector' })
  @ApiOkResponse(answers.connector)
  @ApiBody({ type: UpdateConnectorBody })
  async update(
    @CurrentPrincipal() caller: Principal,
    @Param('app_id', new IdParam('connector')) applicationId: string,
    @Param('id', new IdParam('connector')) id: string,
    @Body() body: unknown,
  ) {
    await this.connectors.get(caller, applicationId, id);
    const { connector, updateMask, expandMask } = bodyOf(UpdateConnectorBody, body);
    await this.connectors.update(caller, applicationId, id, changeOf(connector, maskOf(updateMask, updatable)));
    return this.view(caller, applicationId, id, expandMask);
  }

  @Delete(':id')
  @Requires('connectors:write')
  @ApiOperation({
    summary: 'Delete a connector with its accounts',
    description: 'Its runs stop, its files are gone, its name is free; people whom it made stay.',
  })
  @ApiOkResponse(answers.nothing)
  @ApiBody({ type: NothingBody, required: false })
  async remove(
    @CurrentPrincipal() caller: Principal,
    @Param('app_id', new IdParam('connector')) applicationId: string,
    @Param('id', new IdParam('connector')) connectorId: string,
    @Body() body: unknown,
  ) {
    await this.connectors.get(caller, applicationId, connectorId);
    bodyOf(NothingBody, body);
    await this.syncs.delete(caller, { applicationId, connectorId });
    return {};
  }

  private async view(caller: Principal, applicationId: string, id: string, mask?: ExpandMask) {
    return this.views.present(caller, await this.connectors.get(caller, applicationId, id), mask);
  }
}

/** Neither name nor configuration can be empty. */
function changeOf(
  { displayName: name, description, config, userIds }: UpdateConnectorBody['connector'],
  mask: ReadonlySet<(typeof updatable)[number]> | undefined,
): ConnectorChange {
  const given = { displayName: name, description, config, userIds: mask && userIds };
  const emptied = { description: '', userIds: [] };
  const { displayName, ...changes } = changesOf('connector', { given, mask, emptied });
  return { ...changes, name: displayName, config: changes.config && parseConnectorConfig(changes.config) };
}
