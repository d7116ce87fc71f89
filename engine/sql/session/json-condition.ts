// A condition of Flink SQL over JSON objects that no schema describes: `total_amount > 10 AND zone.borough = 'Queens'`.
//
// The types come from the values: numbers are DOUBLE (BIGINT where the expression takes no DOUBLE, as `%` does), strings
// STRING, booleans BOOLEAN, objects and arrays their JSON text; what is null or absent is NULL. The condition is bound
// and compiled once for each combination of types that occurs, and runs over columns as a WHERE of a job does.
import type { Clock } from '../../time/clock.ts'
import { FlinktsError, isFlinktsError } from '../../common/errors.ts'
import { loadGenerated } from '../../common/load-generated.ts'
import type { CalcFactory, FunctionContext } from '../../functions/function-context.ts'
import { runtimeFunctions } from '../../functions/runtime-functions.ts'
import { types, type LogicalType, type RowType } from '../../types/logical-type.ts'
import { batchFromRows, type Cell, type RecordBatch } from '../../types/record-batch.ts'
import type { ExpressionNode } from '../ast/query.ts'
import { bindCondition } from '../expressions/bind-expression.ts'
import { column } from '../expressions/expression.ts'
import { generateCalc } from '../expressions/generate-calc.ts'
import { scopeOfRow } from '../expressions/scope.ts'
import { parseExpression } from '../parser/parse.ts'
import { locate, sourceText, type SourceText } from '../parser/source-text.ts'

export type JsonObject = Readonly<Record<string, unknown>>

export interface JsonConditionOptions {
  /** What errors name as the place of the text, e.g. `--filter`. */
  readonly file?: string | undefined
  /** Default UTC. */
  readonly sessionTimeZone?: string
  /** For CURRENT_TIMESTAMP and its kin. */
  readonly clock: Clock
  /** For RAND and UUID. */
  readonly random: () => number
}

/** What a value is to the condition; `integer` fits into BIGINT. */
type ValueKind = 'absent' | 'integer' | 'number' | 'text' | 'boolean'

const candidates: Readonly<Record<ValueKind, readonly LogicalType[]>> = {
  absent: [types.double(), types.string(), types.boolean(), types.bigint()],
  integer: [types.double(), types.bigint()],
  number: [types.double()],
  text: [types.string()],
  boolean: [types.boolean()],
}
/** Combinations of types tried for one combination of kinds. */
const TRIES_MAX = 1024

function kindOf(value: unknown): ValueKind {
  switch (typeof value) {
    case 'number':
      return Number.isSafeInteger(value) ? 'integer' : 'number'
    case 'boolean':
      return 'boolean'
    case 'string':
      return 'text'
    default:
      return value === null || value === undefined ? 'absent' : 'text'
  }
}

function cellOf(value: unknown): Cell {
  if (value === undefined || value === null) return null
  return typeof value === 'object' ? JSON.stringify(value) : (value as Cell)
}

interface Field {
  /** As written: `a`, `a.b`. */
  readonly path: string
  readonly parts: readonly string[]
}

function valueAt(object: JsonObject, { parts }: Field): unknown {
  let value: unknown = object
  for (const part of parts) {
    if (typeof value !== 'object' || value === null) return undefined
    value = (value as JsonObject)[part]
  }
  return value
}

/** The expression with every name as one column, whose name is the path. */
function takeFields(expression: ExpressionNode, fields: Map<string, Field>): ExpressionNode {
  const visit = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(visit)
    if (typeof value !== 'object' || value === null) return value
    const node = value as ExpressionNode
    if (node.kind !== 'ColumnReference')
      return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, visit(child)]))
    const parts = node.parts.map(({ name }) => name)
    const path = parts.join('.')
    fields.set(path, { path, parts })
    return { ...node, parts: [{ ...node.parts[0]!, name: path }] }
  }
  return visit(expression) as ExpressionNode
}

/** Every choice of one element of each list, those with the first elements first; no more than `max`. */
function* choices<T>(lists: readonly (readonly T[])[], max: number): Generator<T[]> {
  const places = lists.map(() => 0)
  for (let count = 0; count < max; count++) {
    yield lists.map((list, index) => list[places[index]!]!)
    let at = lists.length - 1
    while (at >= 0 && ++places[at]! === lists[at]!.length) places[at--] = 0
    if (at < 0) return
  }
}

/** The error that most choices of types meet: what is wrong with the text is wrong with any of them. */
function commonest(errors: readonly FlinktsError[]): FlinktsError {
  const keyOf = ({ message, location }: FlinktsError): string =>
    `${location?.column} ${message.replaceAll(/<[^>]*>/g, '')}`
  const counts = new Map<string, number>()
  for (const error of errors) counts.set(keyOf(error), (counts.get(keyOf(error)) ?? 0) + 1)
  return errors.reduce((best, error) => (counts.get(keyOf(error))! > counts.get(keyOf(best))! ? error : best))
}

interface Compiled {
  readonly type: RowType
  readonly run: (batch: RecordBatch) => RecordBatch | undefined
}

/** Name of the column that carries each row's place; no path is empty. */
const PLACE = ''

export class JsonCondition {
  /** The fields it reads, `a.b` for those of objects in objects, in the order of the text. */
  readonly fields: readonly string[]
  /** Objects it was asked about so far, and those among them whose types it does not take: they are not selected. */
  tested = 0
  inapplicable = 0
  /** Why it does not take them, for the first. */
  mismatch: FlinktsError | undefined
  readonly #source: SourceText
  readonly #expression: ExpressionNode
  readonly #paths: readonly Field[]
  readonly #absent: Set<string>
  readonly #compiled = new Map<string, Compiled | undefined>()
  readonly #context: FunctionContext

  /**
   * @throws SQL_SYNTAX, SQL_VALIDATION, SQL_UNSUPPORTED with the place in the text, where no types whatsoever make it a
   * condition
   */
  constructor(text: string, options: JsonConditionOptions) {
    const { sessionTimeZone = 'UTC', clock, random } = options
    this.#source = sourceText(text, options.file)
    const fields = new Map<string, Field>()
    this.#expression = takeFields(parseExpression(this.#source), fields)
    this.#paths = [...fields.values()]
    this.fields = [...fields.keys()]
    this.#absent = new Set(this.fields)
    this.#context = { sessionTimeZone, clock, random, currentWatermark: () => -Infinity }
    const unknown = this.#paths.map(() => 'absent' as const)
    const errors: FlinktsError[] = []
    if (candidates.absent.length ** unknown.length <= TRIES_MAX && this.#bind(unknown, errors) === undefined)
      throw commonest(errors)
  }

  /** Fields that no object has had so far. */
  get absentFields(): readonly string[] {
    return [...this.#absent]
  }

  /**
   * For each object 1 where the condition is TRUE; not an object: undefined, never selected.
   * @throws EXPRESSION_FAILED (a division by zero, a cast that fails), named by `nameOf` the object's index
   */
  test(objects: readonly (JsonObject | undefined)[], nameOf: (index: number) => string): Uint8Array {
    const selected = new Uint8Array(objects.length)
    const groups = new Map<string, { kinds: readonly ValueKind[]; rows: Cell[][] }>()
    objects.forEach((object, index) => {
      if (object === undefined) return
      this.tested++
      const values = this.#paths.map((field) => valueAt(object, field))
      const kinds = values.map(kindOf)
      const key = kinds.join()
      let group = groups.get(key)
      if (group === undefined) groups.set(key, (group = { kinds, rows: [] }))
      group.rows.push([index, ...values.map(cellOf)])
    })
    for (const { kinds, rows } of groups.values()) this.#testRows(kinds, rows, selected, nameOf)
    return selected
  }

  #testRows(
    kinds: readonly ValueKind[],
    rows: Cell[][],
    selected: Uint8Array,
    nameOf: (index: number) => string,
  ): void {
    kinds.forEach((kind, index) => {
      if (kind !== 'absent') this.#absent.delete(this.fields[index]!)
    })
    const compiled = this.#compile(kinds)
    if (compiled === undefined) {
      this.inapplicable += rows.length
      return
    }
    const mark = (some: Cell[][]): void => {
      const kept = compiled.run(batchFromRows(compiled.type, some))
      for (let row = 0; row < (kept?.rowCount ?? 0); row++) selected[kept!.columns[0]!.values[row] as number] = 1
    }
    try {
      mark(rows)
    } catch {
      // once more, one by one, to name the one that fails
      for (const row of rows) {
        try {
          mark([row])
        } catch (error) {
          throw named(error, nameOf(row[0] as number))
        }
      }
    }
  }

  #compile(kinds: readonly ValueKind[]): Compiled | undefined {
    const key = kinds.join()
    if (!this.#compiled.has(key)) {
      const errors: FlinktsError[] = []
      this.#compiled.set(key, this.#bind(kinds, errors))
      if (errors.length > 0 && this.#compiled.get(key) === undefined) this.mismatch ??= commonest(errors)
    }
    return this.#compiled.get(key)
  }

  /** With the first types that it takes; `errors` of the others. */
  #bind(kinds: readonly ValueKind[], errors: FlinktsError[]): Compiled | undefined {
    for (const choice of choices(
      kinds.map((kind) => candidates[kind]),
      TRIES_MAX,
    )) {
      try {
        return this.#bindTypes(choice)
      } catch (error) {
        if (!isFlinktsError(error)) throw error
        errors.push(error)
      }
    }
    return undefined
  }

  #bindTypes(fieldTypes: readonly LogicalType[]): Compiled {
    const place = { name: PLACE, type: types.int() }
    const type = types.row([place, ...this.fields.map((name, index) => ({ name, type: fieldTypes[index]! }))], false)
    const scope = scopeOfRow(type, {
      sessionTimeZone: this.#context.sessionTimeZone,
      locate: (node) => locate(this.#source, node.span),
    })
    const filter = bindCondition(this.#expression, scope, 'WHERE')
    const { code } = generateCalc({
      inputType: type,
      projection: [column(0, PLACE, place.type)],
      outputType: types.row([place], false),
      filter,
    })
    return { type, run: loadGenerated<CalcFactory>(code)(runtimeFunctions, this.#context) }
  }
}

function named(error: unknown, name: string): unknown {
  if (!isFlinktsError(error)) return error
  const { code, message, location, cause } = error
  return new FlinktsError(code, `${name}: ${message}`, {
    location,
    cause,
    fix: error.fix ?? 'Leave such records out first (… IS NOT NULL AND …), or use TRY_CAST.',
  })
}
