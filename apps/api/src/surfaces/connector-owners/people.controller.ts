import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiBody, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentPrincipal, type Principal, Requires } from '@app/access';
import { PersonService } from '@app/connectors';
import { and, type Condition, everything, not } from '@app/query';
import { IdParam } from '../../http/validation/id-param.js';
import { validated } from '../../http/validation/validated.js';
import { answers } from './answers.schemas.js';
import { bodyOf } from './body.js';
import type { ExpandMask } from './expand-mask.js';
import { PageBody, PageQuery, pageSizeOf, PageTokens } from './paging.js';
import { among, partOf } from './search-conditions.js';
import { SearchUsersBody } from './search-users.body.js';
import { UserViews } from './user-views.js';

/** Who signs in here, as the owners of a connector are told. */
@ApiTags('connector-owners')
@Controller('api/v1')
export class PeopleController {
  constructor(
    private readonly persons: PersonService,
    private readonly views: UserViews,
    private readonly tokens: PageTokens,
  ) {}

  @Get('users')
  @Requires('users:list')
  @ApiOperation({
    summary: 'List users with the owner records linked to them',
    description: 'Deleted ones are hidden.',
  })
  @ApiOkResponse(answers.users)
  async list(@CurrentPrincipal() caller: Principal, @Query(validated(PageQuery)) query: PageQuery) {
    return this.page(caller, { list: 'users', where: everything, page: query });
  }

  @Get('users/:userId')
  @Requires('users:read')
  @ApiOperation({
    summary: 'Get a user with the owner record linked to him',
    description: 'Everybody may get himself. Deleted ones are still there.',
  })
  @ApiOkResponse(answers.user)
  async get(@CurrentPrincipal() caller: Principal, @Param('userId', new IdParam('user')) userId: string) {
    const { views, expanded } = await this.views.present(caller, [await this.persons.get(caller, userId)]);
    return { userView: views[0], expanded };
  }

  @Post('search/users')
  @HttpCode(200)
  @Requires('users:list')
  @ApiOperation({
    summary: 'Find users by address, name, part of either, ids, and who they are',
    description: 'All that is given is to be met; what is empty is not given. Deleted ones are hidden.',
  })
  @ApiBody({ type: SearchUsersBody })
  @ApiOkResponse(answers.users)
  async search(@CurrentPrincipal() caller: Principal, @Body() body: unknown) {
    const asked = bodyOf(SearchUsersBody, body);
    const where = conditionOf(asked);
    const list = `users with ${JSON.stringify(where)}`;
    return this.page(caller, { list, where, page: asked, mask: asked.expandMask });
  }

  private async page(
    caller: Principal,
    {
      list,
      where,
      page,
      mask,
    }: {
      readonly list: string;
      readonly where: Condition;
      readonly page: PageQuery | PageBody;
      readonly mask?: ExpandMask | undefined;
    },
  ) {
    const after = this.tokens.idIn(list, page);
    const { items, hasNextPage } = await this.persons.search(caller, { where, limit: pageSizeOf(page), after });
    const { views, expanded } = await this.views.present(caller, items, mask);
    return { list: views, expanded, nextPageToken: this.tokens.next(list, hasNextPage, items.at(-1)?.id ?? '') };
  }
}

const userTypes = {
  USER_TYPE_SYSTEM: 'system',
  USER_TYPE_HUMAN: 'human',
  USER_TYPE_SERVICE: 'service',
  USER_TYPE_UNSPECIFIED: 'unspecified',
};

/** What is empty is not given. */
function conditionOf(asked: SearchUsersBody): Condition {
  return and(
    ...same('email', asked.email),
    ...same('displayName', asked.displayName),
    ...among('id', asked.ids),
    ...among(
      'id',
      asked.refs?.map(({ id }) => id),
    ),
    ...among('department', asked.departments),
    ...among('title', asked.jobTitles),
    ...among('managerId', asked.managerIds),
    ...among('role', asked.roleIds),
    ...among('status', asked.userStatuses, { ENABLED: 'active', DISABLED: 'inactive' }),
    ...among('id', asked.excludeIds).map(not),
    ...among('type', asked.excludeTypes, userTypes).map(not),
    ...partOf(['displayName', 'userName', 'email'], asked.query),
  );
}

function same(path: string, value: string | undefined): Condition[] {
  return value ? [{ kind: 'compare', path, op: 'eq', value }] : [];
}
