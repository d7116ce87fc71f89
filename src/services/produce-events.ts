// Writes events to a topic: from a file or from a generator, as fast as Kafka takes them or at a rate.
import { setTimeout as delay } from 'node:timers/promises'
import { FlinktsError, Producer, systemClock, type KafkaConnection } from '../../engine/host.ts'
import { generators, seededRandom } from '../generators/index.ts'
import { openKafka } from './kafka-connection.ts'
import { readEvents } from './read-events.ts'

export interface ProduceOptions {
  readonly connection: KafkaConnection
  readonly topic: string
  readonly from:
    | { readonly kind: 'file'; readonly path: string }
    /** `count` undefined: until the signal. */
    | { readonly kind: 'generator'; readonly name: string; readonly seed: number; readonly count: number | undefined }
  /** The field whose value is the record's key; undefined: the generator's key, or none for files. */
  readonly keyField: string | undefined
  /** Records per second; undefined: no limit. */
  readonly ratePerSecond: number | undefined
  readonly signal: AbortSignal
}

export interface ProduceResult {
  readonly records: number
  readonly durationMs: number
}

interface Event {
  readonly key: string | null
  readonly value: string
}

async function* fileEvents(path: string, keyField: string | undefined): AsyncGenerator<Event> {
  let number = 0
  for await (const { value, object } of readEvents(path)) {
    number++
    const key = keyField === undefined ? undefined : object[keyField]
    if (keyField !== undefined && key === undefined) {
      throw new FlinktsError('FILE_INVALID', `record ${number} of ${path} has no field '${keyField}' for the key`, {
        fix: 'name another field with --key, or leave it out',
      })
    }
    yield { value, key: key === undefined || key === null ? null : typeof key === 'string' ? key : JSON.stringify(key) }
  }
}

async function* generatedEvents(name: string, seed: number, count: number | undefined): AsyncGenerator<Event> {
  const create = generators[name]
  if (create === undefined) {
    throw new FlinktsError('OPTION_INVALID', `there is no generator '${name}'`, {
      fix: `generators: ${Object.keys(generators).join(', ')}`,
    })
  }
  const generator = create(seededRandom(seed))
  for (let index = 0; count === undefined || index < count; index++) {
    const { key, value } = generator.next(systemClock.now())
    yield { key, value: JSON.stringify(value) }
  }
}

/** Keeps to the rate over the whole run: what was late is caught up, at most a second's worth. */
class Pace {
  readonly #ratePerSecond: number
  #next = systemClock.monotonicMs()

  constructor(ratePerSecond: number) {
    this.#ratePerSecond = ratePerSecond
  }

  /** ms to wait before the next record. */
  takeOne(): number {
    const now = systemClock.monotonicMs()
    this.#next = Math.max(this.#next + 1000 / this.#ratePerSecond, now - 1000)
    return this.#next - now
  }
}

/** Everything sent is acknowledged when this resolves. Throws the first cause. */
export async function produceEvents(options: ProduceOptions): Promise<ProduceResult> {
  const { from, signal } = options
  const events =
    from.kind === 'file' ? fileEvents(from.path, options.keyField) : generatedEvents(from.name, from.seed, from.count)
  const cluster = openKafka(options.connection)
  const startedAt = systemClock.monotonicMs()
  let records = 0
  try {
    const producer = await Producer.open(cluster, {}, signal)
    const topic = await producer.topic(options.topic, signal)
    const pace = options.ratePerSecond === undefined ? undefined : new Pace(options.ratePerSecond)
    for await (const { key, value } of events) {
      if (signal.aborted) break
      if (!producer.isAvailable()) await producer.available(signal)
      topic.send(key === null ? null : Buffer.from(key), Buffer.from(value), systemClock.now())
      records++
      const waitMs = pace?.takeOne() ?? 0
      // Timers are coarser than a millisecond: small debts are paid together.
      if (waitMs > 5) await delay(waitMs, undefined, { signal }).catch(() => undefined)
    }
    await producer.flush()
    await producer.close()
  } finally {
    cluster.close()
  }
  return { records, durationMs: Math.round(systemClock.monotonicMs() - startedAt) }
}
