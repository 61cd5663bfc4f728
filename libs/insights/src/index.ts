export { InsightsModule } from './insights.module.js';
export { InsightsService, type OwnerStatistics } from './insights.service.js';
