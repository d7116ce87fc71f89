// The contract of event generators: an endless, seeded stream of keyed events in event time.
import type { Disorder, DisorderOptions } from './disorder.ts'
import type { EventBatch } from './event-batch.ts'
import type { PickKey } from './pick-key.ts'
import type { RecordSerializer, RecordType } from './record-serializer.ts'

/** All that a generator may depend on: the same context gives the same bytes on every machine. */
export interface GeneratorContext {
  /** A stream of numbers in [0, 1) of its own for each name: what one draws does not move the others. */
  readonly randomOf: (name: string) => () => number
  /** Event time of the first event, ms since 1970. */
  readonly startMs: number
  /** Event time from one event to the next, ms with fractions. */
  readonly intervalMs: number
  /** Draws which key an event is of: `--skew`, else as the generator prefers. */
  readonly pickKey: (size: number, prefer: (random: () => number) => number) => PickKey
  /** How far an event's time lies behind the time it is told. */
  readonly disorder: Disorder
  /** Of the generator's `type`. */
  readonly serializer: RecordSerializer
}

export interface EventGenerator {
  /** Adds the next event to the batch. */
  next(batch: EventBatch): void
}

export interface GeneratorDefinition {
  readonly name: string
  /** One line for people: what an event is, and what its key. */
  readonly about: string
  readonly type: RecordType
  /** Where the command line asks for none. */
  readonly disorder: DisorderOptions
  readonly create: (context: GeneratorContext) => EventGenerator
}
