import { Module } from '@nestjs/common';
import { InsightsService } from './insights.service.js';
import { StatisticsUpkeep } from './statistics-upkeep.js';

@Module({ providers: [InsightsService, StatisticsUpkeep], exports: [InsightsService] })
export class InsightsModule {}
