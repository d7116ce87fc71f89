// Joins the accumulators of all aggregate calls of an operator into pieces of one loop body (see aggregate-definition.ts).
//
// Names in the pieces: `r` input row, `id` row id, `s` row merged in; `v<c> n<c> x<c>` values, NULLs and exact values of
// input column c; `a<i>` accumulator columns, `b<i>` those merged in; `q<i>` constants; and aggregateSupport's functions.
import { check } from '../../common/check.ts'
import type { StateColumnStorage } from '../../state/state-backend.ts'
import type { LogicalType, RowType } from '../../types/logical-type.ts'
import { columnStorage, type Cell } from '../../types/record-batch.ts'
import type { AggregateCallSpec } from '../operator-spec.ts'
import type { Accumulator, AggregateResult, AggregateScope, Operand } from './aggregate-definition.ts'
import { aggregateFunctions } from './aggregate-functions.ts'
import { aggregateSupport, type Ownership } from './aggregate-support.ts'
import { countAccumulator } from './common-accumulators.ts'
import { describeAccumulator } from './describe-accumulator.ts'
import { distinctKeys } from './distinct-keys.ts'

export interface AccumulatorColumn {
  readonly name: string
  readonly storage: StateColumnStorage
  /** For people who look into a snapshot. */
  readonly label: string
  readonly type: LogicalType | undefined
  /** The SQL type in which a local phase sends it; undefined: it cannot. */
  readonly exchangeType: LogicalType | undefined
  /** Holds arrival numbers. */
  readonly isOrder: boolean
}

export interface AggregateCode {
  readonly columns: readonly AccumulatorColumn[]
  readonly results: readonly AggregateResult[]
  /** Input columns the pieces read. */
  readonly inputs: readonly number[]
  readonly accumulateRow: string
  readonly retractRow: string
  readonly mergeRow: string
  /** Accumulator column with the number of rows, where asked for. */
  readonly rowCount: number | undefined
  /** Objects in cells change in place. */
  readonly mutable: boolean
  /** Merging must keep the order of time. */
  readonly ordered: boolean
  readonly constants: Readonly<Record<string, unknown>>
}

export interface AggregateCodeOptions {
  readonly calls: readonly AggregateCallSpec[]
  readonly inputType: RowType
  /** The input takes rows back. */
  readonly retracting: boolean
  readonly countRows: boolean
}

/** State shared by generated code of one operator: arrival numbers given out and ownership of objects in cells. */
export interface AggregateRuntime {
  readonly arrival: { last: number }
  readonly ownership: Ownership
}

interface UsedAccumulator {
  readonly accumulator: Accumulator
  readonly columns: readonly number[]
}
interface Scope {
  readonly arguments: readonly number[]
  readonly filter: number | undefined
  readonly distinct: boolean
  readonly used: UsedAccumulator[]
}

/** Statement that destructures everything the pieces need from `support`, `runtime` and `constants`. */
export function destructureSupport(code: AggregateCode): string {
  return `const { ${Object.keys(aggregateSupport).join(', ')} } = support;
    const { arrival, ownership } = runtime;
    const { ${Object.keys(code.constants).join(', ')} } = constants;`
}

export function declareInputs(code: AggregateCode, columns: string): string {
  return code.inputs
    .map(
      (c) => `const v${c} = ${columns}[${c}].values, n${c} = ${columns}[${c}].nulls, x${c} = ${columns}[${c}].exact;`,
    )
    .join('\n')
}

/** `prefix` a: the accumulators; b: those merged in. */
export function declareColumns(code: AggregateCode, prefix: 'a' | 'b', columns: string, keyword = 'const'): string {
  return code.columns.map((_, index) => `${keyword} ${prefix}${index} = ${columns}[${index}];`).join(' ')
}

function isNotNull(column: number): string {
  return `(n${column} === undefined || n${column}[r] === 0)`
}

function inputOperand(type: LogicalType, column: number, mayBeNull: boolean): Operand {
  const value = `v${column}[r]`
  let cell = value
  if (type.kind === 'BOOLEAN') cell = `(${value} === 1)`
  else if (columnStorage(type) === 'float64' && type.kind !== 'DOUBLE' && type.kind !== 'INTERVAL_DAY_TIME') {
    cell = `(${value} === ${value} ? ${value} : x${column}[r])`
  }
  return { type, value, cell: mayBeNull ? `(${isNotNull(column)} ? ${cell} : null)` : cell }
}

function decodedOperand(type: LogicalType, index: number): Operand {
  const cell = `d[${index}]`
  if (columnStorage(type) === 'object') return { type, value: cell, cell }
  if (type.kind === 'BOOLEAN') return { type, value: `(${cell} ? 1 : 0)`, cell }
  return { type, value: `(typeof ${cell} === 'number' ? ${cell} : NaN)`, cell }
}

class AggregateCodeBuilder {
  readonly columns: AccumulatorColumn[] = []
  readonly scopes = new Map<string, Scope>()
  readonly constants: Record<string, unknown> = {}
  readonly #options: AggregateCodeOptions

  constructor(options: AggregateCodeOptions) {
    this.#options = options
  }

  #typeOf(column: number): LogicalType {
    return this.#options.inputType.fields[column]!.type
  }

  constant = (value: unknown): string => {
    const name = `q${Object.keys(this.constants).length}`
    this.constants[name] = value
    return name
  }

  scope(call: Pick<AggregateCallSpec, 'arguments' | 'filter' | 'distinct'>): Scope {
    const key = `${call.arguments.join(',')}|${call.filter ?? ''}|${call.distinct ? 'distinct' : ''}`
    let scope = this.scopes.get(key)
    if (scope === undefined) {
      scope = { arguments: call.arguments, filter: call.filter, distinct: call.distinct, used: [] }
      this.scopes.set(key, scope)
      if (call.distinct) this.use(scope, this.#distinctAccumulator(scope))
    }
    return scope
  }

  use(scope: Scope, accumulator: Accumulator): readonly number[] {
    const known = scope.used.find((used) => used.accumulator.purpose === accumulator.purpose)
    if (known !== undefined) return known.columns
    const columns = accumulator.storages.map((storage, index) => {
      const place = `${scope.distinct ? 'distinct ' : ''}${scope.arguments.map((column) => `$${column}`).join(', ')}`
      const filter = scope.filter === undefined ? '' : ` filter $${scope.filter}`
      this.columns.push({
        name: `${accumulator.purpose}(${place})${filter}${index === 0 ? '' : ` ${index}`}`,
        storage,
        ...describeAccumulator(accumulator.purpose, { ...scope, inputType: this.#options.inputType }, index),
        isOrder: accumulator.orderColumn === index,
        exchangeType: exchangeType(accumulator, storage, index),
      })
      return this.columns.length - 1
    })
    scope.used.push({ accumulator, columns })
    return columns
  }

  result(call: AggregateCallSpec): AggregateResult {
    const argumentTypes = call.arguments.map((column) => this.#typeOf(column))
    const definition = aggregateFunctions[call.function]
    check(definition !== undefined, `aggregate function ${call.function} was not refused when the job was planned`)
    const scope = this.scope(call)
    const definitionScope: AggregateScope = {
      argumentTypes,
      resultType: call.resultType,
      retracting: this.#options.retracting,
      mayBeEmpty: this.#options.retracting || call.filter !== undefined || argumentTypes.some((type) => type.nullable),
      accumulator: (accumulator) => this.use(scope, accumulator).map((column) => `a${column}`),
      constant: this.constant,
    }
    return definition.define(definitionScope)
  }

  /** Counts of the distinct arguments; decides whether the scope's other accumulators see a row. */
  #distinctAccumulator(scope: Scope): Accumulator {
    const keys = distinctKeys(scope.arguments.map((column) => this.#typeOf(column)))
    const encode = this.constant((...cells: Cell[]) => keys.encode(cells))
    const decode = this.constant((key: Cell) => keys.decode(key))
    return {
      purpose: 'distinct values',
      storages: ['cell'],
      mutable: true,
      accumulate: ([map], operands) =>
        `if (addCount(ownedMap(${map}, id, ownership), ${encode}(${operands.map((operand) => operand.cell).join(', ')}), 1))`,
      retract: ([map], operands) =>
        `if (removeCount(ownedMap(${map}, id, ownership), ${encode}(${operands.map((operand) => operand.cell).join(', ')})))`,
      merge: ([map], [merged]) =>
        `if (${merged}[s] !== null) for (const [k, n] of ${merged}[s]) if (addCount(ownedMap(${map}, id, ownership), k, n)) { const d = ${decode}(k);`,
    }
  }

  rows(action: 'accumulate' | 'retract'): string {
    return [...this.scopes.values()].map((scope) => this.#scopeRow(scope, action)).join('\n')
  }

  #scopeRow(scope: Scope, action: 'accumulate' | 'retract'): string {
    const filter = scope.filter === undefined ? [] : [isNotNull(scope.filter), `v${scope.filter}[r] === 1`]
    const piece = (used: readonly UsedAccumulator[], mayBeNull: boolean): string => {
      if (used.length === 0) return ''
      const operands = scope.arguments.map((column) => inputOperand(this.#typeOf(column), column, mayBeNull))
      const conditions = [...filter, ...(mayBeNull ? [] : scope.arguments.map(isNotNull))]
      const statements = used.map(({ accumulator, columns }) => {
        const names = columns.map((column) => `a${column}`)
        return action === 'accumulate' ? accumulator.accumulate(names, operands) : accumulator.retract!(names, operands)
      })
      if (scope.distinct) statements.splice(0, 1, `${statements[0]} {`)
      const body = statements.join(' ') + (scope.distinct ? ' }' : '')
      return conditions.length === 0 ? `{ ${body} }` : `if (${conditions.join(' && ')}) { ${body} }`
    }
    const nullable = scope.used.filter((used) => used.accumulator.takesNulls === true)
    if (scope.distinct) return piece(scope.used, nullable.length > 0)
    return `${piece(
      scope.used.filter((used) => used.accumulator.takesNulls !== true),
      false,
    )} ${piece(nullable, true)}`
  }

  merges(): string {
    return [...this.scopes.values()].map((scope) => this.#scopeMerge(scope)).join('\n')
  }

  #scopeMerge(scope: Scope): string {
    const own = (used: UsedAccumulator): string[] => used.columns.map((column) => `a${column}`)
    const merge = (used: UsedAccumulator): string =>
      used.accumulator.merge(
        own(used),
        used.columns.map((column) => `b${column}`),
      )
    if (!scope.distinct) return scope.used.map((used) => `{ ${merge(used)} }`).join(' ')
    const [distinct, ...others] = scope.used
    const operands = scope.arguments.map((column, index) => decodedOperand(this.#typeOf(column), index))
    return `${merge(distinct!)} ${others.map((used) => used.accumulator.accumulate(own(used), operands)).join(' ')} }`
  }

  inputs(): number[] {
    const columns = new Set<number>()
    for (const scope of this.scopes.values()) {
      for (const column of scope.arguments) columns.add(column)
      if (scope.filter !== undefined) columns.add(scope.filter)
    }
    return [...columns]
  }
}

function exchangeType(accumulator: Accumulator, storage: StateColumnStorage, index: number): LogicalType | undefined {
  if (accumulator.orderColumn !== undefined || accumulator.mutable === true) return undefined
  if (storage === 'int32') return { kind: 'INTEGER', nullable: false }
  if (storage === 'float64') return { kind: 'DOUBLE', nullable: false }
  return accumulator.cellTypes?.[index]
}

export function generateAggregateCode(options: AggregateCodeOptions): AggregateCode {
  const builder = new AggregateCodeBuilder(options)
  const rowCount = options.countRows
    ? builder.use(builder.scope({ arguments: [], filter: undefined, distinct: false }), countAccumulator)[0]
    : undefined
  const results = options.calls.map((call) => builder.result(call))
  const used = [...builder.scopes.values()].flatMap((scope) => scope.used)
  return {
    columns: builder.columns,
    results,
    inputs: builder.inputs(),
    accumulateRow: builder.rows('accumulate'),
    retractRow: options.retracting ? builder.rows('retract') : '',
    mergeRow: builder.merges(),
    rowCount,
    mutable: used.some(({ accumulator }) => accumulator.mutable === true),
    ordered: used.some(({ accumulator }) => accumulator.ordered === true),
    constants: builder.constants,
  }
}
