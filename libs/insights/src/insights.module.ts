import { Module } from '@nestjs/common';
import { InsightsService } from './insights.service.js';
import { OwnerSearchService } from './owner-search.service.js';
import { ReportService } from './report.service.js';
import { RiskService } from './risk.service.js';
import { StatisticsUpkeep } from './statistics-upkeep.js';

@Module({
  providers: [InsightsService, ReportService, RiskService, StatisticsUpkeep],
  exports: [InsightsService, ReportService, RiskService],
})
export class InsightsModule {}

/** For servers: its cursors are signed with their key. */
@Module({ imports: [InsightsModule], providers: [OwnerSearchService], exports: [OwnerSearchService] })
export class OwnerSearchModule {}
