import { Body, Controller, HttpCode, Param, Post } from '@nestjs/common';
import { ApiAcceptedResponse, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { CurrentPrincipal, type Principal, Requires } from '@app/access';
import { AccountOperations, type OwnerOperation } from '@app/accounts';
import { NotFoundError } from '@app/kernel';
import { statuses } from '../../http/errors/refusal.js';
import { IdParam } from '../../http/validation/id-param.js';
import { validated } from '../../http/validation/validated.js';
import { underEveryVersion } from './account-paths.js';
import { IdentitiesBody } from './account.bodies.js';
import { acceptedSchema } from './present-task.js';

const identity = new IdParam('identity');
const text = { type: 'string' } as const;
const outcomes = {
  type: 'array',
  items: { type: 'object', properties: { id: text, statusCode: { type: 'integer' }, message: text } },
} as const;
const description = 'Each account has a task of its own below the identity’s; that one ends with the last of them.';
const each =
  'Answers for each identity how it went: 202 with the id of its task, 404, or why not all of its accounts could be taken up (400, 409).';

/** All accounts of an identity at once, whatever their sources. */
@ApiTags('accounts')
@Controller(underEveryVersion('identities-accounts'))
export class IdentitiesAccountsController {
  constructor(private readonly operations: AccountOperations) {}

  @Post('enable')
  @HttpCode(207)
  @Requires('accounts:state-of-owner')
  @ApiOperation({ summary: 'Enable all accounts of several identities', description: each })
  @ApiResponse({ status: 207, schema: outcomes })
  async enableAll(@CurrentPrincipal() caller: Principal, @Body(validated(IdentitiesBody)) body: IdentitiesBody) {
    return (await this.operations.operateOnOwners(caller, 'enable', body.identityIds)).map(presentOutcome);
  }

  @Post('disable')
  @HttpCode(207)
  @Requires('accounts:state-of-owner')
  @ApiOperation({ summary: 'Disable all accounts of several identities', description: each })
  @ApiResponse({ status: 207, schema: outcomes })
  async disableAll(@CurrentPrincipal() caller: Principal, @Body(validated(IdentitiesBody)) body: IdentitiesBody) {
    return (await this.operations.operateOnOwners(caller, 'disable', body.identityIds)).map(presentOutcome);
  }

  @Post(':id/enable')
  @HttpCode(202)
  @Requires('accounts:state-of-owner')
  @ApiOperation({ summary: 'Enable all accounts of an identity', description })
  @ApiAcceptedResponse({ schema: acceptedSchema })
  async enable(@CurrentPrincipal() caller: Principal, @Param('id', identity) id: string) {
    return presentTaken(await this.operations.operateOnOwners(caller, 'enable', [id]));
  }

  @Post(':id/disable')
  @HttpCode(202)
  @Requires('accounts:state-of-owner')
  @ApiOperation({ summary: 'Disable all accounts of an identity', description })
  @ApiAcceptedResponse({ schema: acceptedSchema })
  async disable(@CurrentPrincipal() caller: Principal, @Param('id', identity) id: string) {
    return presentTaken(await this.operations.operateOnOwners(caller, 'disable', [id]));
  }
}

function presentTaken([outcome]: readonly OwnerOperation[]) {
  if (outcome?.refusal) throw outcome.refusal;
  if (outcome?.taskId === undefined) throw new NotFoundError('identity');
  return { id: outcome.taskId };
}

function presentOutcome({ ownerId: id, taskId, refusal }: OwnerOperation) {
  if (refusal) return { id, statusCode: statuses[refusal.code], message: refusal.message };
  if (taskId === undefined) return { id, statusCode: 404, message: 'No such identity.' };
  return { id, statusCode: 202, message: `Task ${taskId} tells how it goes.` };
}
