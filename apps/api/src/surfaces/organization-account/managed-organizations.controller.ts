import { Body, Controller, Get, HttpCode, Param, Patch, Post, Query, Res } from '@nestjs/common';
import { ApiBody, ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { CurrentPrincipal, type Principal, Requires } from '@app/access';
import {
  type ManagedOrganizationChanges,
  ManagedOrganizations,
  ManagingTokens,
  type NewManagedOrganization,
} from '@app/administration';
import { locationHeader } from '../../http/location-header.js';
import { IdParam } from '../../http/validation/id-param.js';
import { validated } from '../../http/validation/validated.js';
import { managedOrganizationChanges, newManagedOrganization } from './account.bodies.js';
import { ListManagedOrganizationsQuery, NotifyQuery } from './account.query.js';
import {
  madeOrganizationSchema,
  managedOrganizationBodySchema,
  managedOrganizationSchema,
  managedOrganizationsSchema,
  managingTokenSchema,
  newManagedOrganizationSchema,
} from './account.schemas.js';
import { presentMadeOrganization, presentManagedOrganization } from './present-managed-organization.js';

const path = 'api/v1/managed-organizations';
const organization = new IdParam('organization');

/** Organizations that the caller's own manages. No vendor publishes how they are made. */
@ApiTags('organization-account')
@Controller(path)
export class ManagedOrganizationsController {
  constructor(
    private readonly managed: ManagedOrganizations,
    private readonly tokens: ManagingTokens,
  ) {}

  @Get()
  @Requires('managed-organizations:read')
  @ApiOperation({ summary: 'List managed organizations in the order they were made' })
  @ApiOkResponse({ schema: managedOrganizationsSchema as never })
  async list(
    @CurrentPrincipal() caller: Principal,
    @Query(validated(ListManagedOrganizationsQuery, { onlyKnown: true }))
    { first, after }: ListManagedOrganizationsQuery,
  ) {
    const { items, hasNextPage, endCursor } = await this.managed.list(caller, first, after);
    return { organizations: items.map(presentManagedOrganization), pageInfo: { hasNextPage, endCursor } };
  }

  @Post()
  @HttpCode(201)
  @Requires('managed-organizations:write')
  @ApiOperation({
    summary: 'Make an organization that this one manages',
    description: 'Whoever answers for its account is invited, and its Administrator once he accepts.',
  })
  @ApiBody({ schema: newManagedOrganizationSchema as never })
  @ApiCreatedResponse({ schema: madeOrganizationSchema as never, headers: locationHeader })
  async create(
    @CurrentPrincipal() caller: Principal,
    @Query(validated(NotifyQuery, { onlyKnown: true })) { notify }: NotifyQuery,
    @Body(newManagedOrganization) draft: NewManagedOrganization,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const made = await this.managed.create(caller, draft, { notify });
    reply.header('location', `/${path}/${made.organization.id}`);
    return presentMadeOrganization(made);
  }

  @Get(':id')
  @Requires('managed-organizations:read')
  @ApiOperation({ summary: 'Get a managed organization' })
  @ApiOkResponse({ schema: managedOrganizationSchema as never })
  async get(@CurrentPrincipal() caller: Principal, @Param('id', organization) id: string) {
    return presentManagedOrganization(await this.managed.get(caller, id));
  }

  @Patch(':id')
  @Requires('managed-organizations:write')
  @ApiOperation({
    summary: 'Rename, suspend or resume a managed organization',
    description: 'What is left out stays. DISABLED suspends it: nobody signs in there, and nothing runs.',
  })
  @ApiBody({ schema: managedOrganizationBodySchema as never })
  @ApiOkResponse({ schema: managedOrganizationSchema as never })
  async change(
    @CurrentPrincipal() caller: Principal,
    @Param('id', organization) id: string,
    @Body(managedOrganizationChanges) changes: ManagedOrganizationChanges,
  ) {
    return presentManagedOrganization(await this.managed.change(caller, id, changes));
  }

  @Post(':id/token')
  @HttpCode(200)
  @Requires('managed-organizations:enter')
  @ApiOperation({
    summary: 'Act in a managed organization as Administrator for a quarter of an hour',
    description:
      'The token ends with the sign-in, and is refused while the role here is gone or either organization is suspended.',
  })
  @ApiOkResponse({ schema: managingTokenSchema })
  async token(@CurrentPrincipal() caller: Principal, @Param('id', organization) id: string) {
    const { token, expiresInSeconds } = await this.tokens.begin(caller, id);
    return { token, expiresIn: expiresInSeconds };
  }
}
