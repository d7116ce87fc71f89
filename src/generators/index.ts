import { clickstream } from './clickstream.ts'
import { Disorder, type DisorderOptions } from './disorder.ts'
import type { GeneratorContext, GeneratorDefinition } from './generator.ts'
import { jsonSerializer } from './json-serializer.ts'
import { orders } from './orders.ts'
import { payments } from './payments.ts'
import { zipfKey } from './pick-key.ts'
import { randomStreams } from './random.ts'
import type { CreateSerializer } from './record-serializer.ts'
import { rides } from './rides.ts'
import { sensors } from './sensors.ts'

/** Every generator by the name `produce --generator` takes. */
export const generators: Readonly<Record<string, GeneratorDefinition>> = {
  rides,
  clickstream,
  orders,
  payments,
  sensors,
}

export interface GeneratorOptions {
  readonly seed: number
  readonly startMs: number
  readonly intervalMs: number
  /** Undefined: the definition's own. */
  readonly disorder?: DisorderOptions | undefined
  /** Zipf's exponent; undefined: keys as the generator prefers. */
  readonly skew?: number | undefined
  /** Default JSON. */
  readonly createSerializer?: CreateSerializer
}

/** What a generator of this definition is created with. */
export function generatorContext(definition: GeneratorDefinition, options: GeneratorOptions): GeneratorContext {
  const { seed, startMs, intervalMs, skew, createSerializer = jsonSerializer() } = options
  const randomOf = randomStreams(seed)
  return {
    randomOf,
    startMs,
    intervalMs,
    pickKey: (size, prefer) => {
      const random = randomOf('keys')
      return skew === undefined ? () => prefer(random) : zipfKey(size, skew, random)
    },
    disorder: new Disorder(options.disorder ?? definition.disorder, randomOf('disorder')),
    serializer: createSerializer(definition.type),
  }
}

export { Disorder, type DisorderOptions } from './disorder.ts'
export { EventBatch, type EventHeader } from './event-batch.ts'
export type { EventGenerator, GeneratorContext, GeneratorDefinition } from './generator.ts'
export { jsonSerializer } from './json-serializer.ts'
export { malformations, malformed, type Malformation } from './malformed.ts'
export { randomStreams, seededRandom } from './random.ts'
export type { RecordType } from './record-serializer.ts'
export { schemaGenerator, timeFieldOf, unsupportedField, type EventSchema } from './schema-events.ts'
export { TimeHeap } from './time-heap.ts'
