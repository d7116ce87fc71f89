// The text being generated: names, what is made once per operator, and blocks of statements per row.
//
// A value is an atom of JavaScript (a name or a literal) and how to see whether it is NULL. Inside one block the same
// expression is computed once; a block that runs conditionally keeps what it computed to itself.
import type { LogicalType } from '../../types/logical-type.ts'
import type { Cell } from '../../types/record-batch.ts'
import type { Expression } from './expression.ts'
import { expressionToString } from './expression-to-string.ts'

export interface Value {
  /** An atom; meaningless where NULL. */
  readonly code: string
  /** A JavaScript condition without effects; undefined: never NULL. */
  readonly isNull: string | undefined
  /** A BIGINT, DECIMAL or TIMESTAMP that is certainly a JavaScript number, so operators may be used on it. */
  readonly isNumber: boolean
}

export const NULL_VALUE: Value = { code: 'null', isNull: 'true', isNumber: true }

/** Statements of one block. */
export class Block {
  readonly lines: string[] = []
  private readonly parent: Block | undefined
  private readonly known = new Map<string, Value>()

  constructor(parent?: Block) {
    this.parent = parent
  }

  add(...lines: string[]): void {
    this.lines.push(...lines)
  }

  find(key: string): Value | undefined {
    return this.known.get(key) ?? this.parent?.find(key)
  }

  remember(key: string, value: Value): Value {
    this.known.set(key, value)
    return value
  }
}

/** `fast`: no column read has NULLs or inexact values in this batch. */
export type Variant = 'fast' | 'general'

export class CodeContext {
  /** Statements that run once, when the factory is called. */
  readonly setup: string[] = []
  /** Columns that some expression reads; pure references are not among them. */
  readonly columnsRead = new Map<number, LogicalType>()
  variant: Variant = 'fast'
  private readonly hoisted = new Map<string, string>()
  private readonly sites: string[] = []
  private readonly siteIndexes = new Map<string, number>()
  private names = 0

  name(prefix = 't'): string {
    return `${prefix}${this.names++}`
  }

  /** A name for something made once; equal texts share it. */
  hoist(code: string, prefix: string): string {
    const known = this.hoisted.get(code)
    if (known !== undefined) return known
    const name = this.name(prefix)
    this.setup.push(`const ${name} = ${code};`)
    this.hoisted.set(code, name)
    return name
  }

  /** A function of `runtimeFunctions` that is called directly. */
  intrinsic(name: string): string {
    return this.hoist(`functions.${name}`, 'f')
  }

  /** A function of the catalogue, made for this call. */
  scalarFunction(
    implementation: string,
    operandTypes: readonly LogicalType[],
    resultType: LogicalType,
    options: Readonly<Record<string, unknown>> = {},
  ): string {
    const call = `{ operandTypes: ${JSON.stringify(operandTypes)}, resultType: ${JSON.stringify(resultType)}, options: ${JSON.stringify(options)}, context }`
    return this.hoist(`functions.create(${JSON.stringify(implementation)}, ${call})`, 'f')
  }

  /** The statement that says where the row's evaluation is, for errors. */
  markSite(expression: Expression): string {
    const site = JSON.stringify({ text: expressionToString(expression), location: expression.location })
    let index = this.siteIndexes.get(site)
    if (index === undefined) {
      index = this.sites.push(site) - 1
      this.siteIndexes.set(site, index)
    }
    return `site = ${index};`
  }

  sitesCode(): string {
    return `[${this.sites.join(', ')}]`
  }
}

function numberCode(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value)
}

/** JavaScript source text of a cell. */
export function cellCode(cell: Cell): string {
  if (cell === null || typeof cell === 'boolean') return String(cell)
  if (typeof cell === 'number') return numberCode(cell)
  if (typeof cell === 'bigint') return `${cell}n`
  if (typeof cell === 'string') return JSON.stringify(cell)
  if (cell instanceof Uint8Array) return `new Uint8Array([${cell.join(', ')}])`
  if (Array.isArray(cell)) return `[${(cell as readonly Cell[]).map(cellCode).join(', ')}]`
  if (cell instanceof Map)
    return `new Map([${[...(cell as Map<Cell, Cell>)].map(([key, value]) => `[${cellCode(key)}, ${cellCode(value)}]`).join(', ')}])`
  const { millis, nanos } = cell as { millis: number; nanos: number }
  return `{ millis: ${numberCode(millis)}, nanos: ${numberCode(nanos)} }`
}

/** A value that a variable starts with, of the kind it will hold. */
export function initialCode(type: LogicalType): string {
  switch (type.kind) {
    case 'BOOLEAN':
      return 'false'
    case 'CHAR':
    case 'VARCHAR':
      return `''`
    case 'BINARY':
    case 'VARBINARY':
    case 'ARRAY':
    case 'MAP':
    case 'MULTISET':
    case 'ROW':
    case 'NULL':
      return 'null'
    default:
      return '0'
  }
}

export function anyNull(values: readonly Value[]): string | undefined {
  const conditions = [...new Set(values.map((value) => value.isNull).filter((each) => each !== undefined))]
  if (conditions.includes('true')) return 'true'
  if (conditions.length === 0) return undefined
  return conditions.length === 1 ? conditions[0] : `(${conditions.join(' || ')})`
}

export function indent(lines: readonly string[]): string[] {
  return lines.map((line) => `  ${line}`)
}

/** Generates an expression into a block; the whole generator, passed to its parts. */
export type Generate = (expression: Expression, block: Block) => Value

export interface Generator {
  readonly context: CodeContext
  readonly generate: Generate
}

/**
 * Computes a value where no operand is NULL: `code` is an expression, or statements that assign to the name given.
 * `mayBeNull`: the result itself may be null.
 */
export function computeStrict(
  generator: Generator,
  block: Block,
  type: LogicalType,
  operands: readonly Value[],
  compute: (result: string) => readonly string[],
  details: { readonly mayBeNull?: boolean; readonly isNumber?: boolean } = {},
): Value {
  const isNull = anyNull(operands)
  if (isNull === 'true') return NULL_VALUE
  const { mayBeNull = false, isNumber = true } = details
  const result = generator.context.name()
  const statements = compute(result)
  if (isNull === undefined) {
    block.add(`let ${result} = ${initialCode(type)};`, ...statements)
    if (!mayBeNull) return { code: result, isNull: undefined, isNumber }
    return { code: result, isNull: `${result} === null`, isNumber }
  }
  if (mayBeNull) {
    block.add(`let ${result} = null;`, `if (!(${isNull})) {`, ...indent(statements), '}')
    return { code: result, isNull: `${result} === null`, isNumber }
  }
  block.add(`let ${result} = ${initialCode(type)};`, `if (!(${isNull})) {`, ...indent(statements), '}')
  return { code: result, isNull, isNumber }
}

/** Kinds whose cells may be something else than numbers where a double is not exact. */
const EXACT_KINDS: readonly LogicalType['kind'][] = ['BIGINT', 'DECIMAL', 'TIMESTAMP', 'TIMESTAMP_LTZ']

export function isExactKind(type: LogicalType): boolean {
  return EXACT_KINDS.includes(type.kind)
}
