export * from './organization-accounts.js';
export * from './organization.entity.js';
export * from './organization.service.js';
export * from './managed-rows.js';
export * from './organization-slug.js';
