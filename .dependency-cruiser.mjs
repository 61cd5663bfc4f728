// The house has floors. A lib may import only from floors below its own, and only through the other lib's one door.
const floors = [
  ['kernel'],
  ['query'],
  ['access', 'secrets'],
  ['persistence', 'outbound'],
  ['jobs', 'audit'],
  ['mail', 'organizations'],
  ['directory'],
  ['auth', 'owners', 'connectors'],
  ['accounts'],
  ['insights'],
  ['sync', 'administration'],
];

const any = (names) => `^libs/(${names.join('|')})/`;

const upward = floors.flatMap((names, floor) =>
  names.map((name) => {
    const forbidden = floors
      .slice(floor)
      .flat()
      .filter((other) => other !== name);
    return {
      name: `${name}-imports-down-only`,
      severity: 'error',
      from: { path: `^libs/${name}/` },
      to: { path: forbidden.length > 0 ? `(${any(forbidden)}|^apps/)` : '^apps/' },
    };
  }),
);

export default {
  forbidden: [
    ...upward,
    {
      name: 'product-does-not-know-its-tests',
      severity: 'error',
      from: { path: '^(apps|libs)/', pathNot: '\\.(spec|db-spec|e2e-spec)\\.ts$' },
      to: { path: '^test/' },
    },
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'one-door-a-lib',
      comment: 'Another lib is entered through its src/index.ts.',
      severity: 'error',
      from: { path: '^(apps|libs|test)/([^/]+)/' },
      to: { path: '^libs/([^/]+)/src/(?!index\\.ts$)', pathNot: '^$1/$2/' },
    },
    {
      name: 'kernel-is-plain-typescript',
      severity: 'error',
      from: { path: '^libs/(kernel|query)/', pathNot: '\\.spec\\.ts$' },
      to: { dependencyTypes: ['npm', 'npm-dev', 'npm-optional'] },
    },
    {
      name: 'libs-know-no-http-server',
      severity: 'error',
      from: { path: '^libs/' },
      to: { path: 'node_modules/(fastify|@fastify|@nestjs/platform-fastify|@nestjs/swagger)/' },
    },
    {
      name: 'apps-do-not-know-each-other',
      severity: 'error',
      from: { path: '^apps/([^/]+)/' },
      to: { path: '^apps/', pathNot: '^apps/$1/' },
    },
    { name: 'no-unresolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'no-dev-dependency-in-the-product',
      severity: 'error',
      from: { path: '^(apps|libs)/', pathNot: '\\.(spec|db-spec)\\.ts$' },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^dist/' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
      extensions: ['.ts', '.js', '.mjs', '.json'],
    },
  },
};
