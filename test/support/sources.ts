import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));

export interface Source {
  readonly path: string;
  readonly text: string;
}

/** TypeScript of the product itself, without its tests. */
export function productSources(): Source[] {
  return globSync('{apps,libs}/**/*.ts', { cwd: root })
    .filter((path) => !/spec\.ts$|\/testing\//.test(path))
    .toSorted()
    .map((path) => ({ path, text: readFileSync(`${root}${path}`, 'utf8') }));
}
