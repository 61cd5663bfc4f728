export * from './audit-events.js';
export * from './audit-trail.js';
export * from './audit-purge.js';
