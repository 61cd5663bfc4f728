import './settings.mjs';
import { ensureBuilt } from './ensure-built.mjs';

ensureBuilt();
await import('../dist/apps/cli/src/main.js');
