import { Body, Controller, HttpCode, Param, Post } from '@nestjs/common';
import { ApiAcceptedResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentPrincipal, type Principal, Requires } from '@app/access';
import { AccountOperations, type StateOperation } from '@app/accounts';
import { IdParam } from '../../http/validation/id-param.js';
import { validated } from '../../http/validation/validated.js';
import { underEveryVersion } from './account-paths.js';
import { ToggleBody, UnlockBody } from './account.bodies.js';
import { acceptedSchema } from './present-task.js';

const account = new IdParam('account');
const description =
  'Where nothing can write to the source it is done here only; else a worker asks the source, and the task tells how it went.';

@ApiTags('accounts')
@Controller(underEveryVersion('accounts'))
export class AccountStateController {
  constructor(private readonly operations: AccountOperations) {}

  @Post(':id/reload')
  @HttpCode(202)
  @Requires('accounts:state')
  @ApiOperation({ summary: 'Read an account again from its source', description: 'From its connector’s newest file.' })
  @ApiAcceptedResponse({ schema: acceptedSchema })
  async reload(@CurrentPrincipal() caller: Principal, @Param('id', account) id: string) {
    return { id: await this.operations.reload(caller, id) };
  }

  @Post(':id/enable')
  @HttpCode(202)
  @Requires('accounts:state')
  @ApiOperation({ summary: 'Enable an account', description })
  @ApiAcceptedResponse({ schema: acceptedSchema })
  async enable(
    @CurrentPrincipal() caller: Principal,
    @Param('id', account) id: string,
    @Body(validated(ToggleBody)) body: ToggleBody,
  ) {
    return this.operate(caller, 'enable', id, body);
  }

  @Post(':id/disable')
  @HttpCode(202)
  @Requires('accounts:state')
  @ApiOperation({ summary: 'Disable an account', description })
  @ApiAcceptedResponse({ schema: acceptedSchema })
  async disable(
    @CurrentPrincipal() caller: Principal,
    @Param('id', account) id: string,
    @Body(validated(ToggleBody)) body: ToggleBody,
  ) {
    return this.operate(caller, 'disable', id, body);
  }

  @Post(':id/unlock')
  @HttpCode(202)
  @Requires('accounts:state')
  @ApiOperation({ summary: 'Unlock an account', description })
  @ApiAcceptedResponse({ schema: acceptedSchema })
  async unlock(
    @CurrentPrincipal() caller: Principal,
    @Param('id', account) id: string,
    @Body(validated(UnlockBody)) body: UnlockBody,
  ) {
    return this.operate(caller, 'unlock', id, body);
  }

  private async operate(
    caller: Principal,
    operation: StateOperation,
    id: string,
    body: ToggleBody & Partial<UnlockBody>,
  ) {
    const { externalVerificationId, forceProvisioning = false, unlockIDNAccount = false } = body;
    const request = { forceProvisioning, unlocksSignIn: unlockIDNAccount };
    const told = externalVerificationId === undefined ? request : { ...request, externalVerificationId };
    return { id: await this.operations.operate(caller, operation, id, told) };
  }
}
