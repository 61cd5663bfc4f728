export * from './mail-tidying.js';
export * from './mail-worker.module.js';
export * from './outgoing-mail.js';
