import { Body, Controller, Delete, Get, HttpCode, Param, Post, Put, Query } from '@nestjs/common';
import { ApiBody, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentPrincipal, type Principal, Requires } from '@app/access';
import { ApplicationDirectories } from '@app/connectors';
import { IdParam } from '../../http/validation/id-param.js';
import { validated } from '../../http/validation/validated.js';
import { answers } from './answers.schemas.js';
import { bodyOf, NothingBody } from './body.js';
import type { ExpandMask } from './expand-mask.js';
import { DirectoryViews } from './directory-views.js';
import { CreateDirectoryBody, UpdateDirectoryBody } from './directory.bodies.js';
import { PageQuery, pageSizeOf, PageTokens } from './paging.js';

const directory = new IdParam('directory');

/** Applications raised to say who somebody is; each has its application's id. */
@ApiTags('connector-owners')
@Controller('api/v1/directories')
export class DirectoriesController {
  constructor(
    private readonly directories: ApplicationDirectories,
    private readonly views: DirectoryViews,
    private readonly tokens: PageTokens,
  ) {}

  @Get()
  @Requires('connectors:read')
  @ApiOperation({ summary: 'List directories' })
  @ApiOkResponse(answers.directories)
  async list(@CurrentPrincipal() caller: Principal, @Query(validated(PageQuery)) query: PageQuery) {
    const page = await this.directories.list(caller, pageSizeOf(query), this.tokens.idIn('directories', query));
    const { views, expanded } = await this.views.present(caller, page.items);
    const nextPageToken = this.tokens.next('directories', page.hasNextPage, page.endCursor ?? '');
    return { list: views, expanded, nextPageToken };
  }

  @Post()
  @HttpCode(200)
  @Requires('connectors:write')
  @ApiOperation({ summary: 'Raise an application to a directory', description: 'One that is stays one.' })
  @ApiOkResponse(answers.directory)
  @ApiBody({ type: CreateDirectoryBody })
  async create(@CurrentPrincipal() caller: Principal, @Body() body: unknown) {
    const { appId, expandMask } = bodyOf(CreateDirectoryBody, body);
    const id = directory.transform(appId);
    await this.directories.raise(caller, id);
    return this.view(caller, id, expandMask);
  }

  @Get(':app_id')
  @Requires('connectors:read')
  @ApiOperation({ summary: 'Get a directory' })
  @ApiOkResponse(answers.directory)
  async get(@CurrentPrincipal() caller: Principal, @Param('app_id', directory) id: string) {
    return this.view(caller, id);
  }

  @Put(':app_id')
  @Requires('connectors:write')
  @ApiOperation({
    summary: 'Say which accounts of a directory count',
    description: 'All of them do; there is no other choice yet, and nothing changes.',
  })
  @ApiOkResponse(answers.directory)
  @ApiBody({ type: UpdateDirectoryBody, required: false })
  async update(@CurrentPrincipal() caller: Principal, @Param('app_id', directory) id: string, @Body() body: unknown) {
    await this.directories.get(caller, id);
    const { expandMask } = bodyOf(UpdateDirectoryBody, body);
    return this.view(caller, id, expandMask);
  }

  @Delete(':app_id')
  @Requires('connectors:write')
  @ApiOperation({
    summary: 'Lower a directory to an application',
    description: 'It stays as that. With an authoritative connector it is a directory: then 400 with code 9.',
  })
  @ApiOkResponse(answers.nothing)
  @ApiBody({ type: NothingBody, required: false })
  async remove(@CurrentPrincipal() caller: Principal, @Param('app_id', directory) id: string, @Body() body: unknown) {
    await this.directories.get(caller, id);
    bodyOf(NothingBody, body);
    await this.directories.lower(caller, id);
    return {};
  }

  private async view(caller: Principal, id: string, mask?: ExpandMask) {
    const { views, expanded } = await this.views.present(caller, [await this.directories.get(caller, id)], mask);
    return { directoryView: views[0], expanded };
  }
}
