import './settings.mjs';
import { ensureBuilt } from './ensure-built.mjs';

ensureBuilt();
await import('../dist/apps/api/src/main.js');
