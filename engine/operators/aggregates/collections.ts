// LISTAGG, COLLECT and ARRAY_AGG. Results share the accumulator's object; `ownership` makes it be copied before it changes.
import { equalsCells } from '../../functions/comparison.ts'
import type { Cell } from '../../types/record-batch.ts'
import type { Accumulator, AggregateDefinition } from './aggregate-definition.ts'
import { distinctKeys } from './distinct-keys.ts'

const textAccumulator: Accumulator = {
  purpose: 'text',
  ordered: true,
  storages: ['cell', 'cell'],
  accumulate: ([text, separator], [x, delimiter]) =>
    `${separator}[id] = ${delimiter?.cell ?? "','"}; ${text}[id] = ${text}[id] === null ? ${x!.cell} : ${text}[id] + ${separator}[id] + ${x!.cell};`,
  merge: ([text, separator], [otherText, otherSeparator]) => `if (${otherText}[s] !== null) {
      ${separator}[id] = ${otherSeparator}[s]; ${text}[id] = ${text}[id] === null ? ${otherText}[s] : ${text}[id] + ${separator}[id] + ${otherText}[s]; }`,
}

const textListAccumulator: Accumulator = {
  purpose: 'text list',
  ordered: true,
  storages: ['cell', 'cell'],
  mutable: true,
  accumulate: ([list, separator], [x, delimiter]) =>
    `${separator}[id] = ${delimiter?.cell ?? "','"}; ownedList(${list}, id, ownership).push(${x!.cell});`,
  retract: ([list], [x]) => `removeFirst(ownedList(${list}, id, ownership), ${x!.cell}, Object.is);`,
  merge: ([list, separator], [otherList, otherSeparator]) =>
    `if (${otherList}[s] !== null) { ${separator}[id] = ${otherSeparator}[s]; ownedList(${list}, id, ownership).push(...${otherList}[s]); }`,
}

/** LISTAGG(text [, separator]); NULLs are skipped, NULL where nothing is left. */
export const listagg: AggregateDefinition = {
  arguments: { min: 1, max: 2 },
  refuse: ([type]) =>
    type!.kind === 'CHAR' || type!.kind === 'VARCHAR'
      ? undefined
      : `its argument must be a string, but is ${type!.kind}`,
  define(scope) {
    if (!scope.retracting) {
      const [text] = scope.accumulator(textAccumulator)
      return { form: 'cell', value: `${text}[id]` }
    }
    const [list, separator] = scope.accumulator(textListAccumulator)
    return {
      form: 'cell',
      value: `(${list}[id] === null || ${list}[id].length === 0 ? null : ${list}[id].join(${separator}[id]))`,
    }
  },
}

/** COLLECT: the multiset of the values that are not NULL; empty, never NULL. */
export const collect: AggregateDefinition = {
  arguments: { min: 1, max: 1 },
  define(scope) {
    const keys = distinctKeys(scope.argumentTypes)
    const encode = scope.constant((cell: Cell) => keys.encode([cell]))
    const [counts] = scope.accumulator({
      purpose: 'multiset',
      storages: ['cell'],
      mutable: true,
      accumulate: ([map], [x]) => `addCount(ownedMap(${map}, id, ownership), ${encode}(${x!.cell}), 1);`,
      retract: ([map], [x]) => `addCount(ownedMap(${map}, id, ownership), ${encode}(${x!.cell}), -1);`,
      merge: ([map], [merged]) =>
        `if (${merged}[s] !== null) { const m = ownedMap(${map}, id, ownership); for (const [k, n] of ${merged}[s]) addCount(m, k, n); }`,
    })
    // the same map for the same counts, so that an unchanged result is seen as unchanged
    const results = new WeakMap<object, ReadonlyMap<Cell, number>>()
    const empty: ReadonlyMap<Cell, number> = new Map()
    const toMultiset = scope.constant((map: ReadonlyMap<Cell, number> | null) => {
      if (map === null) return empty
      let result = results.get(map)
      if (result === undefined) {
        result = new Map([...map].map(([key, present]) => [keys.decode(key)[0]!, present]))
        results.set(map, result)
      }
      return result
    })
    return { form: 'cell', value: `${toMultiset}(${counts}[id])` }
  },
}

/** ARRAY_AGG in order of arrival, NULLs included; NULL where there is no row. */
export const arrayAgg: AggregateDefinition = {
  arguments: { min: 1, max: 1 },
  define(scope) {
    const equals = scope.constant(equalsCells(scope.argumentTypes[0]!))
    const [list] = scope.accumulator({
      purpose: 'array',
      ordered: true,
      storages: ['cell'],
      mutable: true,
      takesNulls: true,
      accumulate: ([array], [x]) => `ownedList(${array}, id, ownership).push(${x!.cell});`,
      retract: ([array], [x]) => `removeFirst(ownedList(${array}, id, ownership), ${x!.cell}, ${equals});`,
      merge: ([array], [merged]) =>
        `if (${merged}[s] !== null) ownedList(${array}, id, ownership).push(...${merged}[s]);`,
    })
    return { form: 'cell', value: `(${list}[id] === null || ${list}[id].length === 0 ? null : ${list}[id])` }
  },
}
