import { Controller, Get, Inject, Res } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Public } from '@app/access';
import { Uncounted } from '../../http/limits/limit.guards.js';
import { type Readiness, type ReadinessCheck, readinessChecks, readinessOf } from './readiness.js';

const readinessSchema = {
  type: 'object',
  properties: {
    status: { type: 'string', enum: ['ok', 'unavailable'] },
    checks: {
      type: 'object',
      additionalProperties: { type: 'string', enum: ['ok', 'failed'] },
      example: { database: 'ok' },
    },
  },
};

@ApiTags('health')
@Controller('health')
@Public()
@Uncounted()
export class HealthController {
  private looking: Promise<Readiness> | undefined;

  constructor(@Inject(readinessChecks) private readonly checks: readonly ReadinessCheck[]) {}

  @Get('live')
  @ApiOperation({ summary: 'Whether the process answers' })
  @ApiResponse({
    status: 200,
    description: 'The process answers.',
    schema: { type: 'object', properties: { status: { type: 'string', enum: ['ok'] } } },
  })
  live(): { status: 'ok' } {
    return { status: 'ok' };
  }

  @Get('ready')
  @ApiOperation({ summary: 'Whether the server can do its work' })
  @ApiResponse({ status: 200, description: 'Everything the server needs is there.', schema: readinessSchema })
  @ApiResponse({
    status: 503,
    description: 'Something is missing; `checks` says what.',
    schema: readinessSchema,
    example: { status: 'unavailable', checks: { database: 'failed' } },
  })
  async ready(@Res({ passthrough: true }) reply: FastifyReply): Promise<Readiness> {
    // Nobody is kept from asking, so all who ask at once share one look.
    this.looking ??= readinessOf(this.checks).finally(() => (this.looking = undefined));
    const readiness = await this.looking;
    if (readiness.status !== 'ok') reply.code(503);
    return readiness;
  }
}
