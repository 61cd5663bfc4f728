import type { INestApplicationContext } from '@nestjs/common';
import { type Configuration, ConfigurationError } from '@app/kernel';
import { directoryErrors } from '../http/errors/directory-errors.js';
import { errorWriterFor } from '../http/errors/surfaces.js';
import { listRoutes } from '../http/routes.js';
import { RouteTable } from '../http/route-table.js';

const documents = ['/docs', '/docs/*', '/openapi.json', '/.well-known/*'];

/** On the main port the metrics may stand in for nothing else, nor under a published API that grows. */
export function requireFreeMetricsPath(
  app: INestApplicationContext,
  { metricsPath, metricsPort }: Pick<Configuration, 'metricsPath' | 'metricsPort'>,
): void {
  if (metricsPath === undefined || metricsPort !== undefined) return;
  const routes = new RouteTable();
  const others = listRoutes(app).filter(({ controller }) => controller !== 'MetricsController');
  for (const { path, method } of others) routes.add(path, method);
  for (const path of documents) routes.add(path, 'GET');

  const published = metricsPath.startsWith('/api/') || errorWriterFor(metricsPath) !== directoryErrors;
  if (published || routes.methodsAt(metricsPath).length > 0) {
    throw new ConfigurationError('METRICS_PATH', 'must be a path that no API uses, such as /metrics');
  }
}
