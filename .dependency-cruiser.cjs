// The floors of the house: a folder may import only from folders below it (ARCHITECTURE.md). Checked by `npm run lint`.
const floors = ['isa', 'engine', 'jit', 'host', 'boot', 'devices', 'vmm', 'debug', 'testing', 'cli'];

/** One rule per floor: nothing above it may be imported. */
const floorRules = floors.slice(0, -1).map((floor, index) => ({
  name: `floor-${floor}-imports-only-from-below`,
  comment: `${floor}/ may import only from ${[...floors.slice(0, index), floor].join(', ')}`,
  severity: 'error',
  from: { path: `^src/${floor}/`, pathNot: '\\.test(-support)?\\.ts$|^src/.+[/-]testing/' },
  to: { path: `^src/(${floors.slice(index + 1).join('|')})/` },
}));

module.exports = {
  forbidden: [
    ...floorRules,
    {
      name: 'no-circular',
      comment: 'a cycle means that a noun has two homes',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'node-only-in-platform-node',
      comment:
        'the core loads in a browser: node: imports live in platform/node only, and in the file that starts the program',
      severity: 'error',
      from: {
        path: '^src/',
        pathNot: '^src/platform/node/|^src/cli\\.ts$|\\.test(-support)?\\.ts$|^src/.+[/-]testing/',
      },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'platform-is-injected',
      comment: 'only the command line and entry points name a platform; everything else gets it as an argument',
      severity: 'error',
      from: {
        path: '^src/',
        pathNot: '^src/platform/|^src/cli/|^src/(cli|index)\\.ts$|\\.test(-support)?\\.ts$|^src/.+[/-]testing/',
      },
      to: { path: '^src/platform/' },
    },
    {
      name: 'platforms-do-not-mix',
      severity: 'error',
      from: { path: '^src/platform/browser/' },
      to: { path: '^src/platform/node/' },
    },
    {
      name: 'hart-is-assemblyscript',
      comment: 'TypeScript reads the layout of machine state, never the code that works on it',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/engine/hart/' },
      to: { path: '^src/engine/hart/', pathNot: '^src/engine/hart/(layout|vmlayout)\\.ts$' },
    },
    {
      name: 'index-is-the-face',
      comment: 'the public API re-exports the floors; no floor imports it',
      severity: 'error',
      from: { path: '^src/(?!index\\.ts$)', pathNot: '^src/cli|\\.test(-support)?\\.ts$|^src/.+[/-]testing/' },
      to: { path: '^src/index\\.ts$' },
    },
    {
      name: 'no-dev-dependencies',
      severity: 'error',
      from: { path: '^src/', pathNot: '\\.test(-support)?\\.ts$|^src/.+[/-]testing/|^src/engine/hart/' },
      to: { dependencyTypes: ['npm-dev'] },
    },
    {
      name: 'resolvable',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/engine/hart/' },
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    // The hart is AssemblyScript: its own compiler checks its imports.
    exclude: { path: '^src/engine/hart/(?!layout\\.ts|vmlayout\\.ts)' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
};
