// Somebody else at work meanwhile: one small read at a fixed rate, each timed from the moment it was due.
import { Agent, get } from 'node:http';

const perSecond = 25;

/** Until `stop()`, which answers with the milliseconds each read took: `{burst, steady}`, due in the first second and later. */
export function startReading({ base, headers }, path) {
  const agent = new Agent({ keepAlive: true });
  const [began, open] = [performance.now(), new Set()];
  const times = { burst: [], steady: [] };
  let sent = 0;
  const timer = setInterval(() => {
    for (; began + (sent * 1000) / perSecond <= performance.now(); sent++) {
      const due = began + (sent * 1000) / perSecond;
      const reading = read(base + path, headers, agent).then(() =>
        (due - began < 1_000 ? times.burst : times.steady).push(performance.now() - due),
      );
      open.add(reading);
      void reading.finally(() => open.delete(reading)).catch(() => undefined);
    }
  }, 5);
  return async () => {
    clearInterval(timer);
    await Promise.all(open);
    agent.destroy();
    return times;
  };
}

export function percentile(times, share) {
  const sorted = times.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
}

function read(url, headers, agent) {
  return new Promise((resolve, reject) => {
    const request = get(url, { headers, agent }, (answer) => {
      answer.resume().once('end', () => {
        if (answer.statusCode === 200) resolve();
        else reject(new Error(`${url}: ${answer.statusCode}`));
      });
    });
    request.once('error', reject);
  });
}
