import { Body, Controller, HttpCode, Param, Post } from '@nestjs/common';
import { ApiBody, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentPrincipal, type Principal, Requires } from '@app/access';
import { RulesTrials } from '@app/accounts';
import { ConnectorService, parseCorrelationRules } from '@app/connectors';
import { IdParam } from '../../http/validation/id-param.js';
import { answers } from './answers.schemas.js';
import { bodyOf } from './body.js';
import { TryRulesBody } from './run.bodies.js';
import { presentRulesTrial } from './present-rules-trial.js';

@ApiTags('connector-owners')
@Controller('api/v1/apps/:app_id/connectors/:id/correlation-rules')
export class CorrelationRulesController {
  constructor(
    private readonly connectors: ConnectorService,
    private readonly trials: RulesTrials,
  ) {}

  @Post('dry-run')
  @HttpCode(200)
  @Requires('connectors:write')
  @ApiOperation({
    summary: 'Tell what correlation rules would make of the accounts that are there',
    description: 'Counts of all accounts of the connector, and samples. Nothing is written.',
  })
  @ApiOkResponse(answers.rulesTrial)
  @ApiBody({ type: TryRulesBody, required: false })
  async dryRun(
    @CurrentPrincipal() caller: Principal,
    @Param('app_id', new IdParam('connector')) applicationId: string,
    @Param('id', new IdParam('connector')) id: string,
    @Body() body: unknown,
  ) {
    const { config } = await this.connectors.get(caller, applicationId, id);
    const { correlationRules } = bodyOf(TryRulesBody, body);
    const rules = correlationRules && parseCorrelationRules(correlationRules);
    return { dryRun: presentRulesTrial(id, await this.trials.run(caller, { id, config }, rules)) };
  }
}
