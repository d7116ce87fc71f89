// Who may import whom: the one table. ARCHITECTURE.md prints it, `npm run check:layers` enforces it.
// Order = from the ground up; a room may import only rooms above it in this list.
const rooms = {
  'engine/common': [],
  'engine/types': ['engine/common'],
  'engine/time': ['engine/common', 'engine/types'],
  'engine/metrics': ['engine/common'],
  'engine/state': ['engine/common', 'engine/types', 'engine/time', 'engine/metrics'],
  'engine/windows': ['engine/common', 'engine/types', 'engine/time', 'engine/state'],
  // The scalar functions that generated SQL code calls at run time: below operators, so that a worker needs no SQL front end (docs/decisions/0001).
  'engine/functions': ['engine/common', 'engine/types'],
  'engine/operators': [
    'engine/functions',
    'engine/common',
    'engine/types',
    'engine/time',
    'engine/metrics',
    'engine/state',
    'engine/windows',
  ],
  'engine/formats': ['engine/functions', 'engine/common', 'engine/types'],
  'engine/kafka/protocol': ['engine/common'],
  'engine/kafka/log': ['engine/common', 'engine/kafka/protocol'],
  'engine/kafka/broker': [
    'engine/common',
    'engine/metrics',
    'engine/time',
    'engine/kafka/protocol',
    'engine/kafka/log',
  ],
  'engine/kafka/client': ['engine/common', 'engine/metrics', 'engine/time', 'engine/kafka/protocol'],
  'engine/connectors': [
    'engine/functions',
    'engine/common',
    'engine/types',
    'engine/time',
    'engine/metrics',
    'engine/state',
    'engine/formats',
    'engine/kafka/protocol',
    'engine/kafka/client',
  ],
  'engine/graph': ['engine/common', 'engine/types', 'engine/state', 'engine/operators', 'engine/connectors'],
  'engine/api': [
    'engine/common',
    'engine/types',
    'engine/time',
    'engine/state',
    'engine/windows',
    'engine/operators',
    'engine/formats',
    'engine/connectors',
    'engine/graph',
  ],
  'engine/sql': [
    'engine/functions',
    'engine/common',
    'engine/types',
    'engine/time',
    'engine/state',
    'engine/windows',
    'engine/operators',
    'engine/formats',
    'engine/connectors',
    'engine/graph',
  ],
  'engine/checkpoint': ['engine/common', 'engine/types', 'engine/time', 'engine/metrics', 'engine/state'],
  'engine/exchange': ['engine/common', 'engine/types', 'engine/metrics', 'engine/state'],
  // functions: the calc and the watermark expression of a source are generated code and run in the task, not in an operator.
  'engine/task': [
    'engine/functions',
    'engine/common',
    'engine/types',
    'engine/time',
    'engine/metrics',
    'engine/state',
    'engine/operators',
    'engine/connectors',
    'engine/graph',
    'engine/checkpoint',
    'engine/exchange',
  ],
  // Why nothing comes out: pure functions of what the job and its subtasks say (plain data).
  'engine/diagnosis': ['engine/common', 'engine/metrics'],
  'engine/cluster': [
    'engine/common',
    'engine/types',
    'engine/time',
    'engine/metrics',
    'engine/state',
    'engine/connectors',
    'engine/graph',
    'engine/checkpoint',
    'engine/exchange',
    'engine/task',
  ],
  'engine/rest': [
    'engine/common',
    'engine/types',
    'engine/metrics',
    'engine/graph',
    'engine/checkpoint',
    'engine/cluster',
    'engine/diagnosis',
  ],
  'engine/testing': ['engine'],
  // common: durations and the nearest name; the configuration says them as the engine does.
  'src/config': ['engine/common'],
  'src/generators': ['engine/index.ts'],
  // engine/client.ts: what reaching the session takes, light enough for `flinkts status`.
  // engine/planner.ts: the SQL front end, loaded only where SQL is planned (docs/decisions/0008).
  'src/services': [
    'engine/index.ts',
    'engine/host.ts',
    'engine/client.ts',
    'engine/planner.ts',
    'engine/broker.ts',
    'src/config',
    'src/generators',
  ],
  'src/workshop': ['engine/index.ts', 'engine/host.ts', 'src/config', 'src/services'],
  'src/output': ['src/services'],
  'src/tui': ['src/services', 'src/workshop', 'src/output'],
  'src/commands': ['src/config', 'src/services', 'src/workshop', 'src/output', 'src/tui'],
  'src/hooks': ['src/config', 'src/services', 'src/output'],
}

const escape = (path) => path.replaceAll('.', '\\.')
const under = (paths) => `^(${paths.map(escape).join('|')})(/|$)`
const thirdParty = (names) => `(^|node_modules/)(${names.join('|')})(/|$)`

module.exports = {
  forbidden: [
    ...Object.entries(rooms).map(([room, allowed]) => ({
      name: `${room} may import: ${allowed.join(', ') || 'nothing of ours'}`,
      severity: 'error',
      from: { path: `^${escape(room)}/` },
      to: { path: '^(src|engine|test|templates|workshops)/', pathNot: under([room, ...allowed]) },
    })),
    {
      name: 'every file lives in a known room',
      severity: 'error',
      from: { path: '^(src|engine)/[^/]+/', pathNot: under(Object.keys(rooms)) },
      to: {},
    },
    {
      name: 'production code never imports engine/testing',
      severity: 'error',
      from: { path: '^(src|engine)/', pathNot: '^engine/(testing/|testing\\.ts$)' },
      to: { path: '^engine/testing/' },
    },
    {
      name: 'the job door (engine/index.ts) reaches no Node built-in and no npm package: the same bundle runs inside a JVM',
      severity: 'error',
      from: { path: '^engine/index\\.ts$' },
      to: {
        path: '^(node:|assert|async_hooks|buffer|child_process|cluster|crypto|dns|events|fs|http|https|net|os|path|perf_hooks|process|stream|timers|tls|url|util|v8|vm|worker_threads|zlib)(/|$)|node_modules',
        reachable: true,
      },
    },
    {
      name: 'the broker alone loads neither the engine nor the project: it starts in a blink and is small',
      severity: 'error',
      from: { path: '^(engine/broker|src/services/run-broker)\\.ts$' },
      to: { path: '^(engine/(host|cluster|operators|sql|state)|src/config)', reachable: true },
    },
    {
      name: 'kafkajs stays out of the engine: the data path is our own client',
      severity: 'error',
      from: { path: '^engine/' },
      to: { path: thirdParty(['kafkajs']) },
    },
    {
      name: 'the engine knows no user interface',
      severity: 'error',
      from: { path: '^engine/' },
      to: { path: thirdParty(['@oclif', 'ink', 'react']) },
    },
    {
      name: 'only commands and hooks know oclif',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(commands|hooks)/' },
      to: { path: thirdParty(['@oclif']) },
    },
    {
      name: 'only the TUI knows ink and react',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/tui/' },
      to: { path: thirdParty(['ink', 'react']) },
    },
    {
      name: 'templates and workshops use the public package only',
      severity: 'error',
      from: { path: '^(templates|workshops)/' },
      to: { path: '^(src|engine)/', pathNot: '^engine/(index|testing|broker)\\.ts$' },
    },
    { name: 'no cycles', severity: 'error', from: {}, to: { circular: true } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
  },
}
// for ARCHITECTURE.md's table; not enumerable, because dependency-cruiser refuses unknown keys
Object.defineProperty(module.exports, 'rooms', { value: rooms })
