import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const libs = fileURLToPath(new URL('./libs', import.meta.url));
const alias = Object.fromEntries(readdirSync(libs).map((name) => [`@app/${name}`, `${libs}/${name}/src/index.ts`]));

// A database server is started once for the projects that need one; every test file there works on a database of its own.
const onDatabase = {
  globalSetup: ['test/support/database-server.ts'],
  hookTimeout: 60_000,
};

export default defineConfig({
  resolve: { alias },
  test: {
    pool: 'forks',
    // Loading the product anew for each file took most of the time. What a file puts over its modules, the setup file takes off again.
    isolate: false,
    // By default it is one fewer than there are cores.
    maxWorkers: 2,
    // Thousands of random cases take seconds where much else is going on.
    testTimeout: 30_000,
    setupFiles: ['test/support/put-back.ts'],
    env: { LOG_LEVEL: 'silent', NODE_ENV: 'test' },
    projects: [
      { extends: true, test: { name: 'unit', include: ['{apps,libs,test}/**/*.spec.ts'] } },
      { extends: true, test: { name: 'db', include: ['{apps,libs}/**/*.db-spec.ts'], ...onDatabase } },
      { extends: true, test: { name: 'e2e', include: ['test/**/*.e2e-spec.ts'], ...onDatabase } },
    ],
  },
});
