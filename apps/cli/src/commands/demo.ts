import { once } from 'node:events';
import { resolve } from 'node:path';
import { readConfiguration } from '@app/kernel';
import { type Command, CommandError } from '../command.js';
import { DemoLogin } from '../demo/demo-login.js';
import { DemoPasswords } from '../demo/demo-passwords.js';
import { DemoServer } from '../demo/demo-server.js';
import { Demonstration } from '../demo/demonstration.js';
import { SampleCompany } from '../demo/sample-company.js';
import { Screen } from '../demo/screen.js';

export const demo: Command = {
  usage: '',
  summary:
    'Start the server with the sample company of demo/company, read through the real pipeline.\nThe same as "npm run demo".',
  run: async () => {
    const configuration = readConfiguration(process.env);
    const company = new SampleCompany('demo/company');
    const login = new DemoLogin(configuration);
    login.keep();
    const passwords = new DemoPasswords(configuration.dataDir);
    const stop = stopSignal();
    const screen = new Screen(process.stdout);
    screen.say(`Starting the server with its data in ${resolve(configuration.dataDir)} ...`);
    const server = await DemoServer.start(environmentFor(company, login));
    try {
      await new Demonstration({ company, login, passwords, server, screen, signal: stop }).run();
      await Promise.race([server.ended, aborted(stop)]);
      if (!stop.aborted) throw new CommandError('The server ended by itself.');
    } catch (error) {
      if (!stop.aborted) throw error;
    } finally {
      await server.stop();
    }
  },
};

/** Ctrl-C, a polite kill, or the terminal closing. */
function stopSignal(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => controller.abort());
  return controller.signal;
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, 'abort');
}

/** What the caller set wins, but for what makes it the demo. */
function environmentFor(company: SampleCompany, login: DemoLogin): NodeJS.ProcessEnv {
  return {
    LOG_LEVEL: 'warn',
    OSTIARY_ORGANIZATION_NAME: company.name,
    OSTIARY_ORGANIZATION_SLUG: company.slug,
    ...process.env,
    OSTIARY_ADMIN_USER: login.user,
    OSTIARY_ADMIN_PASSWORD: login.password,
    OSTIARY_AWAIT_SAMPLE: 'true',
  };
}
