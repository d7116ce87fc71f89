// Events of a generator as objects, for tests.
import { createHash } from 'node:crypto'
import {
  EventBatch,
  generatorContext,
  type GeneratorDefinition,
  type GeneratorOptions,
} from '../../../src/generators/index.ts'

export const START_MS = Date.UTC(2025, 10, 1)

export interface DrawnEvent {
  readonly key: string | null
  readonly value: Readonly<Record<string, unknown>>
  readonly text: string
  readonly timeMs: number
  readonly tellMs: number
  readonly late: boolean
}

export type DrawOptions = Partial<GeneratorOptions> & { readonly seed: number }

/** Batches of 1,000, one after the other. */
function* batches(definition: GeneratorDefinition, count: number, options: DrawOptions): Generator<EventBatch> {
  const generator = definition.create(generatorContext(definition, { startMs: START_MS, intervalMs: 1, ...options }))
  const batch = new EventBatch()
  for (let left = count; left > 0; left -= batch.count) {
    batch.clear()
    for (let index = 0; index < Math.min(left, 1000); index++) generator.next(batch)
    yield batch
  }
}

export function drawEvents(definition: GeneratorDefinition, count: number, options: DrawOptions): DrawnEvent[] {
  const events: DrawnEvent[] = []
  for (const batch of batches(definition, count, options)) {
    for (let index = 0; index < batch.count; index++) {
      const text = Buffer.from(batch.valueAt(index)).toString()
      events.push({
        key: batch.keyLength[index]! < 0 ? null : Buffer.from(batch.keyAt(index)).toString(),
        value: JSON.parse(text) as Record<string, unknown>,
        text,
        timeMs: batch.timeMs[index]!,
        tellMs: batch.tellMs[index]!,
        late: batch.late[index] === 1,
      })
    }
  }
  return events
}

/** Of keys, values and times: what "same bytes" means. */
export function hashOfEvents(definition: GeneratorDefinition, count: number, options: DrawOptions): string {
  const hash = createHash('sha256')
  for (const batch of batches(definition, count, options)) {
    hash.update(batch.bytes.subarray(0, batch.out.length))
    hash.update(new Uint8Array(batch.timeMs.buffer, 0, batch.count * 8))
  }
  return hash.digest('hex').slice(0, 16)
}

/** In the order of the events. */
export function groupEvents<K>(events: readonly DrawnEvent[], keyOf: (event: DrawnEvent) => K): Map<K, DrawnEvent[]> {
  const groups = new Map<K, DrawnEvent[]>()
  for (const event of events) {
    const group = groups.get(keyOf(event))
    if (group === undefined) groups.set(keyOf(event), [event])
    else group.push(event)
  }
  return groups
}
