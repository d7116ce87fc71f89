// Source text that reads a record out of columns and writes one into them, as parts of loops generated per schema: object
// literals of one shape and typed arrays held in locals, so that the engine's JIT sees plain monomorphic code.
import type { LogicalType, RowField, RowType } from '../../types/logical-type.ts'

/** Declares locals for the values (`v0` …), NULL flags (`n0` …) and exact values (`e0` …) of `columns`. */
export function columnLocals(type: RowType): string {
  return type.fields
    .map((_, index) => {
      const column = `columns[${index}]`
      return `const v${index} = ${column}.values, n${index} = ${column}.nulls, e${index} = ${column}.exact;`
    })
    .join('\n')
}

/** The value of a cell that is not NULL, where it needs no more than the column's array; `exact`: as long as all are. */
function plainValue(type: LogicalType, value: string): { readonly code: string; readonly exact: boolean } | undefined {
  switch (type.kind) {
    case 'BOOLEAN':
      return { code: `${value} === 1`, exact: false }
    case 'BIGINT':
      return { code: type.safeInteger === true ? value : `BigInt(${value})`, exact: true }
    case 'TIMESTAMP':
    case 'TIMESTAMP_LTZ':
      return type.precision <= 3 ? { code: value, exact: true } : undefined
    case 'TINYINT':
    case 'SMALLINT':
    case 'INTEGER':
    case 'DATE':
    case 'TIME':
    case 'FLOAT':
    case 'DOUBLE':
    case 'INTERVAL_YEAR_MONTH':
    case 'INTERVAL_DAY_TIME':
    case 'CHAR':
    case 'VARCHAR':
    case 'BINARY':
    case 'VARBINARY':
      return { code: value, exact: false }
    default:
      return undefined
  }
}

/** An object literal: the record at row `r`, over the locals of `columnLocals` and `readers[i](column, row)`. */
export function recordLiteral(type: RowType): string {
  const properties = type.fields.map((field, index) => {
    const slow = `readers[${index}](columns[${index}], r)`
    const plain = plainValue(field.type, `v${index}[r]`)
    const read = plain?.exact === true ? `e${index} === undefined ? ${plain.code} : ${slow}` : (plain?.code ?? slow)
    // a plain __proto__ would set the prototype
    const name = field.name === '__proto__' ? "['__proto__']" : JSON.stringify(field.name)
    return `${name}: n${index} !== undefined && n${index}[r] !== 0 ? null : ${read}`
  })
  return `{ ${properties.join(',\n')} }`
}

/** A test on `x` that it fits its column, and what is stored then. */
function plainStore(type: LogicalType): { readonly test: string; readonly stored: string } | undefined {
  switch (type.kind) {
    case 'BOOLEAN':
      return { test: "typeof x === 'boolean'", stored: 'x ? 1 : 0' }
    case 'TINYINT':
      return { test: '(x << 24 >> 24) === x', stored: 'x' }
    case 'SMALLINT':
      return { test: '(x << 16 >> 16) === x', stored: 'x' }
    case 'INTEGER':
    case 'DATE':
    case 'TIME':
      return { test: '(x | 0) === x', stored: 'x' }
    case 'BIGINT':
      // + 0: there is no -0 among the integers
      return { test: 'Number.isSafeInteger(x)', stored: 'x + 0' }
    case 'TIMESTAMP':
    case 'TIMESTAMP_LTZ':
      return { test: 'Number.isSafeInteger(x)', stored: 'x + 0' }
    case 'FLOAT':
    case 'DOUBLE':
      return { test: "typeof x === 'number'", stored: 'x' }
    case 'CHAR':
    case 'VARCHAR':
      return { test: "typeof x === 'string'", stored: 'x' }
    default:
      return undefined
  }
}

function storeStatement({ name, type }: RowField, index: number): string {
  const plain = plainStore(type)
  const slow = `writers[${index}](target[${index}], w, x);`
  const store = plain === undefined ? slow : `if (${plain.test}) o${index}[w] = ${plain.stored}; else ${slow}`
  return `{ const x = record[${JSON.stringify(name)}]; ${store} }`
}

/** Declares locals for the values (`o0` …) of `target`, columns no row of which is NULL yet. */
export function targetLocals(type: RowType): string {
  return type.fields.map((_, index) => `const o${index} = target[${index}].values;`).join('\n')
}

/**
 * Statements that write `record` to row `w`, over the locals of `targetLocals`, `writers[i](column, row, value)` and
 * `refuse`, which throws. Rows are written once and in ascending order.
 */
export function recordStore(type: RowType): string {
  return `if (typeof record !== 'object' || record === null || record instanceof Promise) refuse(record);
    ${type.fields.map(storeStatement).join('\n')}`
}
