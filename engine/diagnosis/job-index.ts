// The facts of a job, found by what they belong to.
import type { OperatorDiagnostics, SplitDiagnostics, SubtaskDiagnostics } from '../metrics/diagnostics.ts'
import type { JobFacts, OperatorFacts, SourceFacts, VertexFacts } from './job-facts.ts'
import { EventTimes, list } from './phrase.ts'

export interface SourceView {
  readonly vertex: VertexFacts
  readonly operator: OperatorFacts
  readonly source: SourceFacts
}

export interface SplitView extends SplitDiagnostics {
  readonly subtask: SubtaskDiagnostics
  readonly idleTimeoutMs: number
  readonly source: SourceView
}

/** One operator as one of its subtasks tells of it. */
export interface OperatorView {
  readonly subtask: SubtaskDiagnostics
  readonly told: OperatorDiagnostics
}

const NAME_LENGTH_MAX = 60

export class JobIndex {
  readonly facts: JobFacts
  readonly times: EventTimes
  readonly sources: readonly SourceView[]
  readonly splits: readonly SplitView[]
  readonly #vertices: ReadonlyMap<string, VertexFacts>

  constructor(facts: JobFacts) {
    this.facts = facts
    this.times = new EventTimes(facts.zone)
    this.#vertices = new Map(facts.vertices.map((vertex) => [vertex.id, vertex]))
    this.sources = facts.vertices.flatMap((vertex) =>
      vertex.operators.flatMap((operator) =>
        operator.source === undefined ? [] : [{ vertex, operator, source: operator.source }],
      ),
    )
    this.splits = facts.subtasks.flatMap((subtask) => {
      const view = this.sources.find(({ operator }) => operator.nodeId === subtask.source?.nodeId)
      if (subtask.source === undefined || view === undefined) return []
      const { idleTimeoutMs, splits } = subtask.source
      return splits.map((split) => ({ ...split, subtask, idleTimeoutMs, source: view }))
    })
  }

  vertex(id: string): VertexFacts | undefined {
    return this.#vertices.get(id)
  }

  /** The vertex and all that it gets rows from, however far up. */
  upstreamOf(vertexId: string): ReadonlySet<string> {
    const found = new Set<string>()
    const waiting = [vertexId]
    for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
      if (found.has(id)) continue
      found.add(id)
      waiting.push(...(this.vertex(id)?.inputs ?? []))
    }
    return found
  }

  consumersOf(vertexId: string): readonly VertexFacts[] {
    return this.facts.vertices.filter(({ inputs }) => inputs.includes(vertexId))
  }

  toldBy(vertexId: string): readonly SubtaskDiagnostics[] {
    return this.facts.subtasks.filter((subtask) => subtask.vertexId === vertexId)
  }

  operatorViews(nodeId: string): readonly OperatorView[] {
    return this.facts.subtasks.flatMap((subtask) =>
      subtask.operators.flatMap((told) => (told.nodeId === nodeId ? [{ subtask, told }] : [])),
    )
  }

  vertexName(vertexId: string): string {
    const name = this.vertex(vertexId)?.name ?? vertexId
    return name.length <= NAME_LENGTH_MAX ? name : `${name.slice(0, NAME_LENGTH_MAX - 1)}…`
  }

  /** As Flink numbers them: from 1. */
  subtaskName(vertexId: string, subtaskIndex: number): string {
    return `${this.vertexName(vertexId)} (${subtaskIndex + 1}/${this.vertex(vertexId)?.parallelism ?? '?'})`
  }

  /** Unread records of all sources; undefined: nobody can tell. */
  get pending(): number | undefined {
    const told = this.splits.flatMap(({ pendingRecords }) => pendingRecords ?? [])
    if (told.length > 0) return told.reduce((sum, pending) => sum + pending, 0)
    const counted = this.sources.flatMap(({ source }) => source.pending?.now ?? [])
    return counted.length === 0 ? undefined : counted.reduce((sum, pending) => sum + pending, 0)
  }

  get sourceNames(): string {
    return list([...new Set(this.sources.map(({ source }) => source.tableName))])
  }
}
