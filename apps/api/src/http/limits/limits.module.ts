import { Global, Module } from '@nestjs/common';
import { DoorCounters } from './door-counters.js';
import { RequestLimits } from './request-limits.js';

@Global()
@Module({ providers: [RequestLimits, DoorCounters], exports: [RequestLimits, DoorCounters] })
export class LimitsModule {}
