import { Injectable } from '@nestjs/common';
import { collectDefaultMetrics, Registry } from 'prom-client';
import { DatabaseMetrics } from './database-metrics.js';
import { RequestMetrics } from './request-metrics.js';

let ofProcess: Registry | undefined;

/** One observer of garbage collection and of the event loop for the process, not one for each server within. */
function processRegistry(): Registry {
  if (!ofProcess) {
    ofProcess = new Registry();
    collectDefaultMetrics({ register: ofProcess });
  }
  return ofProcess;
}

/** Everything this process tells about itself and its database, in Prometheus' text format. */
@Injectable()
export class Metrics {
  readonly contentType: string = Registry.PROMETHEUS_CONTENT_TYPE;
  private readonly all: Registry;

  constructor(
    requests: RequestMetrics,
    private readonly ofDatabase: DatabaseMetrics,
  ) {
    this.all = Registry.merge([requests.registry, ofDatabase.registry, processRegistry()]);
  }

  async text(): Promise<string> {
    await this.ofDatabase.collect();
    return this.all.metrics();
  }
}
