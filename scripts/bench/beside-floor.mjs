// Reads by turns with the bare server that answers the same rows.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { compare } from './compare.mjs';
import { lineOf } from './report.mjs';
import { requireSameRows } from './same-rows.mjs';

/** Each read is proven to answer what the floor answers before it is compared with it. */
export async function besideFloor({ server, database, organization, onEnd }, reads, options, say) {
  const floorProcess = fork('test/bench/floor.mjs', [database.serverUrl, organization]);
  onEnd(floorProcess);
  const [{ url }] = await once(floorProcess, 'message');
  const sides = { server, database: database.pid, floor: { base: url, pid: floorProcess.pid } };
  const results = [];
  for (const read of reads) {
    await requireSameRows(read, sides);
    results.push(await compare(read, sides, options));
    say(lineOf(results.at(-1)));
  }
  floorProcess.disconnect();
  return results;
}
