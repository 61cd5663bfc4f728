import { Body, Controller, Delete, Get, HttpCode, Param, Post } from '@nestjs/common';
import { ApiBody, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentPrincipal, type Principal, Requires } from '@app/access';
import { type EntitlementOwnerAddress, type EntitlementOwnerRow, EntitlementOwners } from '@app/accounts';
import { IdParam } from '../../http/validation/id-param.js';
import { answers } from './answers.schemas.js';
import { bodyOf } from './body.js';
import { EntitlementOwnerBody } from './owner.bodies.js';
import { presentEntitlementOwner } from './present-entitlement-owner.js';

const app = new IdParam('connector');
const connector = new IdParam('connector');
const entitlement = new IdParam('entitlement');

/** Ownership of a connector by an entitlement: whoever holds it owns the connector. */
@ApiTags('connector-owners')
@Controller(
  'api/v2/apps/:app_id/connectors/:connector_id/owners/entitlements/:role_slug/:app_entitlement_ref_app_id/:app_entitlement_ref_id',
)
export class ConnectorEntitlementOwnersController {
  constructor(private readonly owners: EntitlementOwners) {}

  @Get()
  @Requires('connector-owners:read')
  @ApiOperation({ summary: 'Get an entitlement whose holders own a connector' })
  @ApiOkResponse(answers.connectorOwnerEntitlement)
  async get(
    @CurrentPrincipal() caller: Principal,
    @Param('app_id', app) applicationId: string,
    @Param('connector_id', connector) connectorId: string,
    @Param('role_slug') roleSlug: string,
    @Param('app_entitlement_ref_app_id', app) entitlementAppId: string,
    @Param('app_entitlement_ref_id', entitlement) entitlementId: string,
  ) {
    const address = {
      connector: { applicationId, connectorId },
      roleSlug,
      entitlement: { applicationId: entitlementAppId, entitlementId },
    };
    return answer(address, await this.owners.get(caller, address));
  }

  @Post()
  @HttpCode(200)
  @Requires('connector-owners:write')
  @ApiOperation({
    summary: 'Let the holders of an entitlement own a connector',
    description: 'One that is an owner stays one since when it was.',
  })
  @ApiBody({ type: EntitlementOwnerBody, required: false })
  @ApiOkResponse(answers.connectorOwnerEntitlement)
  async create(
    @CurrentPrincipal() caller: Principal,
    @Param('app_id', app) applicationId: string,
    @Param('connector_id', connector) connectorId: string,
    @Param('role_slug') roleSlug: string,
    @Param('app_entitlement_ref_app_id', app) entitlementAppId: string,
    @Param('app_entitlement_ref_id', entitlement) entitlementId: string,
    @Body() body: unknown,
  ) {
    const address = {
      connector: { applicationId, connectorId },
      roleSlug,
      entitlement: { applicationId: entitlementAppId, entitlementId },
    };
    await this.owners.requirePlace(caller, address);
    bodyOf(EntitlementOwnerBody, body);
    return answer(address, await this.owners.add(caller, address));
  }

  @Delete()
  @Requires('connector-owners:write')
  @ApiOperation({ summary: 'Take a connector from the holders of an entitlement in a role' })
  @ApiBody({ type: EntitlementOwnerBody, required: false })
  @ApiOkResponse(answers.nothing)
  async remove(
    @CurrentPrincipal() caller: Principal,
    @Param('app_id', app) applicationId: string,
    @Param('connector_id', connector) connectorId: string,
    @Param('role_slug') roleSlug: string,
    @Param('app_entitlement_ref_app_id', app) entitlementAppId: string,
    @Param('app_entitlement_ref_id', entitlement) entitlementId: string,
    @Body() body: unknown,
  ) {
    const address = {
      connector: { applicationId, connectorId },
      roleSlug,
      entitlement: { applicationId: entitlementAppId, entitlementId },
    };
    await this.owners.get(caller, address);
    bodyOf(EntitlementOwnerBody, body);
    await this.owners.remove(caller, address);
    return {};
  }
}

function answer({ connector: owned }: EntitlementOwnerAddress, row: EntitlementOwnerRow) {
  return { connectorOwnerEntitlement: presentEntitlementOwner(owned, row) };
}
