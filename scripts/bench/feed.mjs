// A company read in as any client would: upload, run, wait; and again with nothing changed.
import { openAsBlob, createWriteStream, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { answerOf, post } from './http.mjs';
import { peakMiBOf } from './processes.mjs';

/** Returns the connector's id and a result a run. */
export async function feed({ dir, server }, { name, config, lines, noun, runs }) {
  const { base, headers } = server;
  const { app } = await post(base, '/api/v1/apps', { displayName: name }, headers);
  const made = await post(base, `/api/v1/apps/${app.id}/connectors/create`, { displayName: name, config }, headers);
  const connectorId = made.connectorView.connector.id;
  const path = `/api/v1/apps/${app.id}/connectors/${connectorId}`;
  await upload(join(dir, 'export.csv'), lines, base + path + '/files', headers);

  const results = [];
  for (const what of runs) {
    await post(base, `${path}/runs`, {}, headers);
    const run = await finished(base, path, headers);
    const seconds = (Date.parse(run.finishedAt) - Date.parse(run.startedAt)) / 1000;
    const rate = run.rowsRead / seconds;
    results.push({ noun, what, rows: run.rowsRead, seconds, rate, peakMiB: peakMiBOf(server.workerPid) });
  }
  return { connectorId, results };
}

/** By way of a file: a million lines are more than one text may hold. */
async function upload(file, lines, url, headers) {
  await pipeline(Readable.from(inBlocks(lines)), createWriteStream(file));
  const form = new FormData();
  form.append('file', await openAsBlob(file), 'export.csv');
  await answerOf(await fetch(url, { method: 'POST', headers, body: form }), url);
  rmSync(file);
}

function* inBlocks(lines) {
  let block = '';
  for (const line of lines) {
    block += line;
    if (block.length < 65_536) continue;
    yield block;
    block = '';
  }
  yield block;
}

async function finished(base, path, headers) {
  for (;;) {
    const { list } = await answerOf(await fetch(`${base}${path}/runs`, { headers }), path);
    if (list[0].state === 'succeeded') return list[0];
    if (!['queued', 'running'].includes(list[0].state))
      throw new Error(`the run is ${list[0].state}: ${list[0].error}`);
    await sleep(250);
  }
}
