// MIN and MAX. Doubles compare as in Java's `<` and `>`: a NaN that came first stays, a later one never wins.
import { compareCells, compareStrings } from '../../functions/comparison.ts'
import { withNullability, type LogicalType } from '../../types/logical-type.ts'
import { columnStorage, type Cell } from '../../types/record-batch.ts'
import type { Accumulator, AggregateDefinition, AggregateResult, AggregateScope } from './aggregate-definition.ts'
import { distinctKeys } from './distinct-keys.ts'

type Sign = 1 | -1

/** A number and whether there is one. */
function numberExtreme(purpose: string, sign: Sign, storage: 'int32' | 'float64'): Accumulator {
  const better = sign > 0 ? '>' : '<'
  const take = ([extreme, seen]: readonly string[], value: string): string =>
    `if (${seen}[id] === 0) { ${seen}[id] = 1; ${extreme}[id] = ${value}; } else if (${value} ${better} ${extreme}[id]) ${extreme}[id] = ${value};`
  return {
    purpose,
    storages: [storage, 'int32'],
    accumulate: (columns, [x]) => take(columns, x!.value),
    merge: (columns, merged) => `if (${merged[1]}[s] !== 0) { ${take(columns, `${merged[0]}[s]`)} }`,
  }
}

/** A cell, null while there is none. */
function cellExtreme(purpose: string, sign: Sign, type: LogicalType, compare: string): Accumulator {
  const take = ([extreme]: readonly string[], value: string): string =>
    `{ const o = ${extreme}[id]; if (o === null || (o !== ${value} && ${compare}(${value}, o) ${sign > 0 ? '>' : '<'} 0)) ${extreme}[id] = ${value}; }`
  return {
    purpose,
    storages: ['cell'],
    cellTypes: { 0: withNullability(type, true) },
    accumulate: (columns, [x]) => `{ const t = ${x!.cell}; ${take(columns, 't')} }`,
    merge: (columns, merged) => `{ const t = ${merged[0]}[s]; if (t !== null) ${take(columns, 't')} }`,
  }
}

/** All values with their counts, and the present extreme, found again when its last copy is taken back. */
function retractableExtreme(scope: AggregateScope, purpose: string, sign: Sign): Accumulator {
  const type = scope.argumentTypes[0]!
  const keys = distinctKeys([type])
  const encode = scope.constant((cell: Cell) => keys.encode([cell]))
  const compareValues = compareCells(type)
  const compare = scope.constant((left: Cell, right: Cell) =>
    compareValues(keys.decode(left)[0]!, keys.decode(right)[0]!),
  )
  const better = (key: string, extreme: string): string =>
    `(${extreme}[id] === null || ${compare}(${key}, ${extreme}[id]) ${sign > 0 ? '>' : '<'} 0)`
  return {
    purpose,
    storages: ['cell', 'cell'],
    mutable: true,
    accumulate: ([values, extreme], [x]) => `{ const k = ${encode}(${x!.cell});
      if (addCount(ownedMap(${values}, id, ownership), k, 1) && ${better('k', extreme!)}) ${extreme}[id] = k; }`,
    retract: (
      [values, extreme],
      [x],
    ) => `{ const k = ${encode}(${x!.cell}); const m = ownedMap(${values}, id, ownership);
      if (removeCount(m, k) && k === ${extreme}[id]) ${extreme}[id] = extremeKey(m, ${compare}, ${sign}); }`,
    merge: ([values, extreme], [merged]) => `if (${merged}[s] !== null) { const m = ownedMap(${values}, id, ownership);
      for (const [k, n] of ${merged}[s]) addCount(m, k, n);
      ${extreme}[id] = extremeKey(m, ${compare}, ${sign}); }`,
  }
}

function extreme(name: string, sign: Sign): AggregateDefinition {
  return {
    arguments: { min: 1, max: 1 },
    refuse([type]) {
      const unordered = ['ARRAY', 'MULTISET', 'MAP', 'ROW', 'BINARY', 'VARBINARY'].includes(type!.kind)
      return unordered ? `values of ${type!.kind} have no order` : undefined
    },
    define(scope): AggregateResult {
      const type = scope.argumentTypes[0]!
      if (scope.retracting) {
        const [, column] = scope.accumulator(retractableExtreme(scope, `${name} with retraction`, sign))
        const keys = distinctKeys([type])
        const decode = scope.constant((key: Cell) => (key === null ? null : keys.decode(key)[0]!))
        return { form: 'cell', value: `${decode}(${column}[id])` }
      }
      const storage = columnStorage(type)
      if (storage === 'int32' || storage === 'float32' || type.kind === 'DOUBLE' || storage === 'uint8') {
        const [column, seen] = scope.accumulator(numberExtreme(name, sign, storage === 'int32' ? 'int32' : 'float64'))
        return { form: 'number', isNull: `${seen}[id] === 0`, value: `${column}[id]` }
      }
      const compare = scope.constant(isText(type) ? compareStrings : compareCells(type))
      const [column] = scope.accumulator(cellExtreme(name, sign, type, compare))
      return { form: 'cell', value: `${column}[id]` }
    },
  }
}

function isText(type: LogicalType): boolean {
  return type.kind === 'CHAR' || type.kind === 'VARCHAR'
}

export const max = extreme('max', 1)
export const min = extreme('min', -1)
