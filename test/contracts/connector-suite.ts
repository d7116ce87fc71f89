// What every connector must do, whatever it reads or writes. A connector's test describes itself by a fixture and runs
// the suite; the assertions are here only.
import { describe, expect, it } from 'vitest'
import type {
  ConnectorRuntime,
  ReaderOutput,
  RuntimeContext,
  SinkSpec,
  SourceReader,
  SourceSpec,
  Split,
} from '../../engine/connectors/connector.ts'
import { batchFromRows, rowFromBatch, type Cell, type RecordBatch } from '../../engine/types/record-batch.ts'
import { createRuntimeContext } from '../helpers/runtime-context.ts'

export interface SourceFixture {
  readonly runtime: ConnectorRuntime
  /** A bounded source over the same data at every call; several batches long. */
  createSpec(): Promise<SourceSpec>
  /** All rows, in any order. */
  expected(): Promise<Cell[][]>
}

export interface SinkFixture {
  readonly runtime: ConnectorRuntime
  createSpec(): Promise<SinkSpec>
  /** Distinct rows to write. */
  readonly rows: Cell[][]
  /** What the target of the spec holds, as texts, in any order. */
  read(spec: SinkSpec, context: ReturnType<typeof createRuntimeContext>): Promise<string[]>
  /** What it must hold after `rows` were written once. */
  readonly expected: string[]
}

const sorted = (rows: unknown[]): string[] =>
  rows
    .map((row) => JSON.stringify(row, (_, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value)))
    .sort()

class Collector implements ReaderOutput {
  readonly rows: Cell[][] = []
  readonly finished: string[] = []
  batchCount = 0

  emit(splitId: string, batch: RecordBatch): void {
    expect(this.finished).not.toContain(splitId)
    expect(batch.rowCount).toBeGreaterThan(0)
    for (let row = 0; row < batch.rowCount; row++) this.rows.push(rowFromBatch(batch, row))
    this.batchCount++
  }

  splitFinished(splitId: string): void {
    this.finished.push(splitId)
  }
}

/** Polls to the end, or until `stopAfter` batches came. */
async function drain(reader: SourceReader, collector: Collector, stopAfter = Infinity): Promise<void> {
  for (;;) {
    const status = reader.poll(collector)
    if (status === 'end-of-input' || collector.batchCount >= stopAfter) return
    if (status === 'nothing-available') await reader.available()
  }
}

async function enumerate(
  fixture: SourceFixture,
  spec: SourceSpec,
  restored?: readonly Split[],
  context = createRuntimeContext(),
) {
  const enumerator = fixture.runtime.createEnumerator!(spec, context)
  try {
    const splits = await enumerator.start(restored)
    // what lies in a checkpoint must survive one
    expect(JSON.parse(JSON.stringify(await enumerator.identity()))).toEqual(await enumerator.identity())
    return JSON.parse(JSON.stringify(splits)) as Split[]
  } finally {
    await enumerator.close()
  }
}

async function withReader<T>(
  fixture: SourceFixture,
  spec: SourceSpec,
  splits: readonly Split[],
  use: (reader: SourceReader) => Promise<T>,
  context: RuntimeContext = createRuntimeContext(),
): Promise<T> {
  const reader = fixture.runtime.createReader!(spec, context)
  try {
    await reader.start(splits)
    return await use(reader)
  } finally {
    await reader.close()
  }
}

export function runSourceSuite(name: string, fixture: SourceFixture): void {
  describe(`${name} source`, () => {
    it('reads everything once, ends, and finishes each split once', async () => {
      const spec = await fixture.createSpec()
      const splits = await enumerate(fixture, spec)
      const collector = new Collector()
      await withReader(fixture, spec, splits, (reader) => drain(reader, collector))
      expect(sorted(collector.rows)).toEqual(sorted(await fixture.expected()))
      expect(collector.finished.sort()).toEqual(splits.map((split) => split.id).sort())
    })

    it('goes on from a snapshot after every batch as if it had never stopped', async () => {
      const spec = await fixture.createSpec()
      let splits = await enumerate(fixture, spec)
      const rows: Cell[][] = []
      for (let attempt = 0; attempt < 1000; attempt++) {
        const collector = new Collector()
        const next = await withReader(fixture, spec, splits, async (reader) => {
          await drain(reader, collector, 1)
          return reader.snapshot()
        })
        rows.push(...collector.rows)
        if (collector.batchCount === 0) break
        splits = await enumerate(fixture, spec, JSON.parse(JSON.stringify(next)) as Split[])
      }
      expect(sorted(rows)).toEqual(sorted(await fixture.expected()))
    })

    it('reads with several readers what it reads with one', async () => {
      const spec = await fixture.createSpec()
      const splits = await enumerate(fixture, spec, undefined, createRuntimeContext({ parallelism: 3 }))
      const collector = new Collector()
      for (let subtask = 0; subtask < 3; subtask++) {
        const own = splits.filter((_, index) => index % 3 === subtask)
        const context = createRuntimeContext({ parallelism: 3, subtaskIndex: subtask })
        await withReader(fixture, spec, own, (reader) => drain(reader, collector), context)
      }
      expect(sorted(collector.rows)).toEqual(sorted(await fixture.expected()))
    })

    it('ends a wait when the job is cancelled', async () => {
      const spec = await fixture.createSpec()
      const context = createRuntimeContext()
      const splits = await enumerate(fixture, spec)
      await withReader(
        fixture,
        spec,
        splits,
        async (reader) => {
          context.abort()
          // it may resolve or reject, but not hang
          await reader.available().catch(() => undefined)
        },
        context,
      )
    })

    it('gives a reader without splits nothing to do', async () => {
      const spec = await fixture.createSpec()
      const collector = new Collector()
      await withReader(fixture, spec, [], (reader) => drain(reader, collector))
      expect(collector.rows).toEqual([])
    })
  })
}

export function runSinkSuite(name: string, fixture: SinkFixture): void {
  const write = async (spec: SinkSpec, groups: Cell[][][], flushEach: boolean) => {
    const context = createRuntimeContext()
    const writer = fixture.runtime.createWriter!(spec, context)
    try {
      await writer.open()
      for (const rows of groups) {
        if (!writer.isAvailable()) await writer.available()
        const batch = batchFromRows(spec.consumedType, rows)
        writer.write(batch)
        overwrite(batch)
        if (flushEach) await writer.flush()
      }
      await writer.flush()
      return await fixture.read(spec, context)
    } finally {
      await writer.close()
    }
  }

  describe(`${name} sink`, () => {
    it('has everything in the target when flush has resolved', async () => {
      expect((await write(await fixture.createSpec(), [fixture.rows], false)).sort()).toEqual(
        [...fixture.expected].sort(),
      )
    })

    it('writes the same row by row, with a flush after each, and leaves the batch alone afterwards', async () => {
      const groups = fixture.rows.map((row) => [row])
      expect((await write(await fixture.createSpec(), groups, true)).sort()).toEqual([...fixture.expected].sort())
    })

    it('flushes nothing at once', async () => {
      expect(await write(await fixture.createSpec(), [], true)).toEqual([])
    })

    it('closes without waiting after it was cancelled', async () => {
      const context = createRuntimeContext()
      const writer = fixture.runtime.createWriter!(await fixture.createSpec(), context)
      await writer.open()
      writer.write(batchFromRows((await fixture.createSpec()).consumedType, fixture.rows))
      context.abort()
      await writer.close()
    })
  })
}

/** The batch is the caller's again: nothing of it may be read later. */
function overwrite(batch: RecordBatch): void {
  for (const column of batch.columns) {
    column.nulls?.fill(1)
    if (Array.isArray(column.values)) column.values.fill('overwritten')
    else column.values.fill(77)
  }
}
