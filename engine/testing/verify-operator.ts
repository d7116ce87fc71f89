// The torture rig: runs an operator over the same input in every way a task may run it, and compares each result with the
// expected changelog. Rows one at a time and all at once; a snapshot after every element, going on with the old instance
// or with a fresh one that restored it; rescaled 1 → 3 → 2. Batches are overwritten after each call.
import { createKeyHasher } from '../state/key-hash.ts'
import { keyGroupOfHash, MAX_PARALLELISM_DEFAULT, subtaskForKeyGroup } from '../state/key-groups.ts'
import type { Operator } from '../operators/operator.ts'
import type { RowType } from '../types/logical-type.ts'
import type { Cell } from '../types/record-batch.ts'
import { ManualClock } from './manual-clock.ts'
import { batchOfRows, OperatorHarness, type ChangelogRow } from './operator-harness.ts'

export type TestElement =
  /** `input`: of an operator with several, default 0. */
  | {
      readonly kind: 'row'
      readonly row: ChangelogRow
      readonly eventTime?: number | undefined
      readonly input?: number
    }
  | { readonly kind: 'watermark'; readonly at: number }
  /** The clock moves to `at`. */
  | { readonly kind: 'time'; readonly at: number }

export const row = (...cells: Cell[]): TestElement => ({ kind: 'row', row: ['+I', ...cells] })
export const change = (...changed: ChangelogRow): TestElement => ({ kind: 'row', row: changed })
export const watermark = (at: number): TestElement => ({ kind: 'watermark', at })

export interface VerifyOperatorOptions {
  /** A fresh operator each time. */
  readonly operator: () => Operator
  readonly inputType: RowType
  readonly input: readonly TestElement[]
  readonly expected: readonly ChangelogRow[]
  /** What side outputs give, by tag; compared as `expected` is. */
  readonly expectedSides?: Readonly<Record<string, readonly ChangelogRow[]>> | undefined
  /**
   * `exact`: the same rows in the same order (rescaled: in any order). `any-order`: the same rows. `final`: the same table
   * once the changelog is applied. `upsert`: the same after applying it by the key `upsertKey` (columns of the output).
   */
  readonly compare: 'exact' | 'any-order' | 'final' | 'upsert'
  readonly upsertKey?: readonly number[] | undefined
  /** Columns that the exchange partitions by; undefined: the operator is not rescaled. */
  readonly keyColumns?: readonly number[] | undefined
  /** Default true: MAX_WATERMARK and the end follow the input. */
  readonly endOfInput?: boolean | undefined
  readonly configuration?: Readonly<Record<string, string>> | undefined
}

/** A row as text, by which rows are compared; doubles to 12 digits, for merging adds in another order. */
function rowText(cells: readonly unknown[]): string {
  return JSON.stringify(cells, (_, value: unknown) => {
    if (typeof value === 'bigint') return `${value}n`
    if (typeof value === 'number') return Number.isInteger(value) ? value : String(Number(value.toPrecision(12)))
    if (value instanceof Map)
      return { map: [...(value as Map<unknown, unknown>)].map((entry) => rowText(entry)).sort() }
    return value instanceof Uint8Array ? { bytes: [...value] } : value
  })
}

function comparable(options: VerifyOperatorOptions, rows: readonly ChangelogRow[], anyOrder: boolean): string[] {
  switch (options.compare) {
    case 'exact':
    case 'any-order': {
      const texts = rows.map(rowText)
      return anyOrder || options.compare === 'any-order' ? texts.sort() : texts
    }
    case 'final': {
      const counts = new Map<string, number>()
      for (const [kind, ...cells] of rows) {
        const text = rowText(cells)
        counts.set(text, (counts.get(text) ?? 0) + (kind === '+I' || kind === '+U' ? 1 : -1))
      }
      return [...counts]
        .filter(([, count]) => count !== 0)
        .map(([text, count]) => `${count} × ${text}`)
        .sort()
    }
    case 'upsert': {
      const table = new Map<string, string>()
      for (const [kind, ...cells] of rows) {
        const key = rowText(options.upsertKey!.map((column) => cells[column]))
        if (kind === '+I' || kind === '+U') table.set(key, rowText(cells))
        else if (kind === '-D') table.delete(key)
      }
      return [...table.values()].sort()
    }
  }
}

function feed(harness: OperatorHarness, element: TestElement): void {
  if (element.kind === 'watermark') harness.processWatermark(element.at)
  else if (element.kind === 'time') harness.advanceTo(element.at)
}

/** What an operator gave, over all of its instances: rows by the tag of the output, '' for the main one. */
class Outputs {
  readonly rows = new Map<string, ChangelogRow[]>()

  take(harness: OperatorHarness, tags: readonly string[]): void {
    this.#add('', harness.takeRows())
    for (const tag of tags) this.#add(tag, harness.takeSideRows(tag))
  }

  #add(tag: string, rows: readonly ChangelogRow[]): void {
    this.rows.set(tag, [...(this.rows.get(tag) ?? []), ...rows])
  }
}

class Rig {
  readonly #options: VerifyOperatorOptions
  readonly #tags: readonly string[]

  constructor(options: VerifyOperatorOptions) {
    this.#options = options
    this.#tags = Object.keys(options.expectedSides ?? {})
  }

  #harness(clock: ManualClock, restore?: readonly Uint8Array[], subtaskIndex = 0, parallelism = 1): OperatorHarness {
    const { operator, configuration } = this.#options
    const sideOutputs = this.#tags
    return new OperatorHarness(operator(), { clock, restore, subtaskIndex, parallelism, configuration, sideOutputs })
  }

  /** Rows in a row for the same input make one batch. */
  #feedRows(harness: OperatorHarness, elements: readonly TestElement[]): void {
    const rows = elements.flatMap((element) => (element.kind === 'row' ? [element] : []))
    for (let from = 0; from < rows.length;) {
      const { input = 0 } = rows[from]!
      const behind = rows.findIndex((element, index) => index > from && (element.input ?? 0) !== input)
      const to = behind < 0 ? rows.length : behind
      this.#feedBatch(harness, rows.slice(from, to), input)
      from = to
    }
  }

  #feedBatch(harness: OperatorHarness, rows: readonly Extract<TestElement, { kind: 'row' }>[], input: number): void {
    const times = rows.every((element) => element.eventTime !== undefined)
      ? rows.map((element) => element.eventTime!)
      : undefined
    harness.processBatch(
      batchOfRows(
        this.#options.inputType,
        rows.map((element) => element.row),
        times,
      ),
      input,
    )
  }

  #feedOne(harness: OperatorHarness, element: TestElement): void {
    if (element.kind === 'row') this.#feedRows(harness, [element])
    else feed(harness, element)
  }

  #end(harness: OperatorHarness, outputs = new Outputs()): Outputs {
    if (this.#options.endOfInput !== false) harness.endOfInput()
    outputs.take(harness, this.#tags)
    harness.close()
    return outputs
  }

  oneRowAtATime(): Outputs {
    const harness = this.#harness(new ManualClock())
    for (const element of this.#options.input) this.#feedOne(harness, element)
    return this.#end(harness)
  }

  /** Rows between two other elements make one batch. */
  allRowsAtOnce(): Outputs {
    const harness = this.#harness(new ManualClock())
    let pending: TestElement[] = []
    for (const element of this.#options.input) {
      if (element.kind === 'row') pending.push(element)
      else {
        this.#feedRows(harness, pending)
        pending = []
        feed(harness, element)
      }
    }
    this.#feedRows(harness, pending)
    return this.#end(harness)
  }

  snapshotAfterEach(): Outputs {
    const harness = this.#harness(new ManualClock())
    for (const element of this.#options.input) {
      this.#feedOne(harness, element)
      harness.snapshot()
    }
    return this.#end(harness)
  }

  restoreAfterEach(): Outputs {
    const clock = new ManualClock()
    const outputs = new Outputs()
    let harness = this.#harness(clock)
    for (const element of this.#options.input) {
      this.#feedOne(harness, element)
      const snapshot = harness.snapshot()
      outputs.take(harness, this.#tags)
      harness.close()
      harness = this.#harness(clock, [snapshot])
    }
    return this.#end(harness, outputs)
  }

  rescaled(): Outputs {
    const { input, inputType, keyColumns } = this.#options
    const clock = new ManualClock()
    const outputs = new Outputs()
    const hash = createKeyHasher(keyColumns!.map((column) => inputType.fields[column]!.type))
    let harnesses = [this.#harness(clock)]
    const feedAll = (element: TestElement): void => {
      if (element.kind !== 'row') {
        for (const harness of harnesses) feed(harness, element)
        return
      }
      const batch = batchOfRows(inputType, [element.row])
      const group = keyGroupOfHash(
        hash(
          keyColumns!.map((column) => batch.columns[column]!),
          0,
        ),
        MAX_PARALLELISM_DEFAULT,
      )
      this.#feedOne(harnesses[subtaskForKeyGroup(MAX_PARALLELISM_DEFAULT, harnesses.length, group)]!, element)
    }
    const rescale = (parallelism: number): void => {
      const snapshots = harnesses.map((harness) => harness.snapshot())
      for (const harness of harnesses) outputs.take(harness, this.#tags)
      harnesses = Array.from({ length: parallelism }, (_, index) => this.#harness(clock, snapshots, index, parallelism))
    }
    const third = Math.ceil(input.length / 3)
    input.forEach((element, index) => {
      if (index === third) rescale(3)
      if (index === 2 * third) rescale(2)
      feedAll(element)
    })
    for (const harness of harnesses) this.#end(harness, outputs)
    return outputs
  }
}

/** Throws, naming the way of running, where the output differs from `expected`. */
export function verifyOperator(options: VerifyOperatorOptions): void {
  const rig = new Rig(options)
  const wanted: readonly (readonly [string, readonly ChangelogRow[]])[] = [
    ['', options.expected],
    ...Object.entries(options.expectedSides ?? {}),
  ]
  const runs: [string, () => Outputs, boolean][] = [
    ['one row at a time', () => rig.oneRowAtATime(), false],
    ['all rows at once', () => rig.allRowsAtOnce(), false],
    ['with a snapshot after each element', () => rig.snapshotAfterEach(), false],
    ['restored into a fresh instance after each element', () => rig.restoreAfterEach(), true],
  ]
  if (options.keyColumns !== undefined) runs.push(['rescaled 1 → 3 → 2', () => rig.rescaled(), true])
  for (const [name, run, anyOrder] of runs) {
    const { rows } = run()
    for (const [tag, expectedRows] of wanted) {
      const actual = comparable(options, rows.get(tag) ?? [], anyOrder)
      const expected = comparable(options, expectedRows, anyOrder)
      if (actual.join('\n') === expected.join('\n')) continue
      throw new Error(
        `${name}: ${tag === '' ? 'the output' : `side output '${tag}'`} differs\nexpected\n  ${expected.join('\n  ')}\nactual\n  ${actual.join('\n  ')}`,
      )
    }
  }
}
