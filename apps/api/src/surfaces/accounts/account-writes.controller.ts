import { Body, Controller, Delete, HttpCode, Param, Patch, Post, Put } from '@nestjs/common';
import { ApiAcceptedResponse, ApiBody, ApiConsumes, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentPrincipal, type Principal, Requires } from '@app/access';
import { AccountCommands, AccountEdits } from '@app/accounts';
import type { PatchStep } from '../../http/json-patch.js';
import { IdParam } from '../../http/validation/id-param.js';
import { accountPatch, accountPatchSchema, editBy } from './account-patch.js';
import { underEveryVersion } from './account-paths.js';
import { type AttributesBody, attributesBody, newAccountSchema, replacementSchema } from './account.bodies.js';
import { acceptedSchema, removalSchema } from './present-task.js';

const account = new IdParam('account');

@ApiTags('accounts')
@Controller(underEveryVersion('accounts'))
export class AccountWritesController {
  constructor(
    private readonly commands: AccountCommands,
    private readonly edits: AccountEdits,
  ) {}

  @Post()
  @HttpCode(202)
  @Requires('accounts:write')
  @ApiOperation({
    summary: 'Make an account',
    description:
      'One that is there already is changed by what is said; a removed one returns with its id and its link.',
  })
  @ApiBody({ schema: newAccountSchema })
  @ApiAcceptedResponse({ schema: acceptedSchema })
  async create(@CurrentPrincipal() caller: Principal, @Body(attributesBody) attributes: AttributesBody) {
    return { id: await this.commands.create(caller, attributes) };
  }

  @Patch(':id')
  @HttpCode(202)
  @Requires('accounts:write')
  @ApiOperation({
    summary: 'Correlate an account or change its attributes',
    description: 'JSON Patch, all of it or nothing. Attributes are changed only where the source is a delimited file.',
  })
  @ApiConsumes('application/json-patch+json', 'application/json')
  @ApiBody({ schema: accountPatchSchema })
  @ApiAcceptedResponse({ schema: { type: 'object' } })
  async patch(
    @CurrentPrincipal() caller: Principal,
    @Param('id', account) id: string,
    @Body(accountPatch) patch: readonly PatchStep[],
  ) {
    await this.edits.edit(caller, id, (current) => editBy(current, patch));
    return {};
  }

  @Put(':id')
  @HttpCode(202)
  @Requires('accounts:write')
  @ApiOperation({
    summary: 'Replace the attributes of an account',
    description:
      'Those it shows: what of them is left out goes. Of columns mapped to other fields only what is said changes. Only of delimited files.',
  })
  @ApiBody({ schema: replacementSchema })
  @ApiAcceptedResponse({ schema: acceptedSchema })
  async replace(
    @CurrentPrincipal() caller: Principal,
    @Param('id', account) id: string,
    @Body(attributesBody) attributes: AttributesBody,
  ) {
    return { id: await this.commands.replace(caller, id, attributes) };
  }

  @Delete(':id')
  @HttpCode(202)
  @Requires('accounts:write')
  @ApiOperation({
    summary: 'Delete an account',
    description: 'Only of delimited files; it returns with the next run that reads it.',
  })
  @ApiAcceptedResponse({ schema: acceptedSchema })
  async delete(@CurrentPrincipal() caller: Principal, @Param('id', account) id: string) {
    return { id: await this.commands.delete(caller, id) };
  }

  @Post(':id/remove')
  @HttpCode(202)
  @Requires('accounts:remove')
  @ApiOperation({
    summary: 'Remove an account without asking its source',
    description: 'Of any source; it returns with the next run that reads it.',
  })
  @ApiAcceptedResponse({ schema: removalSchema })
  async remove(@CurrentPrincipal() caller: Principal, @Param('id', account) id: string) {
    return { type: 'TASK_RESULT', id: await this.commands.remove(caller, id), name: null };
  }
}
