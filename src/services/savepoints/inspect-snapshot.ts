// `flinkts savepoints inspect`: what a checkpoint or savepoint holds, and entries of its state.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import {
  fileSystemStorage,
  FlinktsError,
  stateEntries,
  summarizeStates,
  type CheckpointManifest,
  type Json,
  type StateEntry,
  type StateSummary,
} from '../../../engine/host.ts'
import type { Project } from '../../config/project.ts'
import { locateSnapshot } from './project-snapshots.ts'
import { cellTexts } from './state-text.ts'

type ManifestOperator = CheckpointManifest['operators'][number]

export interface OperatorInspection {
  readonly operatorId: string
  readonly name: string
  readonly parallelism: number
  readonly maxParallelism: number
  readonly sizeBytes: number
  readonly splits: ManifestOperator['splits']
  /** Cluster and topics, database and table. */
  readonly identity: Json | undefined
  readonly states: readonly StateSummary[]
}

export interface SnapshotInspection {
  readonly location: string
  readonly manifest: CheckpointManifest
  readonly operators: readonly OperatorInspection[]
}

/** Verifies all of it. Throws CHECKPOINT_CORRUPT. */
export async function readManifestAt(location: string): Promise<CheckpointManifest> {
  const stored = await fileSystemStorage.read(location)
  if (stored.kind === 'complete') return stored.manifest
  throw new FlinktsError('CHECKPOINT_CORRUPT', stored.reason, {
    fix: '`flinkts savepoints list` shows which others can be restored.',
  })
}

/** The operator's state by former subtask. */
export function partsOf(location: string, { state }: ManifestOperator): Promise<Uint8Array[]> {
  return Promise.all(state.map((part) => fileSystemStorage.readState({ ...part, location })))
}

/** Throws CHECKPOINT_CORRUPT. */
export async function inspectSnapshot(location: string): Promise<SnapshotInspection> {
  const manifest = await readManifestAt(location)
  const operators: OperatorInspection[] = []
  for (const operator of manifest.operators) {
    const { operatorId, name, parallelism, maxParallelism, splits, identity } = operator
    operators.push({
      operatorId,
      name,
      parallelism,
      maxParallelism,
      splits,
      identity,
      sizeBytes: operator.state.reduce((sum, { length }) => sum + length, 0),
      states: summarizeStates(await partsOf(location, operator)),
    })
  }
  return { location, manifest, operators }
}

const ATTEMPTS_MAX = 3

/**
 * What `text` names (see locateSnapshot). The newest checkpoint of a job that runs may be replaced while it is read: then
 * the one after it is taken.
 */
export async function inspectNamed(project: Project, text: string): Promise<SnapshotInspection> {
  for (let attempt = 1; ; attempt++) {
    const location = await locateSnapshot(project, text)
    try {
      return await inspectSnapshot(location)
    } catch (error) {
      const replaced = !existsSync(join(location, '_metadata')) && attempt < ATTEMPTS_MAX
      if (!replaced) throw error
    }
  }
}

export interface EntryQuery {
  /** Name of the state; undefined: every one. */
  readonly state: string | undefined
  /** Id or name of the operator, or how either begins; undefined: every one. */
  readonly operator: string | undefined
  /** Its key as text, several columns joined by commas; undefined: every one. */
  readonly key: string | undefined
  readonly countMax: number
}

export interface StateEntries {
  readonly operatorId: string
  readonly operator: string
  readonly state: StateSummary
  /** At most as many as were asked for. */
  readonly entries: readonly StateEntry[]
  /** That match. */
  readonly found: number
}

function isOperator({ operatorId, name }: OperatorInspection, wanted: string | undefined): boolean {
  return wanted === undefined || operatorId.startsWith(wanted) || name.startsWith(wanted)
}

function notFound(inspection: SnapshotInspection, { state, operator }: EntryQuery): FlinktsError {
  const what = [
    ...(state === undefined ? [] : [`state '${state}'`]),
    ...(operator === undefined ? [] : [`operator '${operator}'`]),
  ]
  const known = inspection.operators.flatMap(({ name, states }) => states.map((found) => `'${found.name}' of ${name}`))
  return new FlinktsError('OPTION_INVALID', `the checkpoint has no ${what.join(' of ')}`, {
    fix: known.length === 0 ? 'None of its operators has state.' : `It has ${known.join(', ')}.`,
  })
}

function readEntries(
  parts: readonly Uint8Array[],
  state: StateSummary,
  query: EntryQuery,
): Omit<StateEntries, 'operator' | 'operatorId'> {
  const entries: StateEntry[] = []
  let found = 0
  for (const entry of stateEntries(parts, state.name)) {
    if (
      query.key !== undefined &&
      (state.kind !== 'keyed-table' || cellTexts(state.keys, entry.key).join(',') !== query.key)
    )
      continue
    if (++found <= query.countMax) entries.push(entry)
  }
  return { state, entries, found }
}

/** Throws OPTION_INVALID for a state or operator that the checkpoint does not have. */
export async function findEntries(inspection: SnapshotInspection, query: EntryQuery): Promise<StateEntries[]> {
  const results: StateEntries[] = []
  for (const [index, operator] of inspection.operators.entries()) {
    if (!isOperator(operator, query.operator)) continue
    const states = operator.states.filter(({ name }) => query.state === undefined || name === query.state)
    if (states.length === 0) continue
    const parts = await partsOf(inspection.location, inspection.manifest.operators[index]!)
    const { operatorId, name } = operator
    for (const state of states) results.push({ operatorId, operator: name, ...readEntries(parts, state, query) })
  }
  if (results.length === 0 && (query.state !== undefined || query.operator !== undefined))
    throw notFound(inspection, query)
  return results
}
