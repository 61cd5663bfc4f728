// Builds when `dist` is missing or older than a source, so that a clone runs at once and stays up to date.
import { spawnSync } from 'node:child_process';
import { existsSync, globSync, rmSync, statSync, writeFileSync } from 'node:fs';

const stamp = 'dist/built';

export function build() {
  rmSync('dist', { recursive: true, force: true });
  const nest = 'node_modules/@nestjs/cli/bin/nest.js';
  const { status } = spawnSync(process.execPath, [nest, 'build', 'api', '--path', 'tsconfig.build.json'], {
    stdio: 'inherit',
  });
  if (status !== 0 || !existsSync('dist/apps/api/src/main.js')) process.exit(status || 1);
  writeFileSync(stamp, '');
}

export function ensureBuilt() {
  if (Number(process.versions.node.split('.')[0]) < 24) {
    process.stderr.write(`Node 24 is needed, this is ${process.version}: run it through npm, which brings its own.\n`);
    process.exit(1);
  }
  const sources = globSync(['{apps,libs,database}/**/*.ts', 'package-lock.json', 'tsconfig*.json', 'nest-cli.json']);
  const newest = Math.max(...sources.map((file) => statSync(file).mtimeMs));
  if (!existsSync(stamp) || statSync(stamp).mtimeMs < newest) build();
}
