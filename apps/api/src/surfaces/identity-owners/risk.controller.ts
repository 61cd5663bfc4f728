import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentPrincipal, type Principal, Requires } from '@app/access';
import { InsightsService, RiskService } from '@app/insights';
import { IdParam } from '../../http/validation/id-param.js';
import { validated } from '../../http/validation/validated.js';
import { presentExplainedRisk, presentRisk, presentWhatIf } from './present-risk.js';
import { RiskAssessmentQuery } from './risk.query.js';
import { riskAssessmentSchema, whatIfSchema } from './risk.schemas.js';
import { readRemedies, WhatIfBody } from './what-if.body.js';

const id = new IdParam('owner');

/** How risky an owner is, why, and what would change it. */
@ApiTags('identity-owners')
@Controller('api/v1/owners/:id/risk-assessment')
export class RiskController {
  constructor(
    private readonly insights: InsightsService,
    private readonly risks: RiskService,
  ) {}

  @Get()
  @Requires('owners:assess')
  @ApiOperation({
    summary: 'How risky an owner’s accounts are, and why',
    description: 'With `explain=true` each factor also says what it is made of, and its cheapest remedy.',
  })
  @ApiOkResponse({ schema: riskAssessmentSchema as never })
  async assess(
    @CurrentPrincipal() caller: Principal,
    @Param('id', id) ownerId: string,
    @Query(validated(RiskAssessmentQuery)) { explain }: RiskAssessmentQuery,
  ) {
    if (explain === 'true') return presentExplainedRisk(await this.risks.explain(caller, ownerId));
    return presentRisk((await this.insights.statisticsOf(caller, ownerId)).risk);
  }

  @Post('what-if')
  @HttpCode(200)
  @Requires('owners:assess')
  @ApiOperation({
    summary: 'How risky an owner’s accounts would be after some remedies',
    description: 'A read: nothing is changed. A category without accounts changes nothing.',
  })
  @ApiOkResponse({ schema: whatIfSchema as never })
  async whatIf(
    @CurrentPrincipal() caller: Principal,
    @Param('id', id) ownerId: string,
    @Body(validated(WhatIfBody)) body: WhatIfBody,
  ) {
    return presentWhatIf(await this.risks.whatIf(caller, ownerId, readRemedies(body)));
  }
}
