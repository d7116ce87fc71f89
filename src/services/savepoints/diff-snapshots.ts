// `flinkts savepoints diff`: what changed from one checkpoint or savepoint to another.
import { stateEntries, type CheckpointManifest, type StateEntry, type StateSummary } from '../../../engine/host.ts'
import { positionText } from '../jobs/job-details.ts'
import { inspectSnapshot, partsOf, type OperatorInspection, type SnapshotInspection } from './inspect-snapshot.ts'

const EXAMPLES_MAX = 3

export interface SplitChange {
  readonly operator: string
  readonly split: string
  /** Undefined: the split is not in that snapshot. */
  readonly before: string | undefined
  readonly after: string | undefined
}

export interface EntryExample {
  /** Undefined: the entry was added, or removed. */
  readonly before: StateEntry | undefined
  readonly after: StateEntry | undefined
}

export interface StateChange {
  readonly operator: string
  readonly state: StateSummary
  readonly entriesBefore: number
  readonly entriesAfter: number
  readonly added: number
  readonly removed: number
  readonly changed: number
  /** At most three of each kind. */
  readonly examples: readonly EntryExample[]
}

export interface SnapshotDiff {
  readonly before: CheckpointManifest
  readonly after: CheckpointManifest
  /** Operators that hold anything, by name. */
  readonly operatorsAdded: readonly string[]
  readonly operatorsRemoved: readonly string[]
  readonly splits: readonly SplitChange[]
  readonly states: readonly StateChange[]
}

interface Side {
  readonly inspection: SnapshotInspection
  readonly operator: OperatorInspection | undefined
}

/** What two entries are compared by; Map and bigint have no JSON of their own. */
function fingerprint(values: readonly unknown[]): string {
  return JSON.stringify(values, (_key, value: unknown) => {
    if (typeof value === 'bigint') return `${value}n`
    if (value instanceof Map) return { map: [...(value as Map<unknown, unknown>)] }
    if (value instanceof Uint8Array) return { bytes: Buffer.from(value).toString('base64') }
    return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value
  })
}

/** Elements of a list have no keys: the element itself stands for one. */
function identityOf(entry: StateEntry): string {
  const key = entry.keyGroup === undefined ? entry.values : entry.key
  return `${entry.namespace ?? ''} ${fingerprint(key)}`
}

async function entriesOf({ inspection, operator }: Side, state: string): Promise<Iterable<StateEntry>> {
  if (operator === undefined || !operator.states.some(({ name }) => name === state)) return []
  const stored = inspection.manifest.operators.find(({ operatorId }) => operatorId === operator.operatorId)!
  return stateEntries(await partsOf(inspection.location, stored), state)
}

class Examples {
  readonly #kept: Record<'added' | 'removed' | 'changed', EntryExample[]> = { added: [], removed: [], changed: [] }
  readonly counts = { added: 0, removed: 0, changed: 0 }

  add(kind: 'added' | 'removed' | 'changed', example: EntryExample): void {
    if (this.counts[kind]++ < EXAMPLES_MAX) this.#kept[kind].push(example)
  }

  get all(): EntryExample[] {
    return [...this.#kept.added, ...this.#kept.removed, ...this.#kept.changed]
  }
}

async function diffState(left: Side, right: Side, state: StateSummary): Promise<Omit<StateChange, 'operator'>> {
  const before = new Map<string, StateEntry>()
  for (const entry of await entriesOf(left, state.name)) before.set(identityOf(entry), entry)
  const entriesBefore = before.size
  const examples = new Examples()
  let entriesAfter = 0
  for (const after of await entriesOf(right, state.name)) {
    entriesAfter++
    const identity = identityOf(after)
    const old = before.get(identity)
    before.delete(identity)
    if (old === undefined) examples.add('added', { before: undefined, after })
    else if (fingerprint(old.values) !== fingerprint(after.values)) examples.add('changed', { before: old, after })
  }
  for (const gone of before.values()) examples.add('removed', { before: gone, after: undefined })
  return { state, entriesBefore, entriesAfter, ...examples.counts, examples: examples.all }
}

function diffSplits(before: OperatorInspection | undefined, after: OperatorInspection | undefined): SplitChange[] {
  const operator = (after ?? before)!.name
  const text = (side: OperatorInspection | undefined, id: string): string | undefined => {
    const split = side?.splits?.find((candidate) => candidate.id === id)
    return split === undefined ? undefined : positionText(split.state)
  }
  const ids = new Set([...(before?.splits ?? []), ...(after?.splits ?? [])].map(({ id }) => id))
  return [...ids].map((split) => ({ operator, split, before: text(before, split), after: text(after, split) }))
}

function holds({ states, splits }: OperatorInspection): boolean {
  return states.length > 0 || (splits?.length ?? 0) > 0
}

/** Throws CHECKPOINT_CORRUPT. Keeps the entries of one state of `before` in memory at a time. */
export async function diffSnapshots(beforeLocation: string, afterLocation: string): Promise<SnapshotDiff> {
  const [left, right] = [await inspectSnapshot(beforeLocation), await inspectSnapshot(afterLocation)]
  const of = (inspection: SnapshotInspection, id: string): OperatorInspection | undefined =>
    inspection.operators.find(({ operatorId }) => operatorId === id)
  const ids = [...new Set([...left.operators, ...right.operators].map(({ operatorId }) => operatorId))]
  const states: StateChange[] = []
  for (const id of ids) {
    const sides = [left, right].map((inspection): Side => ({ inspection, operator: of(inspection, id) }))
    const [before, after] = [sides[0]!, sides[1]!]
    const names = new Map(
      [...(before.operator?.states ?? []), ...(after.operator?.states ?? [])].map((state) => [state.name, state]),
    )
    const operator = (after.operator ?? before.operator)!.name
    for (const state of names.values()) states.push({ operator, ...(await diffState(before, after, state)) })
  }
  const only = (here: SnapshotInspection, there: SnapshotInspection): string[] =>
    here.operators.filter((found) => holds(found) && of(there, found.operatorId) === undefined).map(({ name }) => name)
  return {
    before: left.manifest,
    after: right.manifest,
    operatorsAdded: only(right, left),
    operatorsRemoved: only(left, right),
    splits: ids.flatMap((id) => diffSplits(of(left, id), of(right, id))),
    states,
  }
}
