import { ensureBuilt } from './ensure-built.mjs';

ensureBuilt();
process.argv.splice(2, 0, 'demo');
await import('../dist/apps/cli/src/main.js');
