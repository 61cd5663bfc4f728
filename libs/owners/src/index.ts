export * from './identity-state.js';
export * from './owner-catalogue.js';
export * from './owner-links.js';
export { type OwnerRecord, type OwnerSummary, summaryColumns } from './owner-rows.js';
export { OwnerService } from './owner.service.js';
export { OwnersModule } from './owners.module.js';
