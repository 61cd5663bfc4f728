import { Body, Controller, Get, Param, Put, Query } from '@nestjs/common';
import { ApiBody, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentPrincipal, type Principal, Requires } from '@app/access';
import { EntitlementOwners } from '@app/accounts';
import { type ConnectorAddress, ConnectorOwnerService, type OwnerPage } from '@app/connectors';
import { InvalidError } from '@app/kernel';
import { IdParam } from '../../http/validation/id-param.js';
import { validated } from '../../http/validation/validated.js';
import { answers } from './answers.schemas.js';
import { bodyOf } from './body.js';
import { SetOwnersBody } from './owner.bodies.js';
import { pageSizeOf, OwnersQuery, PageTokens } from './paging.js';
import { People } from './people.js';
import { presentEntitlementOwner } from './present-entitlement-owner.js';

const app = new IdParam('connector');
const connector = new IdParam('connector');

type Search<Row> = (
  caller: Principal,
  address: ConnectorAddress,
  page: OwnerPage,
) => Promise<{ readonly items: readonly Row[]; readonly hasNextPage: boolean }>;

/** Who owns a connector, in every role. */
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
    const page = await this.page(caller, address, { query, of: 'user', search: this.users.search.bind(this.users) });
    return { ...page, list: await this.people.asOwners(caller, address, page.list) };
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
    const page = await this.page(caller, address, {
      query,
      of: 'entitlement',
      search: this.entitlements.search.bind(this.entitlements),
    });
    return { ...page, list: page.list.map((row) => presentEntitlementOwner(address, row)) };
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
      userIds: (userRefs ?? []).map(({ id }) => id),
      entitlements: (appEntitlementRefs ?? []).map(({ appId, id }) => ({
        applicationId: appId.toLowerCase(),
        entitlementId: id.toLowerCase(),
      })),
    });
    return {};
  }

  /** An unknown connector is 404 before anything is said of the page. */
  private async page<Row extends { readonly role_slug: string; readonly id: string }>(
    caller: Principal,
    address: ConnectorAddress,
    { query, of, search }: { readonly query: OwnersQuery; readonly of: string; readonly search: Search<Row> },
  ) {
    await this.users.requireConnector(caller, 'connector-owners:read', address);
    const { role_slug: role = '' } = query;
    const name = `${of} owners of ${address.connectorId} ${role}`;
    const after = this.tokens.partsIn(name, query);
    const asked = { roleSlug: role === '' ? null : role, limit: pageSizeOf(query), after };
    const { items, hasNextPage } = await search(caller, address, asked);
    const last = items.at(-1);
    return { list: items, nextPageToken: this.tokens.next(name, hasNextPage, last?.role_slug ?? '', last?.id ?? '') };
  }
}
