// The ceiling of logins: a process that does nothing but check right passwords, with the server's library and as many at
// once as the server runs. Each message `{hashes, password, seconds}` is a round, answered by `{perSecond, cpuMs}`.
import { availableParallelism } from 'node:os';
import { verify } from '@node-rs/argon2';

const running = Math.min(availableParallelism(), 4);

process.on('message', ({ hashes, password, seconds }) => {
  void round(hashes, password, seconds).then((result) => process.send(result));
});

async function round(hashes, password, seconds) {
  const [began, cpu] = [performance.now(), process.cpuUsage()];
  const until = began + seconds * 1000;
  let done = 0;
  const checking = async (next) => {
    for (; performance.now() < until; next += running) {
      if (!(await verify(hashes[next % hashes.length], password))) throw new Error('a right password was refused');
      done++;
    }
  };
  await Promise.all(Array.from({ length: running }, (_, first) => checking(first)));
  const { user, system } = process.cpuUsage(cpu);
  return { perSecond: done / ((performance.now() - began) / 1000), cpuMs: (user + system) / 1000 / done };
}
