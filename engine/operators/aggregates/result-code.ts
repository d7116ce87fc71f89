// Code that writes aggregate results and keys into output columns.
import { columnStorage } from '../../types/record-batch.ts'
import type { LogicalType } from '../../types/logical-type.ts'
import type { AggregateResult } from './aggregate-definition.ts'

/** Writes `result` of row `id` to output column `target` (locals `o<target>`, `c<target>`) at row `w`. */
export function writeResult(result: AggregateResult, target: number): string {
  switch (result.form) {
    case 'number': {
      const write = `o${target}[w] = ${result.value};`
      return result.isNull === undefined ? write : `if (${result.isNull}) setNull(c${target}, w); else ${write}`
    }
    case 'exact': {
      const write = `{ const t = ${result.value}; if (t === t) o${target}[w] = t; else setExactCell(c${target}, w, ${result.exact}); }`
      return result.isNull === undefined ? write : `if (${result.isNull}) setNull(c${target}, w); else ${write}`
    }
    case 'cell':
      return `setCellOf(c${target}, w, ${result.value});`
  }
}

/** Copies key column `key` (locals `k<key>`, `m<key>`, `y<key>`) of row `id` to output column `target` at row `w`. */
export function writeKey(type: LogicalType, key: number, target: number): string {
  const exact =
    columnStorage(type) === 'float64' && type.kind !== 'DOUBLE'
      ? `if (y${key} !== undefined && o${target}[w] !== o${target}[w]) setExactCell(c${target}, w, y${key}[id]);`
      : ''
  return `o${target}[w] = k${key}[id]; ${exact} if (m${key} !== undefined && m${key}[id] !== 0) setNull(c${target}, w);`
}

export function declareOutputs(columns: string, targets: readonly number[]): string {
  return targets.map((index) => `const c${index} = ${columns}[${index}], o${index} = c${index}.values;`).join(' ')
}

export function declareKeys(rows: string, keys: number): string {
  return Array.from({ length: keys }, (_, index) => index)
    .map(
      (index) =>
        `const k${index} = ${rows}.keyColumns[${index}].values, m${index} = ${rows}.keyColumns[${index}].nulls, y${index} = ${rows}.keyColumns[${index}].exact;`,
    )
    .join(' ')
}
