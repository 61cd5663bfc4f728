import { Body, Controller, Get, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
import { ApiBody, ApiConsumes, ApiOkResponse, ApiOperation, ApiProperty, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { CurrentPrincipal, type Principal, Requires } from '@app/access';
import { AccountCorrelation, CorrelationCandidates } from '@app/accounts';
import { TakesRows } from '../../http/bodies/rows-text.js';
import { sendJsonList } from '../../http/json-reply.js';
import { IdParam } from '../../http/validation/id-param.js';
import { WholeNumber } from '../../http/validation/query-fields.js';
import { validated } from '../../http/validation/validated.js';
import { underEveryVersion } from './account-paths.js';
import { correlationRows, correlationRowsSchema, type SentRows } from './correlation.rows.js';
import {
  candidateSchema,
  correlationOutcomeSchema,
  presentCandidate,
  presentCorrelationOutcome,
  writeCandidate,
  writeCorrelationOutcome,
} from './present-correlation.js';

export class CandidatesQuery {
  @ApiProperty({ required: false, type: 'integer', minimum: 0, maximum: 50, default: 10 })
  @WholeNumber({ min: 0, max: 50 })
  limit: number = 10;
}

/** Which identity an account belongs to. */
@ApiTags('accounts')
@Controller(underEveryVersion('accounts'))
export class CorrelationController {
  constructor(
    private readonly correlation: AccountCorrelation,
    private readonly candidatesOf: CorrelationCandidates,
  ) {}

  @Get(':id/correlation-candidates')
  @Requires('accounts:read')
  @ApiOperation({
    summary: 'List identities an account may belong to, the likeliest first',
    description: 'With what of the account met what of the identity. Two whom one rule names are `ambiguous`.',
  })
  @ApiOkResponse({ schema: { type: 'array', items: candidateSchema } })
  async candidates(
    @CurrentPrincipal() caller: Principal,
    @Param('id', new IdParam('account')) id: string,
    @Query(validated(CandidatesQuery)) { limit }: CandidatesQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const candidates = await this.candidatesOf.of(caller, id, limit);
    return sendJsonList(reply, writeCandidate, candidates.map(presentCandidate));
  }

  @Post('correlate')
  @HttpCode(207)
  @TakesRows()
  @Requires('accounts:write')
  @ApiOperation({
    summary: 'Correlate many accounts by hand, or release them',
    description:
      'Each row stands for itself. Also as lines of JSON or as CSV with the same names in its first line; one row may be an object alone.',
  })
  @ApiConsumes('application/json', 'application/x-ndjson', 'text/csv')
  @ApiBody({ schema: correlationRowsSchema })
  @ApiResponse({ status: 207, schema: { type: 'array', items: correlationOutcomeSchema } })
  async correlate(
    @CurrentPrincipal() caller: Principal,
    @Body(correlationRows) { rows, refused }: SentRows,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const outcomes = [...refused, ...(await this.correlation.correlate(caller, rows))];
    const inOrder = outcomes.toSorted((a, b) => a.row - b.row);
    return sendJsonList(reply, writeCorrelationOutcome, inOrder.map(presentCorrelationOutcome));
  }
}
