// Which row kinds flow where: Flink's FlinkChangelogModeInferenceProgram. First what each node gives, from the sources up;
// then what each consumer needs, from the sinks down: an update needs its -U half only where somebody takes it back.
import { visit, type LogicalNode } from './logical-node.ts'
import { columnsRead } from './expression-columns.ts'
import { upsertKeysOf } from './upsert-keys.ts'

/** Kinds beside INSERT. */
export interface ModifyKinds {
  readonly updates: boolean
  readonly deletes: boolean
}

export interface ChangelogMode extends ModifyKinds {
  /** Updates come as -U and +U; else +U alone. */
  readonly updateBefore: boolean
}

/** `I,UB,UA,D` as Flink's EXPLAIN CHANGELOG_MODE shows it. */
export function changelogModeToString(mode: ChangelogMode): string {
  const kinds = [
    'I',
    ...(mode.updates ? (mode.updateBefore ? ['UB', 'UA'] : ['UA']) : []),
    ...(mode.deletes ? ['D'] : []),
  ]
  return kinds.join(',')
}

export function isInsertOnly(kinds: ModifyKinds): boolean {
  return !kinds.updates && !kinds.deletes
}

const insertOnly: ModifyKinds = { updates: false, deletes: false }

export interface ChangelogOptions {
  /** Batch: aggregations give their result once, at the end. */
  readonly isBatch: boolean
  readonly sourceKinds: (node: Extract<LogicalNode, { kind: 'table-source' | 'scan' }>) => ModifyKinds
}

/** What the node gives. */
export function modifyKindsOf(node: LogicalNode, options: ChangelogOptions): ModifyKinds {
  const of = (input: LogicalNode): ModifyKinds => modifyKindsOf(input, options)
  return visit<ModifyKinds>(node, {
    scan: options.sourceKinds,
    'table-source': options.sourceKinds,
    values: () => insertOnly,
    project: ({ input }) => of(input),
    filter: ({ input }) => of(input),
    calc: ({ input }) => of(input),
    'watermark-assigner': ({ input }) => of(input),
    'window-function': ({ input }) => of(input),
    expand: ({ input }) => of(input),
    sort: ({ input }) => of(input),
    sink: ({ input }) => of(input),
    'window-aggregate': () => insertOnly,
    aggregate: ({ input }) => (options.isBatch ? insertOnly : { updates: true, deletes: !isInsertOnly(of(input)) }),
    union: ({ inputs }) => {
      const kinds = inputs.map(of)
      return { updates: kinds.some((each) => each.updates), deletes: kinds.some((each) => each.deletes) }
    },
  })
}

/**
 * Whether -U may be left out below this calc: a filter on more than the upsert key would let an old value stand that no
 * longer passes (FLINK-9528).
 */
export function keepsUpserts(node: LogicalNode): boolean {
  if (node.kind !== 'calc' || node.condition === undefined) return true
  const read = columnsRead([node.condition])
  return upsertKeysOf(node.input).some((key) => read.every((column) => key.includes(column)))
}
