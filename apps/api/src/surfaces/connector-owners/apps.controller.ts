import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiBody, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentPrincipal, type Principal, Requires } from '@app/access';
import { ApplicationService } from '@app/connectors';
import { IdParam } from '../../http/validation/id-param.js';
import { validated } from '../../http/validation/validated.js';
import { answers } from './answers.schemas.js';
import { bodyOf, CreateAppBody } from './bodies.js';
import { PageQuery, pageSizeOf, PageTokens } from './paging.js';
import { presentApp } from './present.js';

@ApiTags('connector-owners')
@Controller('api/v1/apps')
export class AppsController {
  constructor(
    private readonly applications: ApplicationService,
    private readonly tokens: PageTokens,
  ) {}

  @Get()
  @Requires('connectors:read')
  @ApiOperation({ summary: 'List applications' })
  @ApiOkResponse(answers.apps)
  async list(@CurrentPrincipal() caller: Principal, @Query(validated(PageQuery)) query: PageQuery) {
    const page = await this.applications.list(caller, pageSizeOf(query), this.tokens.idIn('apps', query));
    const nextPageToken = this.tokens.next('apps', page.hasNextPage, page.endCursor ?? '');
    return { list: page.items.map(presentApp), nextPageToken };
  }

  @Post()
  @HttpCode(200)
  @Requires('connectors:write')
  @ApiOperation({ summary: 'Create an application' })
  @ApiOkResponse(answers.app)
  @ApiBody({ type: CreateAppBody })
  async create(@CurrentPrincipal() caller: Principal, @Body() body: unknown) {
    const { displayName, description = '' } = bodyOf(CreateAppBody, body);
    const id = await this.applications.create(caller, { name: displayName, description });
    return { app: presentApp(await this.applications.get(caller, id)) };
  }

  @Get(':id')
  @Requires('connectors:read')
  @ApiOperation({ summary: 'Get an application' })
  @ApiOkResponse(answers.app)
  async get(@CurrentPrincipal() caller: Principal, @Param('id', new IdParam('application')) id: string) {
    return { app: presentApp(await this.applications.get(caller, id)) };
  }
}
