// `process` of a keyed stream: the user's function per record, with state of the record's key, timers and side outputs.
// Source: Flink's KeyedProcessOperator.
import { loadGenerated } from '../../common/load-generated.ts'
import type { OperatorFindings, TimersDiagnostics } from '../../metrics/diagnostics.ts'
import type { KeyedTableDeclaration, StateBackend, StateDeclaration } from '../../state/state-backend.ts'
import { types, type RowType } from '../../types/logical-type.ts'
import type { Column, RecordBatch } from '../../types/record-batch.ts'
import { MAX_WATERMARK } from '../../types/stream-element.ts'
import { EventProgress, WATERMARK_STATE } from '../event-progress.ts'
import type { ProcessSpec, ProcessStateSpec } from '../operator-spec.ts'
import type { Operator, OperatorContext } from '../operator.ts'
import { columnLocals, recordLiteral } from '../records/record-code.ts'
import { createRecordReader, fieldReaders, type FieldReader } from '../records/record-codec.ts'
import { userFunctionError } from '../records/user-function-error.ts'
import type { UserFunction } from '../user-function-operators.ts'
import { CurrentKey } from './current-key.ts'
import { EmittedRecords } from './emitted-records.ts'
import { declareMapState, MapStateOfKey } from './map-state.ts'
import { ProcessCalls } from './process-calls.ts'
import { declareTimers, TimerQueue, type TimeDomain } from './timer-queue.ts'
import { declareValueState, ValueStateOfKey } from './value-state.ts'

/** The clock is asked again at least this often: timers of the machine's clock have a limit of 24 days. */
const CLOCK_ASKED_MS_MAX = 86_400_000

interface ProcessFunctions {
  onRecord(record: unknown, context: ProcessCalls): unknown
  onTimer?(at: number, context: ProcessCalls): unknown
}

/** Calls the user's function for rows from `from` on, until `end` says that outputs are full. Gives the row it came to. */
type Loop = (columns: readonly Column[], from: number, rowCount: number) => number
type LoopFactory = (
  functions: ProcessFunctions,
  context: ProcessCalls,
  begin: (row: number) => void,
  end: (result: unknown) => boolean,
  readers: readonly FieldReader[],
  fail: (cause: unknown, columns: readonly Column[], row: number) => never,
) => Loop

/** Generated per operator, so that the user's function is called from a place of its own. */
function loopCode(inputType: RowType): string {
  return `(functions, context, begin, end, readers, fail) => (columns, from, rowCount) => {
    ${columnLocals(inputType)}
    let r = from;
    try {
      while (r < rowCount) {
        begin(r);
        const isFull = end(functions.onRecord(${recordLiteral(inputType)}, context));
        r++;
        if (isFull) break;
      }
    } catch (cause) { fail(cause, columns, r); }
    return r;
  }`
}

const tableOf = (spec: ProcessStateSpec, keyType: RowType): KeyedTableDeclaration =>
  spec.kind === 'value' ? declareValueState(spec, keyType) : declareMapState(spec, keyType)

export class ProcessOperator implements Operator {
  readonly state: readonly StateDeclaration[]
  readonly #spec: ProcessSpec
  readonly #name: string
  readonly #functions: ProcessFunctions
  readonly #key: CurrentKey
  readonly #tables: readonly KeyedTableDeclaration[]
  readonly #timerTables: Readonly<Record<TimeDomain, KeyedTableDeclaration>>
  readonly #emitted: EmittedRecords
  readonly #sides: ReadonlyMap<string, EmittedRecords>
  #context!: OperatorContext
  #progress!: EventProgress
  #timers: Readonly<Record<TimeDomain, TimerQueue>> | undefined
  #calls!: ProcessCalls
  #loop!: Loop
  /** Of the batch that is processed. */
  #keyColumns: readonly Column[] = []
  #eventTimes: Float64Array | undefined
  /** When the clock will call. */
  #clockAskedAt = Infinity

  constructor(spec: ProcessSpec, name: string, userFunction: UserFunction) {
    const keyType = types.row(
      spec.keys.map((key) => spec.inputType.fields[key]!),
      false,
    )
    this.#spec = spec
    this.#name = name
    this.#functions = (userFunction as () => ProcessFunctions)()
    this.#key = new CurrentKey(keyType)
    this.#tables = spec.state.map((state) => tableOf(state, keyType))
    this.#timerTables = {
      'event-time': declareTimers('event-time', keyType),
      'processing-time': declareTimers('processing-time', keyType),
    }
    this.state = [...this.#tables, ...(spec.hasTimers ? Object.values(this.#timerTables) : []), WATERMARK_STATE]
    this.#emitted = new EmittedRecords(spec.outputType, spec.hasEventTime, 'emit')
    this.#sides = new Map(
      Object.entries(spec.sideOutputs).map(([tag, type]) => [
        tag,
        new EmittedRecords(type, spec.hasEventTime, `sideOutput('${tag}')`),
      ]),
    )
  }

  open(context: OperatorContext): void {
    const { state: backend, clock } = context
    this.#context = context
    const states = this.#openStates(backend)
    this.#progress = new EventProgress(backend)
    if (this.#spec.hasTimers) {
      const queue = (domain: TimeDomain): TimerQueue => new TimerQueue(backend, this.#timerTables[domain], this.#key)
      this.#timers = { 'event-time': queue('event-time'), 'processing-time': queue('processing-time') }
    }
    this.#calls = new ProcessCalls({
      spec: this.#spec,
      key: this.#key,
      clock,
      watermark: () => this.#progress.watermark,
      states,
      timers: this.#timers,
      onProcessingTimer: () => this.#askClock(),
      emitted: this.#emitted,
      sides: this.#sides,
    })
    this.#loop = this.#createLoop()
    this.#askClock()
  }

  #openStates(backend: StateBackend): Readonly<Record<string, unknown>> {
    return Object.fromEntries(
      this.#spec.state.map((spec, index) => {
        const declaration = this.#tables[index]!
        return [
          spec.name,
          spec.kind === 'value'
            ? new ValueStateOfKey(spec, backend, declaration, this.#key)
            : new MapStateOfKey(spec, backend, declaration, this.#key),
        ]
      }),
    )
  }

  #createLoop(): Loop {
    const { inputType, source } = this.#spec
    const calls = this.#calls
    const read = createRecordReader(inputType)
    const place = { operator: this.#name, source }
    return loadGenerated<LoopFactory>(loopCode(inputType))(
      this.#functions,
      calls,
      (row) => {
        this.#key.set(this.#keyColumns, row)
        calls.beginRecord(this.#eventTimes === undefined ? NaN : this.#eventTimes[row]!)
      },
      (result) => {
        calls.end(result)
        return this.#isFull()
      },
      fieldReaders(inputType),
      (cause, columns, row) => {
        throw userFunctionError(
          place,
          cause,
          readable(() => read(columns, row)),
        )
      },
    )
  }

  #isFull(): boolean {
    if (this.#emitted.isFull) return true
    for (const side of this.#sides.values()) if (side.isFull) return true
    return false
  }

  #flush(): void {
    this.#emitted.flush(this.#context.output)
    for (const [tag, side] of this.#sides) side.flush(this.#context.sideOutput(tag))
  }

  processBatch(_input: number, { columns, rowCount, eventTimes }: RecordBatch): void {
    this.#keyColumns = this.#spec.keys.map((key) => columns[key]!)
    this.#eventTimes = this.#spec.hasEventTime ? eventTimes : undefined
    for (let row = 0; row < rowCount;) {
      row = this.#loop(columns, row, rowCount)
      this.#flush()
    }
  }

  processWatermark(timestampMs: number): void {
    if (timestampMs > this.#progress.watermark) this.#progress.watermark = timestampMs
    this.#fire('event-time', this.#progress.watermark)
    this.#context.output.emitWatermark(timestampMs)
  }

  onProcessingTime(): void {
    this.#clockAskedAt = Infinity
    this.#fire('processing-time', this.#context.clock.now())
    this.#askClock()
  }

  /** Timers up to `time`, also those that onTimer registers meanwhile. */
  #fire(domain: TimeDomain, time: number): void {
    const queue = this.#timers?.[domain]
    if (queue === undefined || queue.size === 0) return
    this.#calls.beginFiring(domain, time === MAX_WATERMARK)
    for (let next = queue.next; next !== undefined && next <= time; next = queue.next) {
      this.#callTimer(queue.take(), domain)
      if (this.#isFull()) this.#flush()
    }
    this.#calls.endFiring()
    this.#flush()
  }

  #callTimer(at: number, domain: TimeDomain): void {
    try {
      this.#calls.beginTimer(at)
      this.#calls.end(this.#functions.onTimer!(at, this.#calls))
    } catch (cause) {
      const timer = { at: new Date(at).toISOString(), domain, key: this.#key.record() }
      throw userFunctionError({ operator: this.#name, source: this.#spec.source, subject: 'The timer' }, cause, [timer])
    }
  }

  #askClock(): void {
    const next = this.#timers?.['processing-time'].next
    if (next === undefined || next >= this.#clockAskedAt) return
    this.#clockAskedAt = Math.min(next, this.#context.clock.now() + CLOCK_ASKED_MS_MAX)
    this.#context.registerProcessingTimer(this.#clockAskedAt)
  }

  diagnostics(): OperatorFindings | undefined {
    const timers = (['event-time', 'processing-time'] as const).flatMap((domain): TimersDiagnostics[] => {
      const queue = this.#timers?.[domain]
      const next = queue?.next
      if (queue === undefined || next === undefined) return []
      return [{ time: domain === 'event-time' ? 'event' : 'processing', pending: queue.size, next }]
    })
    return this.#timers === undefined ? undefined : { timers }
  }

  prepareSnapshot(): void {
    this.#progress.save()
  }
}

/** The record of a failure, unless it is what cannot be read. */
function readable(read: () => unknown): unknown[] {
  try {
    return [read()]
  } catch {
    return []
  }
}
