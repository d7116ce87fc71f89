// FIRST_VALUE and LAST_VALUE in order of arrival; NULLs are skipped. Source: Flink's FirstValueAggFunction and
// LastValueWithRetractAggFunction.
import { equalsCells } from '../../functions/comparison.ts'
import { columnStorage } from '../../types/record-batch.ts'
import type { Accumulator, AggregateDefinition } from './aggregate-definition.ts'

/** The value and its arrival number (0: none yet), by which parts are merged. */
function ordered(purpose: 'first-value' | 'last-value', storage: 'float64' | 'cell'): Accumulator {
  const first = purpose === 'first-value'
  return {
    purpose,
    storages: [storage, 'float64'],
    orderColumn: 1,
    accumulate([value, order], [x]) {
      const store = `${value}[id] = ${storage === 'cell' ? x!.cell : x!.value}; ${order}[id] = ++arrival.last;`
      return first ? `if (${order}[id] === 0) { ${store} }` : store
    },
    merge: ([value, order], [otherValue, otherOrder]) =>
      `if (${otherOrder}[s] !== 0 && (${order}[id] === 0 || ${otherOrder}[s] ${first ? '<' : '>'} ${order}[id])) {
        ${value}[id] = ${otherValue}[s]; ${order}[id] = ${otherOrder}[s]; }`,
  }
}

/** All values in order of arrival; taking one back removes its first copy. */
function listed(equals: string): Accumulator {
  return {
    purpose: 'values in order',
    ordered: true,
    storages: ['cell'],
    mutable: true,
    accumulate: ([list], [x]) => `ownedList(${list}, id, ownership).push(${x!.cell});`,
    retract: ([list], [x]) => `removeFirst(ownedList(${list}, id, ownership), ${x!.cell}, ${equals});`,
    merge: ([list], [merged]) => `if (${merged}[s] !== null) ownedList(${list}, id, ownership).push(...${merged}[s]);`,
  }
}

function valueAt(purpose: 'first-value' | 'last-value'): AggregateDefinition {
  return {
    arguments: { min: 1, max: 1 },
    define(scope) {
      const type = scope.argumentTypes[0]!
      if (scope.retracting) {
        const [list] = scope.accumulator(listed(scope.constant(equalsCells(type))))
        const index = purpose === 'first-value' ? '0' : `${list}[id].length - 1`
        return { form: 'cell', value: `(${list}[id] === null ? null : ${list}[id][${index}] ?? null)` }
      }
      const isNumber =
        columnStorage(type) !== 'object' && !['BIGINT', 'DECIMAL', 'TIMESTAMP', 'TIMESTAMP_LTZ'].includes(type.kind)
      const [value, order] = scope.accumulator(ordered(purpose, isNumber ? 'float64' : 'cell'))
      if (isNumber) return { form: 'number', isNull: `${order}[id] === 0`, value: `${value}[id]` }
      return { form: 'cell', value: `${value}[id]` }
    },
  }
}

export const firstValue = valueAt('first-value')
export const lastValue = valueAt('last-value')
