// CREATE TABLE … LIKE: the base table's parts with the new table's. Source: Flink's documentation of the LIKE clause and
// MergeTableLikeUtil: everything is INCLUDED, options are OVERWRITTEN, unless said otherwise.
import type { LikeFeature, LikeOption } from '../ast/table-definition.ts'
import type { SourceText } from '../parser/source-text.ts'
import { invalidTable } from './define-table.ts'
import type { DefinedColumn, TableDefinition } from './table-definition.ts'

type Strategy = LikeOption['strategy']
type Strategies = Readonly<Record<Exclude<LikeFeature, 'ALL'>, Strategy>>

const overwritable: readonly LikeFeature[] = ['GENERATED', 'METADATA', 'OPTIONS', 'WATERMARKS']

function strategiesOf(options: readonly LikeOption[], source: SourceText): Strategies {
  const given = new Map<LikeFeature, Strategy>()
  for (const option of options) {
    if (option.strategy === 'OVERWRITING' && !overwritable.includes(option.feature)) {
      const message = `OVERWRITING does not apply to ${option.feature}.`
      throw invalidTable(source, option, message, 'Use INCLUDING or EXCLUDING.')
    }
    if (given.has(option.feature)) throw invalidTable(source, option, `${option.feature} is given twice.`)
    given.set(option.feature, option.strategy)
  }
  const strategy = (feature: LikeFeature): Strategy => {
    const standard = feature === 'OPTIONS' ? 'OVERWRITING' : 'INCLUDING'
    return given.get(feature) ?? given.get('ALL') ?? standard
  }
  return {
    CONSTRAINTS: strategy('CONSTRAINTS'),
    DISTRIBUTION: strategy('DISTRIBUTION'),
    GENERATED: strategy('GENERATED'),
    METADATA: strategy('METADATA'),
    OPTIONS: strategy('OPTIONS'),
    PARTITIONS: strategy('PARTITIONS'),
    WATERMARKS: strategy('WATERMARKS'),
  }
}

/** @throws SQL_VALIDATION where both tables have what cannot be merged */
export function mergeLike(base: TableDefinition, own: TableDefinition, like: readonly LikeOption[]): TableDefinition {
  const { source } = own
  const strategies = strategiesOf(like, source)
  const fail = (message: string, fix: string): never => {
    throw invalidTable(source, undefined, message, fix)
  }
  /** The part of the new table, else of the base: both only where one may replace the other. */
  function choose<T>(
    feature: keyof Strategies,
    ofBase: T | undefined,
    ofOwn: T | undefined,
    what: string,
  ): T | undefined {
    const strategy = strategies[feature]
    if (ofBase === undefined || strategy === 'EXCLUDING') return ofOwn
    if (ofOwn !== undefined && strategy === 'INCLUDING') {
      const overwriting = overwritable.includes(feature) ? ` or OVERWRITING ${feature}` : ''
      fail(`The base table already has ${what}.`, `Write EXCLUDING ${feature}${overwriting}.`)
    }
    return ofOwn ?? ofBase
  }
  const nonEmpty = (names: readonly string[]): readonly string[] | undefined => (names.length === 0 ? undefined : names)
  return {
    columns: mergeColumns(base, own, strategies, fail),
    watermark: choose('WATERMARKS', base.watermark, own.watermark, 'a watermark'),
    primaryKey: choose('CONSTRAINTS', base.primaryKey, own.primaryKey, 'a primary key'),
    options: mergeOptions(base, own, strategies.OPTIONS, fail),
    comment: own.comment ?? base.comment,
    partitionedBy: choose('PARTITIONS', nonEmpty(base.partitionedBy), nonEmpty(own.partitionedBy), 'partitions') ?? [],
    distribution: choose('DISTRIBUTION', base.distribution, own.distribution, 'a distribution'),
    source,
    createdAt: own.createdAt,
    deferredError: base.deferredError ?? own.deferredError,
  }
}

type Fail = (message: string, fix: string) => never

function mergeOptions(
  base: TableDefinition,
  own: TableDefinition,
  strategy: Strategy,
  fail: Fail,
): Record<string, string> {
  if (strategy === 'EXCLUDING') return { ...own.options }
  const twice = strategy === 'INCLUDING' ? Object.keys(own.options).find((key) => key in base.options) : undefined
  if (twice !== undefined) {
    fail(`The base table already has the option '${twice}'.`, 'Write OVERWRITING OPTIONS or EXCLUDING OPTIONS.')
  }
  return { ...base.options, ...own.options }
}

function mergeColumns(
  base: TableDefinition,
  own: TableDefinition,
  strategies: Strategies,
  fail: Fail,
): DefinedColumn[] {
  const features = { computed: 'GENERATED', metadata: 'METADATA' } as const
  const merged = new Map<string, DefinedColumn>()
  for (const column of base.columns) {
    if (column.kind === 'physical' || strategies[features[column.kind]] !== 'EXCLUDING') merged.set(column.name, column)
  }
  for (const column of own.columns) {
    const before = merged.get(column.name)
    // A replaced column keeps its place.
    if (before !== undefined) {
      const feature = before.kind === column.kind && column.kind !== 'physical' ? features[column.kind] : undefined
      if (feature === undefined || strategies[feature] !== 'OVERWRITING') {
        const fix = feature === undefined ? 'Rename it.' : `Write EXCLUDING ${feature} or OVERWRITING ${feature}.`
        fail(`A column named '${column.name}' already exists in the base table.`, fix)
      }
    }
    merged.set(column.name, column)
  }
  return [...merged.values()]
}
