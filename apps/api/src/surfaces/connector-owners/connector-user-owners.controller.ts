import { Body, Controller, Delete, Get, HttpCode, Param, Post } from '@nestjs/common';
import { ApiBody, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentPrincipal, type Principal, Requires } from '@app/access';
import { type ConnectorOwnerRow, ConnectorOwnerService, type OwnershipAddress } from '@app/connectors';
import { IdParam } from '../../http/validation/id-param.js';
import { answers } from './answers.schemas.js';
import { bodyOf } from './body.js';
import { UserOwnerBody } from './owner.bodies.js';
import { People } from './people.js';

const app = new IdParam('connector');
const connector = new IdParam('connector');
const user = new IdParam('user');

@ApiTags('connector-owners')
@Controller('api/v2/apps/:app_id/connectors/:connector_id/owners/users/:role_slug/:user_ref_id')
export class ConnectorUserOwnersController {
  constructor(
    private readonly owners: ConnectorOwnerService,
    private readonly people: People,
  ) {}

  @Get()
  @Requires('connector-owners:read')
  @ApiOperation({ summary: 'Get a user who owns a connector in a role' })
  @ApiOkResponse(answers.connectorOwnerUser)
  async get(
    @CurrentPrincipal() caller: Principal,
    @Param('app_id', app) applicationId: string,
    @Param('connector_id', connector) connectorId: string,
    @Param('role_slug') roleSlug: string,
    @Param('user_ref_id', user) userId: string,
  ) {
    const address = { applicationId, connectorId, roleSlug, userId };
    return this.answer(caller, address, await this.owners.get(caller, address));
  }

  @Post()
  @HttpCode(200)
  @Requires('connector-owners:write')
  @ApiOperation({
    summary: 'Make a user an owner of a connector',
    description: 'One who is stays one since when he was.',
  })
  @ApiBody({ type: UserOwnerBody, required: false })
  @ApiOkResponse(answers.connectorOwnerUser)
  async create(
    @CurrentPrincipal() caller: Principal,
    @Param('app_id', app) applicationId: string,
    @Param('connector_id', connector) connectorId: string,
    @Param('role_slug') roleSlug: string,
    @Param('user_ref_id', user) userId: string,
    @Body() body: unknown,
  ) {
    const address = { applicationId, connectorId, roleSlug, userId };
    await this.owners.requirePlace(caller, address);
    bodyOf(UserOwnerBody, body);
    return this.answer(caller, address, await this.owners.add(caller, address));
  }

  @Delete()
  @Requires('connector-owners:write')
  @ApiOperation({ summary: 'Take a connector from a user in a role' })
  @ApiBody({ type: UserOwnerBody, required: false })
  @ApiOkResponse(answers.nothing)
  async remove(
    @CurrentPrincipal() caller: Principal,
    @Param('app_id', app) applicationId: string,
    @Param('connector_id', connector) connectorId: string,
    @Param('role_slug') roleSlug: string,
    @Param('user_ref_id', user) userId: string,
    @Body() body: unknown,
  ) {
    const address = { applicationId, connectorId, roleSlug, userId };
    await this.owners.get(caller, address);
    bodyOf(UserOwnerBody, body);
    await this.owners.remove(caller, address);
    return {};
  }

  private async answer(caller: Principal, address: OwnershipAddress, owner: ConnectorOwnerRow) {
    const [connectorOwnerUser] = await this.people.asOwners(caller, address, [owner]);
    return { connectorOwnerUser };
  }
}
