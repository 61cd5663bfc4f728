export { InsightsModule, OwnerSearchModule } from './insights.module.js';
export { InsightsService, type OwnerStatistics } from './insights.service.js';
export { OwnerSearchService } from './owner-search.service.js';
export { type Report, type ReportName, type ReportRows, ReportService } from './report.service.js';
export { remedyNames } from './remedies.js';
export {
  type ExplainedRisk,
  findRiskCategory,
  type PlannedRemedy,
  riskCategoryNames,
  RiskService,
} from './risk.service.js';
export type { RiskAssessment } from './risk-model.js';
export { StatisticsUpkeep } from './statistics-upkeep.js';
