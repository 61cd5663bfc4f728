export * from './administrators.js';
export * from './group.entity.js';
export * from './password-policy.js';
export * from './rights-of.js';
export * from './role-assignment.entity.js';
export * from './role-assignment.service.js';
export * from './user.entity.js';
export * from './user.service.js';
