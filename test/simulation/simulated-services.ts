// A topic to read and a table to write, as seen through the connectors `kafka` and `jdbc`: the plans are those of real
// jobs, only what is behind the connectors is simulated. Topic and table outlive every process.
import { batchFromRows, rowFromBatch, type Cell, type RecordBatch } from '../../engine/types/record-batch.ts'
import { RowKind } from '../../engine/types/row-kind.ts'
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
  SplitEnumerator,
} from '../../engine/connectors/connector.ts'
import type { SimulatedProcess, SimulatedWorld } from './simulated-world.ts'

export type Event = Readonly<Record<string, number>>

export interface SplitState {
  readonly partition: number
  readonly next: number
  readonly stop: number | null
}

export function isRead({ partition, next }: SplitState, partitions: readonly (readonly Event[])[]): boolean {
  return next === partitions[partition]!.length
}

export class SimulatedServices {
  readonly world: SimulatedWorld
  readonly partitions: Event[][]
  /** Upserted rows by key, as text. */
  readonly table = new Map<string, readonly Cell[]>()
  readonly appended: (readonly Cell[])[] = []
  /** Probability that a piece of work of a reader or writer fails. */
  faultRate = 0

  constructor(world: SimulatedWorld, partitions: number) {
    this.world = world
    this.partitions = Array.from({ length: partitions }, () => [])
  }

  runtimeFor(process: SimulatedProcess): ConnectorRuntime {
    return {
      createEnumerator: (spec) => this.#enumerator(spec),
      createReader: (spec) => new SimulatedReader(this, spec),
      createWriter: (spec, context) => new SimulatedWriter(this, spec, context, process),
    }
  }

  fail(what: string): void {
    if (!this.world.chance(this.faultRate)) return
    this.world.note(`${what} fails`)
    throw new Error(`${what} failed`)
  }

  apply(spec: SinkSpec, changes: readonly Change[]): void {
    for (const { kind, row } of changes) {
      if (spec.keyColumns.length === 0) this.appended.push(row)
      else {
        const key = JSON.stringify(spec.keyColumns.map((column) => row[column]))
        if (kind === RowKind.DELETE) this.table.delete(key)
        else this.table.set(key, row)
      }
    }
  }

  #enumerator(spec: SourceSpec): SplitEnumerator {
    return {
      start: async (restored) => {
        await this.world.turns(this.world.integer(0, 10))
        this.fail('discovery')
        return (
          restored ??
          this.partitions.map((events, partition) => ({
            id: `rides-${partition}`,
            state: { partition, next: 0, stop: spec.bounded ? events.length : null },
          }))
        )
      },
      identity: async () => ({ clusterId: 'simulated' }),
      close: async () => undefined,
    }
  }
}

class SimulatedReader implements SourceReader {
  readonly #services: SimulatedServices
  readonly #spec: SourceSpec
  readonly #splits = new Map<string, SplitState & { finished: boolean }>()

  constructor(services: SimulatedServices, spec: SourceSpec) {
    this.#services = services
    this.#spec = spec
  }

  async start(splits: readonly Split[]): Promise<void> {
    for (const { id, state } of splits) this.#splits.set(id, { ...(state as unknown as SplitState), finished: false })
  }

  poll(output: ReaderOutput): ReaderStatus {
    const { world } = this.#services
    for (const [id, split] of this.#splits) {
      if (split.finished || split.next !== split.stop) continue
      split.finished = true
      output.splitFinished(id)
    }
    const open = [...this.#splits].filter(([, { finished }]) => !finished)
    if (open.length === 0) return this.#spec.bounded ? 'end-of-input' : 'nothing-available'
    if (world.chance(0.3)) return 'nothing-available'
    this.#services.fail('reading')
    const [id, split] = world.pick(open)
    const end = Math.min(
      split.next + world.integer(1, 12),
      split.stop ?? this.#services.partitions[split.partition]!.length,
    )
    if (end === split.next) return 'nothing-available'
    const events = this.#services.partitions[split.partition]!.slice(split.next, end)
    this.#splits.set(id, { ...split, next: end })
    const { fields } = this.#spec.producedType
    output.emit(
      id,
      batchFromRows(
        this.#spec.producedType,
        events.map((event) => fields.map(({ name }) => event[name]!)),
      ),
    )
    return world.chance(0.5) ? 'more' : 'nothing-available'
  }

  available(): Promise<void> {
    return this.#services.world.turns(this.#services.world.integer(1, 6))
  }

  snapshot(): readonly Split[] {
    return [...this.#splits].map(([id, { partition, next, stop }]) => ({ id, state: { partition, next, stop } }))
  }

  async close(): Promise<void> {}
}

interface Change {
  readonly kind: RowKind
  readonly row: readonly Cell[]
}

const SETS_QUEUED_MAX = 2

/** Sends sets of rows one after the other; the set under way when the connection breaks is written or not. */
class SimulatedWriter implements SinkWriter {
  readonly #services: SimulatedServices
  readonly #spec: SinkSpec
  readonly #process: SimulatedProcess
  readonly #context: RuntimeContext
  readonly #queue: Change[][] = []
  #set: Change[] = []
  #sending = false
  #failure: Error | undefined
  #waiters: (() => void)[] = []
  readonly #broken: Promise<void>

  constructor(services: SimulatedServices, spec: SinkSpec, context: RuntimeContext, process: SimulatedProcess) {
    this.#services = services
    this.#spec = spec
    this.#context = context
    this.#process = process
    this.#broken = new Promise((resolve) => context.signal.addEventListener('abort', () => resolve(), { once: true }))
  }

  async open(): Promise<void> {
    await this.#services.world.turns(this.#services.world.integer(0, 5))
    this.#services.fail('connecting')
  }

  write(batch: RecordBatch): void {
    for (let row = 0; row < batch.rowCount; row++) {
      const kind = (batch.rowKinds?.[row] ?? RowKind.INSERT) as RowKind
      if (kind !== RowKind.UPDATE_BEFORE) this.#set.push({ kind, row: rowFromBatch(batch, row) })
    }
    if (this.#set.length >= 8) this.#seal()
  }

  isAvailable(): boolean {
    return this.#failure === undefined && this.#queue.length < SETS_QUEUED_MAX
  }

  async available(): Promise<void> {
    while (this.#failure === undefined && !this.isAvailable()) await this.#changed()
    this.#throwFailure()
  }

  async flush(): Promise<void> {
    this.#seal()
    while (this.#failure === undefined && this.#queue.length > 0) await this.#changed()
    this.#throwFailure()
  }

  async close(): Promise<void> {
    this.#failure ??= new Error('closed')
  }

  #throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure
  }

  #changed(): Promise<void> {
    return new Promise((resolve) => this.#waiters.push(resolve))
  }

  #notify(): void {
    const waiters = this.#waiters
    this.#waiters = []
    for (const resolve of waiters) resolve()
  }

  #seal(): void {
    if (this.#set.length > 0) this.#queue.push(this.#set)
    this.#set = []
    if (this.#sending || this.#failure !== undefined) return
    this.#sending = true
    void this.#sendAll().finally(() => {
      this.#sending = false
      this.#notify()
    })
  }

  async #sendAll(): Promise<void> {
    const { world } = this.#services
    while (this.#queue.length > 0) {
      await Promise.race([world.turns(world.integer(0, 8)), this.#broken])
      const broken = !this.#process.alive || this.#context.signal.aborted || this.#failure !== undefined
      if (!broken || world.chance(0.5)) this.#services.apply(this.#spec, this.#queue[0]!)
      if (broken) {
        this.#failure ??= new Error('the connection is lost')
        return
      }
      try {
        this.#services.fail('writing')
      } catch (error) {
        this.#failure = error as Error
        return
      }
      this.#queue.shift()
      this.#notify()
    }
  }
}
