import { Body, Controller, Delete, Get, HttpCode, Param, Post, Put, Query } from '@nestjs/common';
import { ApiBody, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentPrincipal, type Principal, Requires } from '@app/access';
import { ApplicationOwnerService, ApplicationService, PersonService } from '@app/connectors';
import { NotFoundError } from '@app/kernel';
import { IdParam } from '../../http/validation/id-param.js';
import { validated } from '../../http/validation/validated.js';
import { answers } from './answers.schemas.js';
import { SetAppOwnersBody } from './app.bodies.js';
import { bodyOf, NothingBody } from './body.js';
import { PageQuery, pageSizeOf, PageTokens } from './paging.js';
import { People } from './people.js';

const app = new IdParam('application');
const user = new IdParam('user');

/** Whom an application belongs to. Nobody may do anything by it. */
@ApiTags('connector-owners')
@Controller('api/v1/apps/:app_id')
export class AppOwnersController {
  constructor(
    private readonly applications: ApplicationService,
    private readonly owners: ApplicationOwnerService,
    private readonly persons: PersonService,
    private readonly people: People,
    private readonly tokens: PageTokens,
  ) {}

  @Get('owners')
  @Requires('connectors:read')
  @ApiOperation({ summary: 'List the users who own an application' })
  @ApiOkResponse(answers.appOwners)
  async list(
    @CurrentPrincipal() caller: Principal,
    @Param('app_id', app) applicationId: string,
    @Query(validated(PageQuery)) query: PageQuery,
  ) {
    const { owner_user_ids: all } = await this.applications.get(caller, applicationId);
    const name = `owners of the application ${applicationId}`;
    const after = this.tokens.idIn(name, query);
    const rest = after === null ? all : all.filter((id) => id > after);
    const ids = rest.slice(0, pageSizeOf(query));
    const list = await this.people.present(caller, await this.persons.ofIds(caller, ids));
    return { list, nextPageToken: this.tokens.next(name, rest.length > ids.length, ids.at(-1) ?? '') };
  }

  @Put('owners')
  @Requires('connectors:write')
  @ApiOperation({ summary: 'Say who owns an application', description: 'All others cease to.' })
  @ApiOkResponse(answers.nothing)
  @ApiBody({ type: SetAppOwnersBody, required: false })
  async set(@CurrentPrincipal() caller: Principal, @Param('app_id', app) applicationId: string, @Body() body: unknown) {
    await this.applications.get(caller, applicationId);
    const { userIds = [] } = bodyOf(SetAppOwnersBody, body);
    await this.owners.set(caller, applicationId, userIds);
    return {};
  }

  @Delete('owners')
  @Requires('connectors:write')
  @ApiOperation({ summary: 'Take an application from everybody who owns it' })
  @ApiOkResponse(answers.nothing)
  @ApiBody({ type: NothingBody, required: false })
  async clear(
    @CurrentPrincipal() caller: Principal,
    @Param('app_id', app) applicationId: string,
    @Body() body: unknown,
  ) {
    await this.applications.get(caller, applicationId);
    bodyOf(NothingBody, body);
    await this.owners.set(caller, applicationId, []);
    return {};
  }

  @Post('owners/:user_id')
  @HttpCode(200)
  @Requires('connectors:write')
  @ApiOperation({ summary: 'Make a user an owner of an application', description: 'One who is stays one.' })
  @ApiOkResponse(answers.nothing)
  @ApiBody({ type: NothingBody, required: false })
  async add(
    @CurrentPrincipal() caller: Principal,
    @Param('app_id', app) applicationId: string,
    @Param('user_id', user) userId: string,
    @Body() body: unknown,
  ) {
    await this.applications.get(caller, applicationId);
    await this.owners.requireUser(caller, userId);
    bodyOf(NothingBody, body);
    await this.owners.add(caller, applicationId, userId);
    return {};
  }

  @Delete('owners/:user_id')
  @Requires('connectors:write')
  @ApiOperation({ summary: 'Take an application from a user' })
  @ApiOkResponse(answers.nothing)
  @ApiBody({ type: NothingBody, required: false })
  async remove(
    @CurrentPrincipal() caller: Principal,
    @Param('app_id', app) applicationId: string,
    @Param('user_id', user) userId: string,
    @Body() body: unknown,
  ) {
    const { owner_user_ids: all } = await this.applications.get(caller, applicationId);
    if (!all.includes(userId)) throw new NotFoundError('application owner');
    bodyOf(NothingBody, body);
    await this.owners.remove(caller, applicationId, userId);
    return {};
  }

  @Get('ownerids')
  @Requires('connectors:read')
  @ApiOperation({ summary: 'List the ids of the users who own an application' })
  @ApiOkResponse(answers.appOwnerIds)
  async ids(@CurrentPrincipal() caller: Principal, @Param('app_id', app) applicationId: string) {
    const { owner_user_ids: userIds } = await this.applications.get(caller, applicationId);
    return { userIds };
  }
}
