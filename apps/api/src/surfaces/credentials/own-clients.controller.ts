import { Controller, Delete, Get, HttpCode, Param, Query } from '@nestjs/common';
import { ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentPrincipal, type Principal, Requires } from '@app/access';
import { ClientService } from '@app/auth';
import { IdParam } from '../../http/validation/id-param.js';
import { validated } from '../../http/validation/validated.js';
import { PageQuery, pageOf } from '../directory/page.query.js';
import { clientSchema, listSchema, presentClient } from './present-credentials.js';

/** Programs that act for whoever is signed in: he ends them without any role, as he ends his sessions. */
@ApiTags('credentials')
@Controller('api/v1/auth/oauth-clients')
export class OwnClientsController {
  constructor(private readonly clients: ClientService) {}

  @Get()
  @Requires('self:credentials')
  @ApiOperation({ summary: 'OAuth clients that act for you, newest first' })
  @ApiOkResponse({ schema: listSchema(clientSchema) })
  async list(
    @CurrentPrincipal() caller: Principal,
    @Query(validated(PageQuery, { onlyKnown: true })) query: PageQuery,
  ) {
    const { items, total } = await this.clients.listOwn(caller, pageOf(query));
    return { totalCount: total, data: items.map(presentClient) };
  }

  @Delete(':id')
  @HttpCode(204)
  @Requires('self:credentials')
  @ApiOperation({ summary: 'Delete an OAuth client that acts for you; its tokens end with it' })
  @ApiNoContentResponse()
  async delete(@CurrentPrincipal() caller: Principal, @Param('id', new IdParam('client')) id: string): Promise<void> {
    await this.clients.deleteOwn(caller, id);
  }
}
