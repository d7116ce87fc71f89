// `datagen` at run time: a fixed number of splits, each with its share of the rows and of the rate. Row r of split i of n
// is row r × n + i of the table, so that sequences are complete and none of their values comes twice, also after a
// restore at another parallelism.
import { ColumnBuffer } from '../../formats/column-buffer.ts'
import type { Timer } from '../../time/clock.ts'
import type {
  ConnectorRuntime,
  ReaderOutput,
  ReaderStatus,
  RuntimeContext,
  SourceReader,
  SourceSpec,
  Split,
  SplitEnumerator,
} from '../connector.ts'
import type { DatagenSettings } from './datagen-settings.ts'
import { createValueGenerator, type ValueGenerator } from './value-generator.ts'

const BATCH_ROWS = 4096
/** Rows that are due are handed out together; a timer per row would cost more than the row. */
const LINGER_MS = 5

interface DatagenSplitState {
  readonly index: number
  readonly of: number
  readonly emitted: number
}

class DatagenSplit {
  readonly id: string
  readonly index: number
  readonly of: number
  readonly rowCount: number
  emitted: number
  /** Emitted before this attempt: what is due counts from its start. */
  readonly emittedBefore: number
  isFinished = false

  constructor(id: string, state: DatagenSplitState, rowsTotal: number) {
    this.id = id
    this.index = state.index
    this.of = state.of
    this.emitted = this.emittedBefore = state.emitted
    this.rowCount = rowsTotal === Infinity ? Infinity : Math.ceil((rowsTotal - state.index) / state.of)
  }

  snapshot(): Split {
    return { id: this.id, state: { index: this.index, of: this.of, emitted: this.emitted } }
  }
}

/** Rows of the whole table: the shortest sequence ends it. */
function totalRows(settings: DatagenSettings): number {
  const sequences = settings.fields.map((field) =>
    field.kind === 'sequence' ? Number(BigInt(field.end) - BigInt(field.start)) + 1 : Infinity,
  )
  return Math.min(settings.numberOfRows ?? Infinity, ...sequences)
}

class DatagenReader implements SourceReader {
  readonly #context: RuntimeContext
  readonly #settings: DatagenSettings
  readonly #buffer: ColumnBuffer
  readonly #generators: readonly ValueGenerator[]
  #splits: DatagenSplit[] = []
  #startedAt = 0

  constructor(spec: SourceSpec, context: RuntimeContext) {
    this.#context = context
    this.#settings = spec.settings as unknown as DatagenSettings
    this.#buffer = new ColumnBuffer(spec.producedType, BATCH_ROWS)
    this.#generators = spec.projection.map((column) =>
      createValueGenerator(spec.physicalType.fields[column]!.type, this.#settings.fields[column]!, {
        random: context.random,
        now: () => context.clock.now(),
      }),
    )
  }

  start(splits: readonly Split[]): Promise<void> {
    const rows = totalRows(this.#settings)
    this.#splits = splits.map((split) => new DatagenSplit(split.id, split.state as unknown as DatagenSplitState, rows))
    this.#startedAt = this.#context.clock.monotonicMs()
    return Promise.resolve()
  }

  poll(output: ReaderOutput): ReaderStatus {
    let status: ReaderStatus = 'end-of-input'
    for (const split of this.#splits) {
      const count = Math.min(this.#dueRows(split), BATCH_ROWS)
      if (count > 0) {
        output.emit(split.id, this.#generate(split, count))
        status = 'more'
      }
      if (split.emitted >= split.rowCount && !split.isFinished) {
        split.isFinished = true
        output.splitFinished(split.id)
      }
      if (!split.isFinished && status === 'end-of-input') status = 'nothing-available'
    }
    return status
  }

  #dueRows(split: DatagenSplit): number {
    const elapsedMs = this.#context.clock.monotonicMs() - this.#startedAt
    const due = Math.floor((elapsedMs * this.#settings.rowsPerSecond) / split.of / 1000) + 1
    return Math.min(due - (split.emitted - split.emittedBefore), split.rowCount - split.emitted)
  }

  #generate(split: DatagenSplit, count: number): ReturnType<ColumnBuffer['toBatch']> {
    const buffer = this.#buffer
    buffer.reset()
    this.#generators.forEach((generate, column) => {
      for (let row = 0; row < count; row++) {
        buffer.setCell(column, row, generate((split.emitted + row) * split.of + split.index))
      }
    })
    split.emitted += count
    return buffer.toBatch(count)
  }

  available(): Promise<void> {
    const { clock, signal } = this.#context
    const waits = this.#splits.filter((split) => !split.isFinished).map((split) => this.#msUntilDue(split))
    if (waits.length === 0) return Promise.resolve()
    return new Promise((resolve) => {
      let timer: Timer | undefined = undefined
      const done = (): void => {
        timer?.cancel()
        signal.removeEventListener('abort', done)
        resolve()
      }
      timer = clock.setTimer(Math.max(LINGER_MS, Math.min(...waits)), done)
      signal.addEventListener('abort', done)
      if (signal.aborted) done()
    })
  }

  #msUntilDue(split: DatagenSplit): number {
    const dueAt = ((split.emitted - split.emittedBefore) * split.of * 1000) / this.#settings.rowsPerSecond
    return dueAt - (this.#context.clock.monotonicMs() - this.#startedAt)
  }

  snapshot(): readonly Split[] {
    return this.#splits.map((split) => split.snapshot())
  }

  close(): Promise<void> {
    return Promise.resolve()
  }
}

function createEnumerator(_spec: SourceSpec, context: RuntimeContext): SplitEnumerator {
  return {
    start(restored) {
      const fresh = Array.from({ length: context.parallelism }, (_, index) => ({
        id: `datagen-${index}`,
        state: { index, of: context.parallelism, emitted: 0 },
      }))
      return Promise.resolve(restored ?? fresh)
    },
    identity: () => Promise.resolve(null),
    close: () => Promise.resolve(),
  }
}

export const datagenRuntime: ConnectorRuntime = {
  createEnumerator,
  createReader: (spec, context) => new DatagenReader(spec, context),
}
