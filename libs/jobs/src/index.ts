export * from './job-queue.js';
export * from './jobs.module.js';
export * from './task.js';
export * from './tasks.js';
