import { Module } from '@nestjs/common';
import { InsightsService } from './insights.service.js';
import { ReportService } from './report.service.js';
import { StatisticsUpkeep } from './statistics-upkeep.js';

@Module({ providers: [InsightsService, ReportService, StatisticsUpkeep], exports: [InsightsService, ReportService] })
export class InsightsModule {}
