// Sources and sinks in memory, for tests: rows are given and collected as cells. Positions are checkpointed as in a real
// connector, and a sink keeps what it was written over restarts, so that duplicates and losses show.
import { batchFromRows, rowFromBatch, type Cell, type RecordBatch } from '../types/record-batch.ts'
import { rowKindToString, RowKind, type RowKindString } from '../types/row-kind.ts'
import type {
  ConnectorRuntime,
  ReaderOutput,
  ReaderStatus,
  RuntimeContext,
  SinkSpec,
  SinkWriter,
  SourceReader,
  SourceSpec,
  Split,
  SplitPosition,
} from '../connectors/connector.ts'
import type { RowType } from '../types/logical-type.ts'

type Rows = readonly (readonly Cell[])[]
export type CollectedRow = readonly [RowKindString, ...Cell[]]

interface MemorySource {
  readonly splits: Rows[]
  readonly rowsPerBatch: number
  readonly paced: boolean
  /** No more rows will come, though the source was not bounded. */
  ended: boolean
  readers: number
  /** Readers that ran dry wait here for `append`. */
  waiting: (() => void)[]
}

interface MemorySplitState {
  readonly index: number
  readonly next: number
}

class MemoryReader implements SourceReader {
  readonly #spec: SourceSpec
  readonly #source: MemorySource
  readonly #positions = new Map<string, { readonly index: number; next: number; finished: boolean }>()
  #turned = true

  constructor(spec: SourceSpec, source: MemorySource) {
    this.#spec = spec
    this.#source = source
  }

  async start(splits: readonly Split[]): Promise<void> {
    for (const { id, state } of splits) {
      const { index, next } = state as unknown as MemorySplitState
      this.#positions.set(id, { index, next, finished: false })
    }
  }

  poll(output: ReaderOutput): ReaderStatus {
    if (this.#source.paced && !this.#turned) return 'nothing-available'
    this.#turned = false
    let emitted = false
    for (const [id, position] of this.#positions) {
      const rows = this.#source.splits[position.index]!
      const batch = rows.slice(position.next, position.next + this.#source.rowsPerBatch)
      if (batch.length > 0) {
        position.next += batch.length
        output.emit(id, batchFromRows(this.#spec.producedType, batch))
        emitted = true
      } else if (this.#source.ended && !position.finished) {
        position.finished = true
        output.splitFinished(id)
      }
    }
    if (emitted) return 'more'
    return this.#source.ended ? 'end-of-input' : 'nothing-available'
  }

  async available(): Promise<void> {
    if (this.#hasRows() || this.#source.ended) await new Promise((resolve) => setImmediate(resolve))
    else await new Promise<void>((resolve) => this.#source.waiting.push(resolve))
    this.#turned = true
  }

  #hasRows(): boolean {
    return [...this.#positions.values()].some(({ index, next }) => next < this.#source.splits[index]!.length)
  }

  snapshot(): readonly Split[] {
    return [...this.#positions].map(([id, { index, next }]) => ({ id, state: { index, next } }))
  }

  positions(): readonly SplitPosition[] {
    return [...this.#positions].flatMap(([id, { index, next, finished }]) => {
      if (finished) return []
      return [{ id, position: `row ${next}`, pendingRecords: this.#source.splits[index]!.length - next }]
    })
  }

  async close(): Promise<void> {}
}

interface MemorySink {
  readonly rows: CollectedRow[]
  readonly limit: number
  /** It makes no room for more. */
  isHeld: boolean
  readonly writers: MemoryWriter[]
}

class MemoryWriter implements SinkWriter {
  readonly #sink: MemorySink
  #unflushed = 0
  #drained: (() => void)[] = []

  constructor(sink: MemorySink) {
    this.#sink = sink
  }

  async open(): Promise<void> {}

  write(batch: RecordBatch): void {
    for (let row = 0; row < batch.rowCount; row++) {
      const kind = (batch.rowKinds?.[row] ?? RowKind.INSERT) as RowKind
      this.#sink.rows.push([rowKindToString(kind), ...rowFromBatch(batch, row)])
    }
    this.#unflushed += batch.rowCount
    if (!this.isAvailable()) setImmediate(() => this.drain())
  }

  isAvailable(): boolean {
    return this.#unflushed < this.#sink.limit
  }

  available(): Promise<void> {
    return this.isAvailable() ? Promise.resolve() : new Promise((resolve) => this.#drained.push(resolve))
  }

  async flush(): Promise<void> {
    this.drain()
    if (this.#sink.isHeld) await new Promise<void>((resolve) => this.#drained.push(resolve))
  }

  async close(): Promise<void> {}

  drain(): void {
    if (this.#sink.isHeld) return
    this.#unflushed = 0
    const drained = this.#drained
    this.#drained = []
    for (const resolve of drained) resolve()
  }
}

function wakeReaders(source: MemorySource): void {
  const { waiting } = source
  source.waiting = []
  for (const resolve of waiting) resolve()
}

export class MemoryConnector implements ConnectorRuntime {
  readonly #sources = new Map<string, MemorySource>()
  readonly #sinks = new Map<string, MemorySink>()

  /** Pass as `loadConnector`. */
  readonly load = (): ConnectorRuntime => this

  /**
   * Each element of `splits` is read in order, `rowsPerBatch` rows at a time; `paced`: one batch of each split per turn
   * of the event loop. Default: bounded, 2 rows, as fast as they are taken.
   */
  sourceSpec(
    name: string,
    type: RowType,
    splits: readonly Rows[],
    options: { readonly bounded?: boolean; readonly rowsPerBatch?: number; readonly paced?: boolean } = {},
  ): SourceSpec {
    this.#sources.set(name, {
      splits: [...splits],
      rowsPerBatch: options.rowsPerBatch ?? 2,
      paced: options.paced ?? false,
      ended: options.bounded ?? true,
      readers: 0,
      waiting: [],
    })
    return {
      connector: 'memory',
      tableName: name,
      producedType: type,
      projection: type.fields.map((_, index) => index),
      physicalType: type,
      metadata: [],
      bounded: options.bounded ?? true,
      changelog: 'insert-only',
      settings: null,
      ignoredOptions: [],
    }
  }

  /** The sink is full after `rowsUntilFull` rows until the event loop turns. Default: never. */
  sinkSpec(name: string, type: RowType, rowsUntilFull = Infinity): SinkSpec {
    this.#sinks.set(name, { rows: [], limit: rowsUntilFull, isHeld: false, writers: [] })
    return {
      connector: 'memory',
      tableName: name,
      consumedType: type,
      changelog: 'all',
      keyColumns: [],
      settings: null,
      ignoredOptions: [],
    }
  }

  /** More rows for an unbounded source. */
  append(name: string, split: number, rows: Rows): void {
    const source = this.#sources.get(name)!
    source.splits[split] = [...source.splits[split]!, ...rows]
    wakeReaders(source)
  }

  /** Every source has readers, and all of them wait for `append`. */
  get isReadDry(): boolean {
    return [...this.#sources.values()].every(({ readers, waiting }) => readers > 0 && waiting.length === readers)
  }

  /** The source ends behind the rows it has. */
  end(name: string): void {
    const source = this.#sources.get(name)!
    source.ended = true
    wakeReaders(source)
  }

  /** A held sink that is full stays full. */
  hold(name: string, isHeld: boolean): void {
    const sink = this.#sinks.get(name)!
    sink.isHeld = isHeld
    for (const writer of sink.writers) writer.drain()
  }

  /** What the sink was written so far, by all subtasks and attempts. */
  rows(name: string): readonly CollectedRow[] {
    return this.#sinks.get(name)!.rows
  }

  createEnumerator(spec: SourceSpec): ReturnType<NonNullable<ConnectorRuntime['createEnumerator']>> {
    const source = this.#sources.get(spec.tableName)!
    return {
      start: async (restored) =>
        restored ?? source.splits.map((_, index) => ({ id: `${spec.tableName}-${index}`, state: { index, next: 0 } })),
      identity: async () => null,
      close: async () => undefined,
    }
  }

  createReader(spec: SourceSpec, _context: RuntimeContext): SourceReader {
    const source = this.#sources.get(spec.tableName)!
    source.readers++
    return new MemoryReader(spec, source)
  }

  createWriter(spec: SinkSpec, _context: RuntimeContext): SinkWriter {
    const sink = this.#sinks.get(spec.tableName)!
    const writer = new MemoryWriter(sink)
    sink.writers.push(writer)
    return writer
  }
}
