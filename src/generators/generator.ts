// The contract of event generators: an endless, seeded stream of keyed JSON events.

export interface GeneratedEvent {
  readonly key: string
  /** One JSON object; its spelling is part of the contract (same seed, same bytes). */
  readonly value: Readonly<Record<string, number | string | boolean | null>>
}

export interface EventGenerator {
  /** The topic the generator is made for. */
  readonly topic: string
  /** The next event, happening at `atMs` (ms since 1970); the generator decides how late it is. */
  next(atMs: number): GeneratedEvent
}

export type CreateGenerator = (random: () => number) => EventGenerator
