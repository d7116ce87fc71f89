// Projection and filter as JavaScript over columns: the code of the `calc` operator.
//
// The text is a factory `(functions, context) => (batch) => RecordBatch | undefined`. Per batch one of two loops runs:
// `fast` where no column that is read has NULLs or inexact values, `general` otherwise. A row that the filter refuses is
// not projected. Columns that are only passed on are the input's own where every row survives, else gathered after the
// loop. Output buffers are reused: they are valid until the next call (ownership rule of record-batch.ts).
import { withoutTimeAttribute, type LogicalType, type RowType } from '../../types/logical-type.ts'
import { columnStorage } from '../../types/record-batch.ts'
import { check } from '../../common/check.ts'
import { Block, CodeContext, indent, isExactKind, type Generator, type Value, type Variant } from './code-context.ts'
import type { Expression } from './expression.ts'
import { expressionToString } from './expression-to-string.ts'
import { createGenerator } from './generate-expression.ts'
import { isTrue } from './generate-logic.ts'

export interface CalcSource {
  readonly inputType: RowType
  /** One for each field of the output type. */
  readonly projection: readonly Expression[]
  readonly outputType: RowType
  readonly filter?: Expression | undefined
}

export interface GeneratedCalc {
  /** Source text of the factory, for `loadGenerated`. */
  readonly code: string
  /** `select=[a, (b + 1) AS c], where=[(a > 1)]`. */
  readonly description: string
}

const ARRAY_TYPES = {
  uint8: 'Uint8Array',
  int32: 'Int32Array',
  float32: 'Float32Array',
  float64: 'Float64Array',
  object: 'Array',
} as const

function isPassedOn(expression: Expression): boolean {
  return expression.kind === 'column'
}

/** Statements that store a value in output column `k` of the row. */
function storeLines(k: number, type: LogicalType, value: Value): string[] {
  const storage = columnStorage(type)
  const setNull = [
    `(nulls${k} ??= startNulls(${k}))[count] = 1;`,
    ...(storage === 'object' ? [`o${k}[count] = null;`] : []),
  ]
  if (value.isNull === 'true') return setNull
  let store = [`o${k}[count] = ${value.code};`]
  if (type.kind === 'BOOLEAN') store = [`o${k}[count] = ${value.code} ? 1 : 0;`]
  else if (isExactKind(type) && !value.isNumber) {
    store = [
      `if (typeof ${value.code} === 'number') o${k}[count] = ${value.code};`,
      `else { o${k}[count] = NaN; (exact${k} ??= [])[count] = ${value.code}; }`,
    ]
  }
  if (value.isNull === undefined) return store
  return [`if (${value.isNull}) {`, ...indent(setNull), '} else {', ...indent(store), '}']
}

/** AND is taken apart, so that a row leaves at the first condition that refuses it. */
function filterLines(generator: Generator, filter: Expression, block: Block): void {
  if (filter.kind === 'call' && filter.name === 'AND') {
    for (const operand of filter.operands) filterLines(generator, operand, block)
    return
  }
  const value = generator.generate(filter, block)
  block.add(`if (!${isTrue(value)}) continue;`)
}

function loopLines(context: CodeContext, variant: Variant, source: CalcSource): string[] {
  context.variant = variant
  const generator = createGenerator(context)
  const body = new Block()
  if (source.filter !== undefined) {
    filterLines(generator, source.filter, body)
    body.add('selected[count] = i;')
  }
  source.projection.forEach((expression, k) => {
    if (isPassedOn(expression)) return
    body.add(...storeLines(k, source.outputType.fields[k]!.type, generator.generate(expression, body)))
  })
  body.add('count++;')
  return body.lines
}

function loadColumns(context: CodeContext, variant: Variant): string[] {
  return [...context.columnsRead.keys()].flatMap((index) => [
    `const { values: v${index}${variant === 'fast' ? '' : `, nulls: n${index}, exact: e${index}`} } = batch.columns[${index}];`,
  ])
}

function functionLines(
  context: CodeContext,
  variant: Variant,
  source: CalcSource,
  computed: readonly number[],
): string[] {
  const loop = loopLines(context, variant, source)
  return [
    `const ${variant} = (batch) => {`,
    ...indent([
      'const { rowCount } = batch;',
      ...loadColumns(context, variant),
      ...computed.map((k) => `const o${k} = values[${k}]; let nulls${k}; let exact${k};`),
      'let site = -1;',
      'let count = 0;',
      'try {',
      '  for (let i = 0; i < rowCount; i++) {',
      ...indent(indent(loop)),
      '  }',
      '} catch (error) {',
      '  throw functions.failedAt(error, sites[site]);',
      '}',
      'if (count === 0) return undefined;',
      ...computed.map((k) => `columns[${k}] = { values: o${k}, nulls: nulls${k}, exact: exact${k} };`),
      'return count;',
    ]),
    '};',
  ]
}

function fastCondition(context: CodeContext): string {
  const conditions = [...context.columnsRead].map(([index, type]) => {
    const column = `batch.columns[${index}]`
    return `${column}.nulls === undefined${isExactKind(type) ? ` && ${column}.exact === undefined` : ''}`
  })
  return conditions.join(' && ') || 'true'
}

function growLines(source: CalcSource, computed: readonly number[], passedOn: readonly number[]): string[] {
  const make = (k: number): string => {
    const storage = ARRAY_TYPES[columnStorage(source.outputType.fields[k]!.type)]
    return storage === 'Array' ? 'new Array(capacity).fill(null)' : `new ${storage}(capacity)`
  }
  const buffered = source.filter === undefined ? computed : [...computed, ...passedOn].sort((a, b) => a - b)
  return [
    'const grow = (rowCount) => {',
    '  capacity = Math.max(rowCount, 2 * capacity, 16);',
    ...buffered.map((k) => `  values[${k}] = ${make(k)};`),
    ...(source.filter === undefined ? [] : ['  selected = new Int32Array(capacity);']),
    '  nulls.fill(undefined);',
    '};',
  ]
}

function emitLines(source: CalcSource, passedOn: readonly number[]): string[] {
  const columnOf = (k: number): number => (source.projection[k] as Expression & { kind: 'column' }).index
  const whole = passedOn.map((k) => `columns[${k}] = batch.columns[${columnOf(k)}];`)
  if (source.filter === undefined)
    return [
      ...whole,
      'return { type: outputType, rowCount: count, columns: columns.slice(), rowKinds: batch.rowKinds, eventTimes: batch.eventTimes };',
    ]
  return [
    'let { rowKinds, eventTimes } = batch;',
    'if (count === batch.rowCount) {',
    ...indent(whole),
    '} else {',
    ...passedOn.map(
      (k) => `  columns[${k}] = functions.gatherColumn(batch.columns[${columnOf(k)}], selected, count, values[${k}]);`,
    ),
    '  rowKinds = functions.gatherValues(rowKinds, selected, count);',
    '  eventTimes = functions.gatherValues(eventTimes, selected, count);',
    '}',
    'return { type: outputType, rowCount: count, columns: columns.slice(), rowKinds, eventTimes };',
  ]
}

function describe({ projection, outputType, filter }: CalcSource): string {
  const select = projection.map((expression, k) => {
    const text = expressionToString(expression)
    const { name } = outputType.fields[k]!
    return text === name ? text : `${text} AS ${name}`
  })
  const where = filter === undefined ? '' : `, where=[${expressionToString(filter)}]`
  return `select=[${select.join(', ')}]${where}`
}

/** Only columns, no filter: nothing runs per row. */
function generateReordering(source: CalcSource): string {
  const columns = source.projection.map(
    (expression) => `batch.columns[${(expression as Expression & { kind: 'column' }).index}]`,
  )
  return [
    '(functions, context) => {',
    `  const outputType = ${JSON.stringify(source.outputType)};`,
    `  return (batch) => batch.rowCount === 0 ? undefined : { type: outputType, rowCount: batch.rowCount, columns: [${columns.join(', ')}], rowKinds: batch.rowKinds, eventTimes: batch.eventTimes };`,
    '}',
  ].join('\n')
}

export function generateCalc(source: CalcSource): GeneratedCalc {
  const { projection, outputType, filter } = source
  check(projection.length === outputType.fields.length, 'a projection has one expression for each output field')
  const description = describe(source)
  const passedOn = projection.flatMap((expression, k) => (isPassedOn(expression) ? [k] : []))
  const computed = projection.flatMap((expression, k) => (isPassedOn(expression) ? [] : [k]))
  if (computed.length === 0 && filter === undefined) return { code: generateReordering(source), description }
  const context = new CodeContext()
  const fast = functionLines(context, 'fast', source, computed)
  const general = functionLines(context, 'general', source, computed)
  const lines = [
    '(functions, context) => {',
    ...indent([
      ...context.setup,
      `const sites = ${context.sitesCode()};`,
      `const outputType = ${JSON.stringify(outputType)};`,
      'let capacity = 0;',
      'let selected;',
      `const values = new Array(${projection.length});`,
      `const nulls = new Array(${projection.length}).fill(undefined);`,
      `const columns = new Array(${projection.length});`,
      'const startNulls = (k) => nulls[k] === undefined ? (nulls[k] = new Uint8Array(capacity)) : nulls[k].fill(0);',
      ...growLines(source, computed, passedOn),
      ...fast,
      ...general,
      'return (batch) => {',
      '  if (batch.rowCount > capacity) grow(batch.rowCount);',
      `  const count = ${fastCondition(context)} ? fast(batch) : general(batch);`,
      '  if (count === undefined) return undefined;',
      ...indent(emitLines(source, passedOn)),
      '};',
    ]),
    '}',
  ]
  return { code: lines.join('\n'), description }
}

/**
 * A TIMESTAMP expression as `(functions, context) => (batch) => Float64Array`: ms since 1970 for each row, NaN where
 * NULL. For watermark expressions. The array is reused by the next call and may be longer than the batch.
 */
export function generateRowFunction({ expression }: { readonly inputType: RowType; readonly expression: Expression }): {
  readonly code: string
} {
  const context = new CodeContext()
  const loop = (variant: Variant): string[] => {
    context.variant = variant
    const body = new Block()
    const value = createGenerator(context).generate(expression, body)
    const millis = value.isNumber
      ? value.code
      : `(typeof ${value.code} === 'number' ? ${value.code} : ${value.code}.millis)`
    const stored =
      value.isNull === undefined ? millis : value.isNull === 'true' ? 'NaN' : `(${value.isNull}) ? NaN : ${millis}`
    return [
      `const ${variant} = (batch) => {`,
      ...indent([
        'const { rowCount } = batch;',
        ...loadColumns(context, variant),
        'let site = -1;',
        'try {',
        '  for (let i = 0; i < rowCount; i++) {',
        ...indent(indent(body.lines)),
        `    result[i] = ${stored};`,
        '  }',
        '} catch (error) {',
        '  throw functions.failedAt(error, sites[site]);',
        '}',
      ]),
      '};',
    ]
  }
  check(
    ['TIMESTAMP', 'TIMESTAMP_LTZ'].includes(withoutTimeAttribute(expression.type).kind),
    'a row function gives timestamps',
  )
  const loops = [...loop('fast'), ...loop('general')]
  const lines = [
    '(functions, context) => {',
    ...indent([
      ...context.setup,
      `const sites = ${context.sitesCode()};`,
      'let result = new Float64Array(0);',
      ...loops,
      'return (batch) => {',
      '  if (batch.rowCount > result.length) result = new Float64Array(Math.max(batch.rowCount, 2 * result.length));',
      `  if (${fastCondition(context)}) fast(batch);`,
      '  else general(batch);',
      '  return result;',
      '};',
    ]),
    '}',
  ]
  return { code: lines.join('\n') }
}
