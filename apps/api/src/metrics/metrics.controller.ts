import { Controller, Get, Res, type Type } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Public } from '@app/access';
import { Metrics } from './metrics.js';

/** The path is the operator's choice, so the controller is made for it. */
export function metricsControllerAt(path: string): Type {
  @ApiTags('health')
  @Controller()
  class MetricsController {
    constructor(private readonly metrics: Metrics) {}

    @Get(path)
    @Public()
    @ApiOperation({ summary: 'Figures of this process and its database for Prometheus' })
    @ApiOkResponse({
      description: 'Prometheus text format, version 0.0.4.',
      content: { 'text/plain': { schema: { type: 'string' } } },
    })
    async read(@Res({ passthrough: true }) reply: FastifyReply): Promise<string> {
      reply.header('content-type', this.metrics.contentType);
      return this.metrics.text();
    }
  }
  return MetricsController;
}
