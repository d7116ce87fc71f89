// How many records lay unread some seconds ago: whether a job catches up or falls behind.
import type { SubtaskMetrics } from '../task/subtask-metrics.ts'

const SAMPLE_EVERY_MS = 1000
const SAMPLES_MAX = 10

interface Sample {
  readonly at: number
  readonly pending: number
}

export class PendingTrend {
  /** By vertex and subtask, oldest first. */
  readonly #samples = new Map<string, Map<number, Sample[]>>()

  /** Of the present attempt. */
  add({ vertexId, subtaskIndex, operators }: SubtaskMetrics, now: number): void {
    let pending: number | undefined
    for (const [name, value] of Object.entries(operators))
      if (name.endsWith('.pendingRecords')) pending = (pending ?? 0) + value
    if (pending === undefined) return
    const ofVertex = this.#samples.get(vertexId) ?? new Map<number, Sample[]>()
    this.#samples.set(vertexId, ofVertex)
    const samples = ofVertex.get(subtaskIndex) ?? []
    ofVertex.set(subtaskIndex, samples)
    const last = samples.at(-1)
    if (last !== undefined && now - last.at < SAMPLE_EVERY_MS) return
    samples.push({ at: now, pending })
    if (samples.length > SAMPLES_MAX) samples.shift()
  }

  /** The positions of another attempt say nothing about this one. */
  clear(): void {
    this.#samples.clear()
  }

  /** Records that its subtasks had to read some ten seconds ago, or when they began. Undefined: nobody can tell. */
  before(vertexId: string): Sample | undefined {
    const oldest = [...(this.#samples.get(vertexId)?.values() ?? [])].map(([first]) => first!)
    if (oldest.length === 0) return undefined
    return {
      at: Math.max(...oldest.map(({ at }) => at)),
      pending: oldest.reduce((sum, { pending }) => sum + pending, 0),
    }
  }
}
