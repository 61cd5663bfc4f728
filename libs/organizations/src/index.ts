export * from './organization.entity.js';
export * from './organization.service.js';
