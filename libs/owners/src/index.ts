export * from './owner-links.js';
export type { OwnerRecord, OwnerSummary } from './owner-rows.js';
export { OwnerService } from './owner.service.js';
export { OwnersModule } from './owners.module.js';
