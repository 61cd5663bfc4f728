export * from './group.entity.js';
export * from './role-assignment.entity.js';
export * from './user.entity.js';
export * from './user.service.js';
