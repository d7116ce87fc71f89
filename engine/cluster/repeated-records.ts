// How many records an attempt reads that an earlier one had read too: what a sink that only appends may get twice. An upper
// bound: readers that were lost may have come to the source's end.
import type { Split, SplitEnumerator } from '../connectors/connector.ts'
import type { JobGraph } from '../graph/job-graph.ts'
import { appendSinksOf } from './append-sinks.ts'
import type { RestorePoint } from './restore-point.ts'

type SplitsById = ReadonlyMap<string, Split>

function byId(splits: readonly Split[]): SplitsById {
  return new Map(splits.map((split) => [split.id, split]))
}

interface Bound {
  readonly from: readonly Split[]
  readonly count: number
}

/** Id of the operator that a vertex begins with. */
function firstOperator(graph: JobGraph, vertexId: string): string {
  return graph.vertices.find(({ id }) => id === vertexId)!.chain[0]!.node.id
}

export class RepeatedRecords {
  readonly #graph: JobGraph
  /** By operator id; an operator that is not there: nobody knows how far it read. */
  readonly #reached = new Map<string, Map<string, Split>>()
  readonly #bounds = new Map<string, Bound>()

  constructor(graph: JobGraph) {
    this.#graph = graph
  }

  /** An attempt begins to read at `splits`. */
  begin(operatorId: string, splits: readonly Split[]): void {
    this.#reached.set(operatorId, new Map(byId(splits)))
  }

  /** A subtask of the attempt has ended; if it read a source, here. */
  ended(vertexId: string, splits: readonly Split[]): void {
    if (splits.length === 0) return
    const reached = this.#reached.get(firstOperator(this.#graph, vertexId))
    for (const split of splits) reached?.set(split.id, split)
  }

  /** Where the source's readers stand, or ended; empty: nobody knows. */
  reached(operatorId: string): readonly Split[] {
    return [...(this.#reached.get(operatorId)?.values() ?? [])]
  }

  /** A subtask of the attempt ended without a word. */
  lost(vertexId: string): void {
    this.#reached.delete(firstOperator(this.#graph, vertexId))
  }

  /** Call before `begin` of an attempt that goes on at `from`. Undefined: nobody can tell. */
  async count(enumerator: SplitEnumerator, operatorId: string, from: readonly Split[]): Promise<number | undefined> {
    if (enumerator.recordsBetween === undefined) return undefined
    const between = (start: readonly Split[], end: SplitsById): Promise<number> =>
      enumerator.recordsBetween!(start, end)
    const direct = await between(from, this.#reached.get(operatorId) ?? new Map())
    // an attempt before the last may have come further than the last
    const before = this.#bounds.get(operatorId)
    const carried = before === undefined ? 0 : before.count - (await between(before.from, byId(from)))
    const count = Math.max(direct, carried)
    this.#bounds.set(operatorId, { from, count })
    return count
  }
}

export interface Repetition {
  readonly graph: JobGraph
  readonly attempt: number
  /** What the attempt goes on from. */
  readonly from: RestorePoint | undefined
  /** See RepeatedRecords.count. */
  readonly count: number | undefined
}

/** Upserts settle by themselves; rows that are only appended stay twice. Undefined: nothing is repeated. */
export function repetitionNotice({ graph, attempt, from, count }: Repetition): string | undefined {
  const sinks = appendSinksOf(graph.vertices.flatMap(({ chain }) => chain.map(({ node }) => node)))
  if (sinks.length === 0 || count === 0 || (from === undefined && attempt === 0)) return undefined
  const tables = sinks.map((sink) => `'${sink}'`).join(', ')
  if (from === undefined)
    return `${tables} only appends, and there is no checkpoint yet: what was written so far is written again`
  // the savepoint of a stop holds everything that was written
  if (attempt === 0 && from.automatic && from.manifest.type === 'savepoint') return undefined
  const what = count === undefined ? 'what came' : `what came of at most ${count} ${count === 1 ? 'record' : 'records'}`
  return `${tables} only appends: ${what} after ${from.manifest.type} ${from.manifest.checkpointId} is written again`
}
