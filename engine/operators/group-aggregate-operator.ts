// Updating GROUP BY: emits how each key's results change. Source: Flink's GroupAggFunction.
import type { KeyedRows, KeyedTable, KeyedTableDeclaration, StateDeclaration } from '../state/state-backend.ts'
import type { RecordBatch } from '../types/record-batch.ts'
import { types } from '../types/logical-type.ts'
import { RowKind } from '../types/row-kind.ts'
import { generateAggregateCode, type AggregateCode } from './aggregates/aggregate-code.ts'
import { createGroupAggregator, type GroupAggregator } from './aggregates/group-aggregator.ts'
import { BatchBuilder } from './batch-builder.ts'
import type { Operator, OperatorContext } from './operator.ts'
import type { GroupAggregateSpec } from './operator-spec.ts'
import { restoreArrival } from './restore-arrival.ts'
import { createRuntime } from './window-contents.ts'

/** Rows looked at per batch to find expired ones that nobody asks for any more. */
const EXPIRY_CHECKS_PER_BATCH = 64

export class GroupAggregateOperator implements Operator {
  readonly state: readonly StateDeclaration[]
  readonly #spec: GroupAggregateSpec
  readonly #code: AggregateCode
  readonly #declaration: KeyedTableDeclaration
  readonly #runtime = createRuntime()
  readonly #aggregator: GroupAggregator
  readonly #builder: BatchBuilder
  #context!: OperatorContext
  #table!: KeyedTable
  #rows!: KeyedRows
  #rowIds = new Int32Array(0)
  #touched = new Uint8Array(0)
  #touchedIds = new Int32Array(0)
  #version = 0
  #expiryCursor = 0

  constructor(spec: GroupAggregateSpec) {
    this.#spec = spec
    this.#code = generateAggregateCode({
      calls: spec.aggregates,
      inputType: spec.inputType,
      retracting: spec.inputChangelog,
      countRows: true,
    })
    const keys = spec.keys.map((key) => spec.inputType.fields[key]!.type)
    this.#declaration = {
      kind: 'keyed-table',
      name: 'group-aggregate',
      key: keys,
      values: [
        ...this.#code.columns.map(({ name, storage, label, type }) => ({ name, storage, label, type })),
        ...(spec.stateTtlMs > 0
          ? [{ name: 'last update', storage: 'float64', type: types.timestampLtz(3) } as const]
          : []),
      ],
      keyNames: spec.keys.map((key) => spec.inputType.fields[key]!.name),
    }
    this.state = [this.#declaration]
    const { generateUpdateBefore, stateTtlMs } = spec
    this.#aggregator = createGroupAggregator(
      { code: this.#code, keys, generateUpdateBefore, stateTtlMs },
      this.#runtime,
    )
    this.#builder = new BatchBuilder(spec.outputType, true)
  }

  open(context: OperatorContext): void {
    this.#context = context
    this.#table = context.state.keyedTable(this.#declaration)
    this.#rows = this.#table.rows(0)
    restoreArrival({ runtime: this.#runtime, columns: this.#code.columns }, this.#table)
  }

  processBatch(_input: number, batch: RecordBatch): void {
    if (this.#rowIds.length < batch.rowCount) this.#rowIds = new Int32Array(batch.rowCount * 2)
    if (this.#version !== this.#table.version) {
      this.#version = this.#table.version
      this.#runtime.ownership.current++
    }
    const keys = this.#spec.keys.map((key) => batch.columns[key]!)
    this.#rows.rowsFor(keys, 0, batch.rowCount, this.#rowIds)
    if (this.#spec.emitPerBatch) this.#emitPerBatch(batch)
    else this.#emitPerRow(batch)
    if (this.#spec.stateTtlMs > 0) this.#expireSome()
  }

  #emitPerRow(batch: RecordBatch): void {
    const empty: number[] = []
    const builder = this.#builder
    builder.reserve(batch.rowCount * 2)
    const now = this.#context.clock.now()
    builder.rowCount = this.#aggregator.changes(
      this.#rows,
      batch,
      this.#rowIds,
      builder.columns,
      builder.rowKinds!,
      now,
      empty,
    )
    builder.flush(this.#context.output)
    if (empty.length > 0) this.#removeEmpty(empty)
  }

  /** Rows that became empty stay until the batch is done, for their ids are known to its later rows. */
  #removeEmpty(ids: readonly number[]): void {
    const counts = this.#rows.valueColumns[this.#code.rowCount!] as Float64Array
    for (const id of new Set(ids)) if (counts[id] === 0) this.#rows.remove(id)
  }

  #emitPerBatch(batch: RecordBatch): void {
    const rows = this.#rows
    if (this.#touched.length < rows.capacity) this.#touched = new Uint8Array(rows.capacity)
    if (this.#touchedIds.length < batch.rowCount) this.#touchedIds = new Int32Array(batch.rowCount * 2)
    const touched = this.#touched
    const ids = this.#touchedIds
    const now = this.#context.clock.now()
    const count = this.#aggregator.accumulate(rows, batch, this.#rowIds, now, touched, ids)
    const builder = this.#builder
    builder.reserve(count)
    const counts = rows.valueColumns[this.#code.rowCount!] as Float64Array
    const empty: number[] = []
    let written = 0
    for (let index = 0; index < count; index++) {
      const id = ids[index]!
      const isNew = touched[id] === 2
      touched[id] = 0
      if (counts[id] === 0) empty.push(id)
      if (counts[id] === 0 && isNew) continue
      builder.rowKinds![written] = counts[id] === 0 ? RowKind.DELETE : isNew ? RowKind.INSERT : RowKind.UPDATE_AFTER
      ids[written++] = id
    }
    this.#aggregator.write(rows, ids, written, builder.columns)
    builder.rowCount = written
    builder.flush(this.#context.output)
    if (empty.length > 0) this.#removeEmpty(empty)
  }

  #expireSome(): void {
    const rows = this.#rows
    const updated = rows.valueColumns[this.#code.columns.length] as Float64Array
    const expiredBefore = this.#context.clock.now() - this.#spec.stateTtlMs
    const ids = rows.ids()
    const { size } = rows
    const expired: number[] = []
    for (let checks = Math.min(EXPIRY_CHECKS_PER_BATCH, size); checks > 0; checks--) {
      if (this.#expiryCursor >= size) this.#expiryCursor = 0
      const id = ids[this.#expiryCursor++]!
      if (updated[id]! <= expiredBefore) expired.push(id)
    }
    for (const id of expired) rows.remove(id)
  }
}
