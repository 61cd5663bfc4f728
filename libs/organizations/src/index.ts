export * from './organization-accounts.js';
export * from './organization.entity.js';
export * from './organization.service.js';
