// What the functions of a `process` operator are given: key, state, timers, times, outputs. One object for all calls; what
// it gives belongs to the call that runs.
import type { Clock } from '../../time/clock.ts'
import type { ProcessSpec } from '../operator-spec.ts'
import { describeValue, UnfitValue } from '../records/record-values.ts'
import type { CurrentKey } from './current-key.ts'
import type { EmittedRecords } from './emitted-records.ts'
import type { TimeDomain, TimerQueue } from './timer-queue.ts'

/** Times further from 1970 are none: the range of a JavaScript Date. */
const TIME_MS_MAX = 8.64e15
/** Timers that onTimer may register without an end in sight: so many, and so many for each that was pending. */
const ENDLESS_TIMERS_MAX = 1_000_000
const ENDLESS_TIMERS_PER_PENDING_MAX = 1_000

export interface ProcessParts {
  readonly spec: ProcessSpec
  readonly key: CurrentKey
  readonly clock: Clock
  readonly watermark: () => number
  readonly states: Readonly<Record<string, unknown>>
  /** Undefined: there is no onTimer. */
  readonly timers: Readonly<Record<TimeDomain, TimerQueue>> | undefined
  /** A timer of the clock was registered. */
  readonly onProcessingTimer: () => void
  readonly emitted: EmittedRecords
  readonly sides: ReadonlyMap<string, EmittedRecords>
}

/** A run of timers that are due. */
interface Firing {
  readonly domain: TimeDomain
  readonly isEndOfInput: boolean
  endlessMax: number
  at: number
}

export class ProcessCalls {
  readonly #parts: ProcessParts
  #isRunning = false
  #eventTime = NaN
  #firing: Firing | undefined
  /** What the API refused; user code that catches it does not make it good. */
  #refusal: { readonly cause: unknown } | undefined

  readonly state: Readonly<Record<string, unknown>>
  readonly timers: { readonly eventTime: object; readonly processingTime: object }
  readonly time: object

  constructor(parts: ProcessParts) {
    this.#parts = parts
    this.state = parts.states
    this.timers = { eventTime: this.#timersOf('event-time'), processingTime: this.#timersOf('processing-time') }
    const eventTime = (): number => this.#readEventTime()
    this.time = {
      get eventTime() {
        return eventTime()
      },
      get watermark() {
        return parts.watermark()
      },
      get processingTime() {
        return parts.clock.now()
      },
    }
  }

  get key(): unknown {
    return this.#parts.key.record()
  }

  /** Of the timer that fires. */
  get timeDomain(): TimeDomain | undefined {
    return this.#firing?.domain
  }

  readonly emit = (record: unknown): void => {
    this.#checked(() => this.#parts.emitted.add(record, this.#eventTime))
  }

  readonly sideOutput = (tag: string, record: unknown): void => {
    this.#checked(() => {
      const side = this.#parts.sides.get(tag)
      if (side === undefined)
        throw new UnfitValue(`there is no side output '${tag}'`, 'name it in sideOutputs: { … }, with its schema')
      side.add(record, this.#eventTime)
    })
  }

  beginRecord(eventTime: number): void {
    this.#eventTime = eventTime
    this.#isRunning = true
  }

  /** Until `endFiring` timers of a domain fire. */
  beginFiring(domain: TimeDomain, isEndOfInput: boolean): void {
    const endlessMax = ENDLESS_TIMERS_MAX + this.#queue(domain).size * ENDLESS_TIMERS_PER_PENDING_MAX
    this.#firing = { domain, isEndOfInput, endlessMax, at: NaN }
  }

  beginTimer(at: number): void {
    this.#firing!.at = at
    this.beginRecord(at)
  }

  endFiring(): void {
    this.#firing = undefined
  }

  /** Behind a call that came back with `result`. Throws what was refused during it. */
  end(result: unknown): void {
    this.#isRunning = false
    if (this.#refusal !== undefined) throw this.#refusal.cause
    if (typeof result !== 'object' || result === null) return
    if (result instanceof Promise) result.catch(() => undefined) // its failure must not end the process
    const what =
      result instanceof Promise
        ? 'it returned a promise, but functions on the stream are synchronous'
        : `it returned ${describeValue(result)}, but what it returns goes nowhere`
    throw new UnfitValue(what, 'give results to emit(…) and return nothing')
  }

  #checked(run: () => void): void {
    if (!this.#isRunning)
      throw new UnfitValue('emit, sideOutput and timers belong to the call that runs', 'do not keep them for later')
    try {
      run()
    } catch (cause) {
      this.#refusal ??= { cause }
      throw cause
    }
  }

  #queue(domain: TimeDomain): TimerQueue {
    const { timers } = this.#parts
    if (timers === undefined)
      throw new UnfitValue('timers: the process has no onTimer', 'write onTimer(at, { … }) beside onRecord')
    return timers[domain]
  }

  #timersOf(domain: TimeDomain): object {
    const what = domain === 'event-time' ? 'timers.eventTime' : 'timers.processingTime'
    const checkTime = (at: unknown): number => {
      if (domain === 'event-time' && !this.#parts.spec.hasEventTime) throw noEventTime(what)
      if (typeof at === 'number' && Number.isInteger(at) && Math.abs(at) <= TIME_MS_MAX) return at
      throw new UnfitValue(`${what}: ${describeValue(at)} is no time`, 'give whole milliseconds since 1970')
    }
    return {
      register: (at: unknown) =>
        this.#checked(() => {
          const time = checkTime(at)
          this.#checkEnds(domain, time)
          this.#queue(domain).register(time)
          if (domain === 'processing-time') this.#parts.onProcessingTimer()
        }),
      delete: (at: unknown) => this.#checked(() => this.#queue(domain).delete(checkTime(at))),
    }
  }

  /** Flink fires timers that onTimer registers as long as they are due: at the end of the input for ever. */
  #checkEnds(domain: TimeDomain, at: number): void {
    const firing = this.#firing
    if (firing?.domain !== domain || (!firing.isEndOfInput && at > firing.at)) return
    if (--firing.endlessMax >= 0) return
    throw firing.isEndOfInput
      ? new UnfitValue(
          'onTimer registers a timer each time it fires, and the input has ended: that would go on for ever',
          'register no timer where time.watermark is Infinity',
        )
      : new UnfitValue(
          'onTimer registers timers that are due already, one after the other: that would go on for ever',
          'register timers later than the one that fires',
        )
  }

  #readEventTime(): number {
    if (!this.#parts.spec.hasEventTime && this.#firing === undefined) throw noEventTime('time.eventTime')
    return this.#eventTime
  }
}

function noEventTime(what: string): UnfitValue {
  return new UnfitValue(`${what}: the stream has no event time`, 'call .withWatermarks(…) behind the source')
}
