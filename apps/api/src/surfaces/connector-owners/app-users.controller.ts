import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiBody, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentPrincipal, type Principal, Requires } from '@app/access';
import { AppUsers, type AppUserSearch } from '@app/accounts';
import { ApplicationService, PersonService } from '@app/connectors';
import { and, type Condition, everything, not, or } from '@app/query';
import { IdParam } from '../../http/validation/id-param.js';
import { validated } from '../../http/validation/validated.js';
import { answers } from './answers.schemas.js';
import { AppUserViews } from './app-user-views.js';
import { bodyOf } from './body.js';
import type { ExpandMask } from './expand-mask.js';
import { among, given, partOf } from './search-conditions.js';
import { SearchAppUsersBody, type WantedAppUser } from './search-app-users.body.js';
import { type PageBody, PageQuery, pageSizeOf, PageTokens } from './paging.js';

type Filter = Omit<AppUserSearch, 'limit' | 'after'>;

const app = new IdParam('application');

/** Accounts as what users have on applications. */
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
    return this.page(caller, { applicationIds: [applicationId], where: everything }, query);
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
    return this.page(caller, { applicationIds: [applicationId], userIds: [userId], where: everything }, query);
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
    return this.page(caller, filterOf(asked), asked, asked.expandMask);
  }

  private async page(caller: Principal, filter: Filter, page: PageQuery | PageBody, mask?: ExpandMask) {
    const list = `app users with ${JSON.stringify(filter)}`;
    const after = this.tokens.idIn(list, page);
    const { items, hasNextPage } = await this.appUsers.search(caller, { ...filter, limit: pageSizeOf(page), after });
    const { views, expanded } = await this.views.present(caller, items, mask);
    return { list: views, expanded, nextPageToken: this.tokens.next(list, hasNextPage, items.at(-1)?.id ?? '') };
  }
}

/** What is empty is not given. */
function filterOf(asked: SearchAppUsersBody): Filter {
  const refs = given(asked.refs);
  return {
    applicationIds: applicationsOf(given(asked.appIds), asked.appId || undefined),
    userIds: given(asked.userIds),
    where: and(
      ...partOf(['name', 'nativeIdentity', 'email'], asked.query),
      ...among('id', asked.appUserIds),
      ...among(
        'id',
        refs?.map(({ id }) => id),
      ),
      ...(refs ? [or(...refs.map(accountOf))] : []),
      ...among('id', asked.excludeAppUserIds).map(not),
      ...among('status', asked.appUserStatuses, { STATUS_ENABLED: 'enabled', STATUS_DISABLED: 'disabled' }),
      ...among('lock', asked.appUserStatusDetails, { locked: 'locked', '': 'open' }),
      ...among('domain', asked.appUserDomains, {
        APP_USER_DOMAIN_EXTERNAL: 'external',
        APP_USER_DOMAIN_TRUSTED: 'trusted',
      }),
      ...among('type', asked.appUserTypes, {
        APP_USER_TYPE_USER: 'user',
        APP_USER_TYPE_SERVICE_ACCOUNT: 'service',
        APP_USER_TYPE_SYSTEM_ACCOUNT: 'system',
      }),
    ),
  };
}

/** On that application, if one is said. */
function accountOf({ appId, id }: WantedAppUser): Condition {
  return and(...among('id', [id]), ...among('applicationId', appId ? [appId] : undefined));
}

function applicationsOf(many: readonly string[] | undefined, one: string | undefined): readonly string[] | undefined {
  if (one === undefined) return many;
  const same = (id: string) => id.toLowerCase() === one.toLowerCase();
  return many === undefined || many.some(same) ? [one] : [];
}
