// A RuntimeContext for connector tests: system clock, seeded random numbers, lines collected.
import type { RuntimeContext } from '../../engine/connectors/connector.ts'
import { MetricRegistry } from '../../engine/metrics/metric-group.ts'
import { systemClock } from '../../engine/time/clock.ts'

/** Mulberry32: small, seeded, good enough for tests. */
export function seededRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

export interface TestContext extends RuntimeContext {
  readonly metrics: MetricRegistry
  readonly lines: { line: string; stream: 'stdout' | 'stderr' }[]
  abort(): void
}

export function createRuntimeContext(overrides: Partial<RuntimeContext> = {}): TestContext {
  const lines: TestContext['lines'] = []
  const controller = new AbortController()
  return {
    clock: systemClock,
    random: seededRandom(42),
    metrics: new MetricRegistry(),
    signal: controller.signal,
    subtaskIndex: 0,
    parallelism: 1,
    jobName: 'test',
    configuration: {},
    print: (line, stream) => void lines.push({ line, stream }),
    ...overrides,
    lines,
    abort: () => controller.abort(new Error('cancelled')),
  } as TestContext
}
