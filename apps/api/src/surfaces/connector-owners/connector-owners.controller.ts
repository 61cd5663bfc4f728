import { Body, Controller, Get, Param, Put, Query } from '@nestjs/common';
import { ApiBody, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentPrincipal, type Principal, Requires } from '@app/access';
import { EntitlementOwners } from '@app/accounts';
import { ConnectorOwnerService } from '@app/connectors';
import { InvalidError } from '@app/kernel';
import { IdParam } from '../../http/validation/id-param.js';
import { validated } from '../../http/validation/validated.js';
import { answers } from './answers.schemas.js';
import { bodyOf, SetOwnersBody } from './bodies.js';
import { pageSizeOf, OwnersQuery, PageTokens } from './paging.js';
import { People } from './people.js';
import { presentEntitlementOwner } from './present-entitlement-owner.js';

const app = new IdParam('connector');
const connector = new IdParam('connector');

/** Who owns a connector, in every role (seed 002). */
@ApiTags('connector-owners')
@Controller('api/v2/apps/:app_id/connectors/:connector_id/owners')
export class ConnectorOwnersController {
  constructor(
    private readonly users: ConnectorOwnerService,
    private readonly entitlements: EntitlementOwners,
    private readonly people: People,
    private readonly tokens: PageTokens,
  ) {}

  @Get('users')
  @Requires('connector-owners:read')
  @ApiOperation({ summary: 'List the users who own a connector' })
  @ApiOkResponse(answers.connectorOwnerUsers)
  async searchUsers(
    @CurrentPrincipal() caller: Principal,
    @Param('app_id', app) applicationId: string,
    @Param('connector_id', connector) connectorId: string,
    @Query(validated(OwnersQuery)) query: OwnersQuery,
  ) {
    const address = { applicationId, connectorId };
    await this.users.requireConnector(caller, 'connector-owners:read', address);
    const list = `user owners of ${connectorId} ${query.role_slug ?? ''}`;
    const { items, hasNextPage } = await this.users.search(caller, address, this.searchOf(list, query));
    const last = items.at(-1);
    const nextPageToken = this.tokens.next(list, hasNextPage, last?.role_slug ?? '', last?.id ?? '');
    return { list: await this.people.asOwners(caller, address, items), nextPageToken };
  }

  @Get('entitlements')
  @Requires('connector-owners:read')
  @ApiOperation({ summary: 'List the entitlements whose holders own a connector' })
  @ApiOkResponse(answers.connectorOwnerEntitlements)
  async searchEntitlements(
    @CurrentPrincipal() caller: Principal,
    @Param('app_id', app) applicationId: string,
    @Param('connector_id', connector) connectorId: string,
    @Query(validated(OwnersQuery)) query: OwnersQuery,
  ) {
    const address = { applicationId, connectorId };
    await this.users.requireConnector(caller, 'connector-owners:read', address);
    const list = `entitlement owners of ${connectorId} ${query.role_slug ?? ''}`;
    const { items, hasNextPage } = await this.entitlements.search(caller, address, this.searchOf(list, query));
    const last = items.at(-1);
    const nextPageToken = this.tokens.next(list, hasNextPage, last?.role_slug ?? '', last?.id ?? '');
    return { list: items.map((row) => presentEntitlementOwner(address, row)), nextPageToken };
  }

  @Put()
  @Requires('connector-owners:write')
  @ApiOperation({
    summary: 'Say who owns a connector in a role',
    description: 'All users and entitlements of that role are replaced, those of other roles stay.',
  })
  @ApiBody({ type: SetOwnersBody })
  @ApiOkResponse(answers.nothing)
  async set(
    @CurrentPrincipal() caller: Principal,
    @Param('app_id', app) applicationId: string,
    @Param('connector_id', connector) connectorId: string,
    @Body() body: unknown,
  ) {
    const address = { applicationId, connectorId };
    await this.users.requireConnector(caller, 'connector-owners:write', address);
    const { roleSlug, userRefs, appEntitlementRefs } = bodyOf(SetOwnersBody, body);
    if (!this.users.isRole(roleSlug)) throw InvalidError.field('roleSlug', 'roleSlug is no role of this server.');
    await this.entitlements.set(caller, address, {
      roleSlug,
      userIds: (userRefs ?? []).map(({ id }) => id.toLowerCase()),
      entitlements: (appEntitlementRefs ?? []).map(({ appId, id }) => ({
        applicationId: appId.toLowerCase(),
        entitlementId: id.toLowerCase(),
      })),
    });
    return {};
  }

  private searchOf(list: string, query: OwnersQuery) {
    const roleSlug = query.role_slug === undefined || query.role_slug === '' ? null : query.role_slug;
    return { roleSlug, limit: pageSizeOf(query), after: this.tokens.partsIn(list, query) };
  }
}
