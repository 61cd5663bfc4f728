// Everything that can be tested: the build, rules, services on a real PostgreSQL, the whole server, one real start.
import { spawnSync } from 'node:child_process';
import { startOnce } from './start-once.mjs';

const failed = [];

// First, since some end-to-end tests start the built server, and would build it for themselves.
const built = run('build', 'scripts/build.mjs');
run('unit tests', 'node_modules/vitest/vitest.mjs', 'run', '--project', 'unit');
run('database tests', 'node_modules/vitest/vitest.mjs', 'run', '--project', 'db');
run('end-to-end tests', 'node_modules/vitest/vitest.mjs', 'run', '--project', 'e2e');
if (built) {
  const complaint = await startOnce();
  if (complaint) {
    process.stderr.write(`${complaint}\n`);
    failed.push('start');
  }
}

process.stdout.write(failed.length === 0 ? 'Everything passed.\n' : `Failed: ${failed.join(', ')}.\n`);
process.exit(failed.length === 0 ? 0 : 1);

function run(name, program, ...args) {
  const { status } = spawnSync(process.execPath, [program, ...args], { stdio: 'inherit' });
  if (status !== 0) failed.push(name);
  return status === 0;
}
