import { Controller, Delete, Get, HttpCode, Param, Query } from '@nestjs/common';
import { ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentPrincipal, type Principal, Requires } from '@app/access';
import { SessionsOfOthers } from '@app/auth';
import { IdParam } from '../../http/validation/id-param.js';
import { validated } from '../../http/validation/validated.js';
import { PageQuery, pageOf } from './page.query.js';
import { presentSession, sessionListSchema } from './present-session.js';

/** Sessions of others, for whoever helps them. */
@ApiTags('directory')
@Controller('api/v1/directory/users/:userId/sessions')
export class UserSessionsController {
  constructor(private readonly sessions: SessionsOfOthers) {}

  @Get()
  @Requires('users:help')
  @ApiOperation({ summary: 'A user’s sessions, newest first' })
  @ApiOkResponse({ schema: sessionListSchema })
  async list(
    @CurrentPrincipal() caller: Principal,
    @Param('userId', new IdParam('user')) userId: string,
    @Query(validated(PageQuery, { onlyKnown: true })) query: PageQuery,
  ) {
    const { items, total } = await this.sessions.list(caller, userId, pageOf(query));
    return { totalCount: total, data: items.map((row) => presentSession(row, caller.sessionId)) };
  }

  @Delete()
  @HttpCode(204)
  @Requires('users:help')
  @ApiOperation({
    summary: 'End all of a user’s sessions',
    description: 'Never of somebody with rights the caller lacks.',
  })
  @ApiNoContentResponse()
  async endAll(
    @CurrentPrincipal() caller: Principal,
    @Param('userId', new IdParam('user')) userId: string,
  ): Promise<void> {
    await this.sessions.endAll(caller, userId);
  }
}
