import { Controller, Get, Module, Param } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import { Public } from '@app/access';
import { ConfigurationError } from '@app/kernel';
import { startTestServer } from '../../../../test/support/http/test-server.js';
import { requireFreeMetricsPath } from './free-path.js';

@Controller('files')
@Public()
class FilesController {
  @Get(':name/text')
  text(@Param('name') name: string) {
    return name;
  }
}

@Module({ controllers: [FilesController] })
class FilesModule {}

async function judge(metricsPath: string | undefined, metricsPort?: number): Promise<void> {
  const { app } = await startTestServer(FilesModule);
  try {
    requireFreeMetricsPath(app, { metricsPath, metricsPort });
  } finally {
    await app.close();
  }
}

describe('the path of the metrics', () => {
  it.each([
    '/files/x/text',
    '/docs',
    '/docs/metrics',
    '/openapi.json',
    '/.well-known/x',
    '/api/v1/metrics',
    '/accounts',
  ])('must not be %s, which stands for something else', async (path) => {
    await expect(judge(path)).rejects.toThrow(ConfigurationError);
    await expect(judge(path)).rejects.toThrow(/^METRICS_PATH must be/);
  });

  it.each(['/metrics', '/files', '/files/x', '/health/metrics', '/internal/metrics'])('may be %s', async (path) => {
    await judge(path);
  });

  it('may be anything on a port of its own, or nothing', async () => {
    await judge('/accounts', 9464);
    await judge(undefined);
  });
});
