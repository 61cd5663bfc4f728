import type { Command } from '../command.js';

type Commands = Readonly<Record<string, Command>>;

export function helpOn(commands: () => Commands): Command {
  return {
    usage: '',
    summary: 'Print this.',
    run: async () => {
      console.log(helpText(commands()));
    },
  };
}

export function helpText(commands: Commands): string {
  const blocks = Object.entries(commands).map(([name, { usage, summary }]) => {
    const lines = summary.split('\n').map((line) => `      ${line}`);
    return [`  ${name} ${usage}`.trimEnd(), ...lines].join('\n');
  });
  return ['npm run ostiary -- <command>', '', ...blocks, '', 'The settings are explained in .env.example.'].join('\n');
}
