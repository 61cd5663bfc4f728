import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiBody, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentPrincipal, type Principal, Requires } from '@app/access';
import { ApplicationService } from '@app/connectors';
import { IdParam } from '../../http/validation/id-param.js';
import { validated } from '../../http/validation/validated.js';
import { answers } from './answers.schemas.js';
import { AppViews } from './app-views.js';
import { CreateAppBody, UpdateAppBody } from './app.bodies.js';
import { bodyOf, NothingBody } from './body.js';
import { PageQuery, pageSizeOf, PageTokens } from './paging.js';
import { changesOf, maskOf } from './update-mask.js';

const updatable = ['displayName', 'description'] as const;
const app = new IdParam('application');

@ApiTags('connector-owners')
@Controller('api/v1/apps')
export class AppsController {
  constructor(
    private readonly applications: ApplicationService,
    private readonly views: AppViews,
    private readonly tokens: PageTokens,
  ) {}

  @Get()
  @Requires('connectors:read')
  @ApiOperation({ summary: 'List applications' })
  @ApiOkResponse(answers.apps)
  async list(@CurrentPrincipal() caller: Principal, @Query(validated(PageQuery)) query: PageQuery) {
    const page = await this.applications.list(caller, pageSizeOf(query), this.tokens.idIn('apps', query));
    const nextPageToken = this.tokens.next('apps', page.hasNextPage, page.endCursor ?? '');
    return { list: await this.views.present(caller, page.items), nextPageToken };
  }

  @Post()
  @HttpCode(200)
  @Requires('connectors:write')
  @ApiOperation({ summary: 'Create an application' })
  @ApiOkResponse(answers.app)
  @ApiBody({ type: CreateAppBody })
  async create(@CurrentPrincipal() caller: Principal, @Body() body: unknown) {
    const { displayName: name, description = '', owners: ownerIds = [] } = bodyOf(CreateAppBody, body);
    return this.view(caller, await this.applications.create(caller, { name, description, ownerIds }));
  }

  @Get(':id')
  @Requires('connectors:read')
  @ApiOperation({ summary: 'Get an application' })
  @ApiOkResponse(answers.app)
  async get(@CurrentPrincipal() caller: Principal, @Param('id', app) id: string) {
    return this.view(caller, id);
  }

  @Post(':id')
  @HttpCode(200)
  @Requires('connectors:write')
  @ApiOperation({
    summary: 'Change an application',
    description: 'Without a mask what is given; what a mask names and `app` lacks becomes empty.',
  })
  @ApiOkResponse(answers.app)
  @ApiBody({ type: UpdateAppBody, required: false })
  async update(@CurrentPrincipal() caller: Principal, @Param('id', app) id: string, @Body() body: unknown) {
    await this.applications.get(caller, id);
    const { app: given = {}, updateMask } = bodyOf(UpdateAppBody, body);
    const mask = maskOf(updateMask, updatable);
    const { displayName: name, description } = changesOf('app', { given, mask, emptied: { description: '' } });
    await this.applications.update(caller, id, { name, description });
    return this.view(caller, id);
  }

  @Delete(':id')
  @Requires('connectors:write')
  @ApiOperation({
    summary: 'Delete an application',
    description: 'Only one whose connectors are deleted: others are 400 with code 9.',
  })
  @ApiOkResponse(answers.nothing)
  @ApiBody({ type: NothingBody, required: false })
  async remove(@CurrentPrincipal() caller: Principal, @Param('id', app) id: string, @Body() body: unknown) {
    await this.applications.get(caller, id);
    bodyOf(NothingBody, body);
    await this.applications.delete(caller, id);
    return {};
  }

  private async view(caller: Principal, id: string) {
    const [view] = await this.views.present(caller, [await this.applications.get(caller, id)]);
    return { app: view };
  }
}
