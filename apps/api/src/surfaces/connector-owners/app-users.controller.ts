import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiBody, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentPrincipal, type Principal, Requires } from '@app/access';
import { AppUsers, type AppUserSearch } from '@app/accounts';
import { ApplicationService, PersonService } from '@app/connectors';
import { IdParam } from '../../http/validation/id-param.js';
import { validated } from '../../http/validation/validated.js';
import { answers } from './answers.schemas.js';
import { AppUserViews } from './app-user-views.js';
import { bodyOf } from './body.js';
import { expandable } from './expand-mask.js';
import { SearchAppUsersBody } from './search-app-users.body.js';
import { type PageBody, PageQuery, pageSizeOf, PageTokens } from './paging.js';

type Filter = Omit<AppUserSearch, 'limit' | 'after'>;

const app = new IdParam('application');

/** Accounts as what users have on applications (seed 002). */
@ApiTags('connector-owners')
@Controller('api/v1')
export class AppUsersController {
  constructor(
    private readonly appUsers: AppUsers,
    private readonly applications: ApplicationService,
    private readonly persons: PersonService,
    private readonly views: AppUserViews,
    private readonly tokens: PageTokens,
  ) {}

  @Get('apps/:app_id/app_users')
  @Requires('accounts:read')
  @ApiOperation({ summary: 'List the accounts on an application' })
  @ApiOkResponse(answers.appUsers)
  async list(
    @CurrentPrincipal() caller: Principal,
    @Param('app_id', app) applicationId: string,
    @Query(validated(PageQuery)) query: PageQuery,
  ) {
    await this.applications.get(caller, applicationId);
    return this.page(caller, { applicationIds: [applicationId] }, query);
  }

  @Get('apps/:app_id/users/:user_id/app_users')
  @Requires('accounts:read')
  @ApiOperation({ summary: 'List the accounts of a user on an application' })
  @ApiOkResponse(answers.appUsers)
  async listOfUser(
    @CurrentPrincipal() caller: Principal,
    @Param('app_id', app) applicationId: string,
    @Param('user_id', new IdParam('user')) userId: string,
    @Query(validated(PageQuery)) query: PageQuery,
  ) {
    await this.applications.get(caller, applicationId);
    await this.persons.get(caller, userId);
    return this.page(caller, { applicationIds: [applicationId], userIds: [userId] }, query);
  }

  @Post('search/app_users')
  @HttpCode(200)
  @Requires('accounts:read')
  @ApiOperation({
    summary: 'Find accounts by application, user, part of a name, ids, state and kind',
    description: 'All that is given is to be met; what is empty is not given.',
  })
  @ApiBody({ type: SearchAppUsersBody })
  @ApiOkResponse(answers.appUsers)
  async search(@CurrentPrincipal() caller: Principal, @Body() body: unknown) {
    const asked = bodyOf(SearchAppUsersBody, body);
    const paths = asked.expandMask?.paths ?? [];
    const filter = filterOf(asked);
    const expanding = expandable.appUser.filter((path) => paths.includes(path) || paths.includes('*'));
    return this.page(caller, filter, asked, expanding);
  }

  private async page(
    caller: Principal,
    filter: Filter,
    page: PageQuery | PageBody,
    expanding: readonly (typeof expandable.appUser)[number][] = [],
  ) {
    const list = `app users with ${JSON.stringify(filter)}`;
    const after = this.tokens.idIn(list, page);
    const { items, hasNextPage } = await this.appUsers.search(caller, { ...filter, limit: pageSizeOf(page), after });
    const { views, expanded } = await this.views.present(caller, items, expanding);
    return { list: views, expanded, nextPageToken: this.tokens.next(list, hasNextPage, items.at(-1)?.id ?? '') };
  }
}

/** As the vendor's gateway reads a body: an empty text or list is one that was not sent. */
function filterOf(asked: SearchAppUsersBody): Filter {
  const given = <One>(list: readonly One[] | undefined) => (list?.length ? list : undefined);
  const told = <Kind>(list: readonly string[] | undefined, known: Readonly<Record<string, Kind>>) =>
    given(list)?.flatMap((one) => (Object.hasOwn(known, one) ? [known[one]!] : []));
  return {
    applicationIds: applicationsOf(given(asked.appIds), asked.appId || undefined),
    userIds: given(asked.userIds),
    query: asked.query || undefined,
    ids: given(asked.appUserIds),
    refs: given(asked.refs)?.map(({ appId, id }) => ({ applicationId: appId || null, id })),
    exceptIds: given(asked.excludeAppUserIds),
    disabled: told(asked.appUserStatuses, { STATUS_ENABLED: false, STATUS_DISABLED: true }),
    locked: told(asked.appUserStatusDetails, { locked: true, '': false }),
    types: told(asked.appUserTypes, {
      APP_USER_TYPE_USER: 'user',
      APP_USER_TYPE_SERVICE_ACCOUNT: 'service',
      APP_USER_TYPE_SYSTEM_ACCOUNT: 'system',
    } as const),
    external: told(asked.appUserDomains, { APP_USER_DOMAIN_EXTERNAL: true, APP_USER_DOMAIN_TRUSTED: false }),
  };
}

function applicationsOf(many: readonly string[] | undefined, one: string | undefined): readonly string[] | undefined {
  if (one === undefined) return many;
  const same = (id: string) => id.toLowerCase() === one.toLowerCase();
  return many === undefined || many.some(same) ? [one] : [];
}
