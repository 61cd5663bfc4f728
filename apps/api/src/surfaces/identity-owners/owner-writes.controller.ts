import { Body, Controller, Delete, HttpCode, Param, Post, Put, Res } from '@nestjs/common';
import {
  ApiBody,
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { CurrentPrincipal, type Principal, Requires } from '@app/access';
import { OwnerWrites } from '@app/owners';
import { locationHeader } from '../../http/location-header.js';
import { IdParam } from '../../http/validation/id-param.js';
import { validated } from '../../http/validation/validated.js';
import { NewOwnerBody, OwnerBody } from './owner.bodies.js';
import { ownerSchema } from './owners.schemas.js';
import { presentOwner } from './present-owner.js';

const path = 'api/v1/owners';
const id = new IdParam('owner');

@ApiTags('identity-owners')
@Controller(path)
export class OwnerWritesController {
  constructor(private readonly writes: OwnerWrites) {}

  @Post()
  @Requires('owners:write')
  @ApiOperation({
    summary: 'Make an owner',
    description:
      'His department and title give him a business role. Accounts with his address are found by the next run.',
  })
  @ApiBody({ type: NewOwnerBody })
  @ApiCreatedResponse({ schema: ownerSchema as never, headers: locationHeader })
  async create(
    @CurrentPrincipal() caller: Principal,
    @Body(validated(NewOwnerBody)) body: NewOwnerBody,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const made = await this.writes.create(caller, body);
    reply.header('location', `/${path}/${made.id}`);
    return presentOwner(made);
  }

  @Put(':id')
  @Requires('owners:write')
  @ApiOperation({
    summary: 'Change an owner',
    description: 'Only what is named: null takes a value away, and what is left out stays.',
  })
  @ApiBody({ type: OwnerBody })
  @ApiOkResponse({ schema: ownerSchema as never })
  async change(
    @CurrentPrincipal() caller: Principal,
    @Param('id', id) ownerId: string,
    @Body(validated(OwnerBody)) body: OwnerBody,
  ) {
    return presentOwner(await this.writes.change(caller, ownerId, body));
  }

  @Delete(':id')
  @HttpCode(204)
  @Requires('owners:write')
  @ApiOperation({
    summary: 'Delete an owner',
    description: 'His accounts are nobody’s, nobody reports to him, and others may have his address. See restore.',
  })
  @ApiNoContentResponse()
  async delete(@CurrentPrincipal() caller: Principal, @Param('id', id) ownerId: string): Promise<void> {
    await this.writes.delete(caller, ownerId);
  }

  @Post(':id/restore')
  @HttpCode(200)
  @Requires('owners:write')
  @ApiOperation({
    summary: 'Bring a deleted owner back',
    description: 'His accounts come back with the next run; his reports and the user he was do not.',
  })
  @ApiOkResponse({ schema: ownerSchema as never })
  async restore(@CurrentPrincipal() caller: Principal, @Param('id', id) ownerId: string) {
    return presentOwner(await this.writes.restore(caller, ownerId));
  }
}
