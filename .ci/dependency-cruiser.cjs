// The arrows of the architecture (docs/architecture.md): imports point down, never up and never sideways.
const tiers = [
  ['cli'],
  ['compose', 'index'],
  ['server', 'gateway', 'identity', 'admin'],
  ['preview'],
  ['access', 'streams'],
  ['sessions', 'devices', 'risk', 'locks', 'people', 'upstream', 'audit', 'pages'],
  ['config', 'state', 'http', 'metrics'],
  ['policy'],
  ['decision', 'package-version'],
];

const pathOf = (part) => `^src/${part}(/|\\.tsx?$)`;
const anyOf = (parts) => parts.map(pathOf).join('|');

// What a part may import beside itself and the tiers below its own.
const exceptions = {
  index: [pathOf('compose')],
  // The kinds of clients are a closed set of metric labels; a type, no code.
  metrics: ['^src/http/(client-kind|connection-work)\\.ts$'],
};

const layers = tiers.flatMap((tier, level) =>
  tier.map((part) => ({
    name: `${part}-points-down`,
    comment: `${part} may import only what is below it: ${
      tiers
        .slice(level + 1)
        .flat()
        .join(', ') || 'nothing'
    }.`,
    severity: 'error',
    from: { path: pathOf(part) },
    to: {
      path: '^src/',
      pathNot: [anyOf([part, ...tiers.slice(level + 1).flat()]), ...(exceptions[part] ?? [])].join('|'),
    },
  })),
);

// One file stands between Postern and each of these, so that there is one place to know their traps, and to replace them.
const ownedBy = {
  'http-proxy': '^src/upstream/tunnel\\.ts$',
  undici: '^src/upstream/upstream-pools\\.ts$',
  'openid-client': '^src/identity/openid-client\\.ts$',
  'express-session': '^src/sessions/single-sign-on-store\\.ts$',
};

const ownership = Object.entries(ownedBy).map(([name, owner]) => ({
  name: `${name}-has-one-door`,
  severity: 'error',
  from: { path: '^src/', pathNot: owner },
  to: { path: `(^|/)node_modules/(@types/)?${name}/`, dependencyTypesNot: ['type-only'] },
}));

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    ...layers,
    ...ownership,
    {
      name: 'sqlite-has-one-door',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/state/sqlite-database\\.ts$' },
      to: { path: '^(node:)?sqlite$' },
    },
    {
      name: 'http-is-not-imported',
      comment:
        "An import of node:http loads Node's own undici with it (src/http/node-http.ts, which has what is taken of it).",
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^(node:)?http$', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'policy-is-pure',
      comment:
        'Rules are judged without I/O: policy/ knows decisions, addresses, IDNA (of node:url) and CEL, nothing else; a bucket is a hash, which is as pure.',
      severity: 'error',
      from: { path: '^src/policy/', pathNot: '^src/policy/(bucket\\.ts$|conditions/)' },
      to: {
        pathNot: '^src/(policy|decision)/|^(node:)?url$|(^|/)node_modules/(ipaddr\\.js|@marcbachmann/cel-js)/',
      },
    },
    {
      name: 'conditions-are-pure',
      comment: 'A key of rules says how it is written, too; a schema is as pure as the rule.',
      severity: 'error',
      from: { path: '^src/policy/conditions/' },
      to: { pathNot: '^src/(policy|decision)/|(^|/)node_modules/zod/' },
    },
    {
      name: 'decision-is-a-leaf',
      severity: 'error',
      from: { path: '^src/decision/' },
      to: { pathNot: '^src/decision/|(^|/)node_modules/ulid/' },
    },
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'no-development-dependencies',
      severity: 'error',
      from: { path: '^src/' },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'], pathNot: 'node_modules/@types/' },
    },
    {
      name: 'no-undeclared-dependencies',
      comment: 'A package that only another package brings along is missing for whoever installs Postern.',
      severity: 'error',
      from: { path: '^src/' },
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
    },
    { name: 'everything-resolves', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
};
