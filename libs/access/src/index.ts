export * from './caller.js';
export * from './connector-scope.js';
export * from './decorators.js';
export * from './policy.guard.js';
export * from './policy.js';
export * from './rights.js';
