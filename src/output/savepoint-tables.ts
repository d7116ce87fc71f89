// Checkpoints and savepoints as text and as JSON.
import { positionText } from '../services/jobs/job-details.ts'
import type { EntryExample, SnapshotDiff, StateChange } from '../services/savepoints/diff-snapshots.ts'
import type { SnapshotInspection, StateEntries } from '../services/savepoints/inspect-snapshot.ts'
import type { ProjectSnapshot } from '../services/savepoints/project-snapshots.ts'
import { cellTexts, fieldsJson, fieldWithType, valueText } from '../services/savepoints/state-text.ts'
import { formatBytes, formatTimestamp } from './quantities.ts'
import { renderTable, type TextColumn } from './text-table.ts'

type StateSummary = StateEntries['state']
type StateEntry = StateEntries['entries'][number]

const right = (name: string): TextColumn => ({ name, align: 'right' })
const left = (name: string): TextColumn => ({ name })

function noteOf({ neededBy, problem }: ProjectSnapshot): string {
  if (problem !== undefined) return 'damaged'
  if (neededBy === 'next') return 'next run'
  return neededBy === 'running' ? 'restarts' : ''
}

/** Jobs with what there is of each, then why damaged ones cannot be used. */
export function renderSnapshotList(snapshots: readonly ProjectSnapshot[]): string {
  if (snapshots.length === 0) return 'There are no checkpoints and no savepoints.'
  const rows = snapshots.map((snapshot) => [
    snapshot.key,
    snapshot.kind,
    snapshot.name,
    snapshot.takenAt === undefined ? '–' : formatTimestamp(snapshot.takenAt),
    snapshot.sizeBytes === undefined ? '–' : formatBytes(snapshot.sizeBytes),
    noteOf(snapshot),
    snapshot.location,
  ])
  const columns = [...['job', 'kind', 'name', 'taken'].map(left), right('size'), ...['needed by', 'location'].map(left)]
  const problems = snapshots.flatMap(({ problem }) => (problem === undefined ? [] : [`note: ${problem}`]))
  return [renderTable(columns, rows), ...problems].join('\n')
}

function operatorRows({ operators }: SnapshotInspection): string[][] {
  return operators.flatMap(({ name, operatorId, parallelism, maxParallelism, sizeBytes, states }) => {
    const first = [name, operatorId.slice(0, 12), `${parallelism}/${maxParallelism}`, formatBytes(sizeBytes)]
    if (states.length === 0) return [[...first, '–', '', '', '']]
    return states.map((state, index) => [
      ...(index === 0 ? first : ['', '', '', '']),
      state.name,
      stateShape(state),
      String(state.entries),
      state.kind === 'keyed-table' ? `${state.keyGroups} of ${state.maxParallelism}` : '–',
    ])
  })
}

/** `zone → count(*), sum(amount) by slice end`; without values what there is, `zone, timer` */
function stateShape(state: StateSummary): string {
  if (state.kind === 'operator-list') return `list (${state.redistribution})`
  const keys = state.keys.map(({ name }) => name).join(', ')
  const values = state.values.map(({ name }) => name).join(', ')
  return `${keys === '' ? '()' : keys}${values === '' ? '' : ` → ${values}`}${state.namespace === undefined ? '' : ` by ${state.namespace}`}`
}

function positionLines({ operators }: SnapshotInspection): string[] {
  const rows = operators.flatMap(({ name, splits }) =>
    (splits ?? []).map(({ id, state, watermark }) => [
      name,
      id,
      positionText(state),
      watermark === undefined ? '–' : formatTimestamp(watermark),
    ]),
  )
  if (rows.length === 0) return []
  return ['', renderTable([left('source'), left('split'), right('goes on at'), left('watermark')], rows)]
}

function identityLines({ operators }: SnapshotInspection): string[] {
  const known = operators.filter(({ identity }) => identity !== undefined && identity !== null)
  return known.length === 0
    ? []
    : ['', 'Belongs to:', ...known.map(({ name, identity }) => `  ${name}: ${JSON.stringify(identity)}`)]
}

export function renderInspection(inspection: SnapshotInspection): string {
  const { manifest, location } = inspection
  const columns = [
    ...['operator', 'id', 'parallelism'].map(left),
    right('size'),
    ...['state', 'keys → values'].map(left),
    right('entries'),
    right('key groups'),
  ]
  const savepoint = manifest.drained === true ? 'Drained savepoint' : 'Savepoint'
  return [
    `${manifest.type === 'savepoint' ? savepoint : `Checkpoint ${manifest.checkpointId}`} of ${manifest.jobKey ?? manifest.jobName}, ${formatTimestamp(manifest.completedAt)}, ${formatBytes(manifest.stateSizeBytes)}`,
    location,
    '',
    renderTable(columns, operatorRows(inspection)),
    ...positionLines(inspection),
    ...identityLines(inspection),
  ].join('\n')
}

function entryCells(state: StateSummary, { namespace, key, values }: StateEntry): string[] {
  if (state.kind === 'operator-list') return [valueText({ name: '', type: undefined }, values[0])]
  return [
    ...(state.namespace === undefined ? [] : [namespace === undefined ? '–' : formatTimestamp(namespace)]),
    ...cellTexts(state.keys, key),
    ...cellTexts(state.values, values),
  ]
}

function entryColumns(state: StateSummary): TextColumn[] {
  if (state.kind === 'operator-list') return [left('element')]
  return [
    ...(state.namespace === undefined ? [] : [left(state.namespace)]),
    ...state.keys.map(({ name }) => left(name)),
    ...state.values.map(({ name }) => left(name)),
  ]
}

/** Tables of entries, one per state. */
export function renderEntries(results: readonly StateEntries[]): string {
  return results
    .map(({ operator, state, entries, found }) => {
      const shown = entries.length < found ? ` (${entries.length} of ${found})` : ''
      const title = `${state.name} of ${operator}${shown}`
      if (entries.length === 0) return `${title}: no entries`
      return `${title}\n${renderTable(
        entryColumns(state),
        entries.map((entry) => entryCells(state, entry)),
      )}`
    })
    .join('\n\n')
}

/** JSON text of one entry. */
export function entryToJson(
  { operator, operatorId, state }: Omit<StateEntries, 'entries' | 'found'>,
  entry: StateEntry,
): string {
  const place = JSON.stringify({ operator, operatorId, state: state.name }).slice(0, -1)
  if (state.kind === 'operator-list')
    return `${place},"element":${fieldsJson([{ name: 'v', type: undefined }], entry.values).slice(5, -1)}}`
  const { namespace = null, keyGroup, key, values } = entry
  return `${place},"namespace":${namespace},"keyGroup":${keyGroup},"key":${fieldsJson(state.keys, key)},"values":${fieldsJson(state.values, values)}}`
}

function exampleLine(state: StateSummary, { before, after }: EntryExample): string {
  const entry = (after ?? before)!
  const sign = before === undefined ? '+' : after === undefined ? '-' : '~'
  if (state.kind === 'operator-list') return `    ${sign} ${entryCells(state, entry).join(' ')}`
  const when = entry.namespace === undefined ? '' : `${formatTimestamp(entry.namespace)} `
  const key = cellTexts(state.keys, entry.key).join(', ')
  const differing = state.values.flatMap((field, index) => {
    const [old, now] = [before, after].map((side) =>
      side === undefined ? undefined : valueText(field, side.values[index]),
    )
    if (old === now) return []
    return [`${field.name} ${[old, now].filter((text) => text !== undefined).join(' → ')}`]
  })
  return `    ${sign} ${when}${key}: ${differing.join(', ')}`
}

function stateLines(change: StateChange): string[] {
  const { operator, state, entriesBefore, entriesAfter, added, removed, changed, examples } = change
  const counts = `${entriesBefore} → ${entriesAfter} entries: ${added} added, ${removed} removed, ${changed} changed`
  return [`  ${state.name} of ${operator}: ${counts}`, ...examples.map((example) => exampleLine(state, example))]
}

function splitLine({ operator, split, before, after }: SnapshotDiff['splits'][number]): string {
  const by = Number(after) - Number(before)
  const difference = Number.isFinite(by) ? ` (${by >= 0 ? '+' : ''}${by})` : ''
  return `  ${operator} ${split}: ${before ?? 'not there'} → ${after ?? 'not there'}${difference}`
}

export function renderDiff({ before, after, operatorsAdded, operatorsRemoved, splits, states }: SnapshotDiff): string {
  const title = (manifest: SnapshotDiff['before']): string =>
    `${manifest.type} ${manifest.checkpointId} of ${manifest.jobKey ?? manifest.jobName}, ${formatTimestamp(manifest.completedAt)}`
  return [
    `- ${title(before)}`,
    `+ ${title(after)}`,
    ...operatorsAdded.map((name) => `operator added: ${name}`),
    ...operatorsRemoved.map((name) => `operator removed: ${name}`),
    ...(splits.length === 0 ? [] : ['Positions:', ...splits.map(splitLine)]),
    ...(states.length === 0 ? ['No state on either side.'] : ['State:', ...states.flatMap(stateLines)]),
  ].join('\n')
}

function stateJson(state: StateSummary): Record<string, unknown> {
  if (state.kind === 'operator-list') return { ...state }
  return { ...state, keys: state.keys.map(fieldWithType), values: state.values.map(fieldWithType) }
}

export function inspectionToJson({ location, manifest, operators }: SnapshotInspection): Record<string, unknown> {
  const { operators: _operators, ...facts } = manifest
  return {
    location,
    ...facts,
    operators: operators.map((operator) => ({ ...operator, states: operator.states.map(stateJson) })),
  }
}

export function diffToJson(diff: SnapshotDiff): string {
  const { before, after, operatorsAdded, operatorsRemoved, splits, states } = diff
  const side = ({ type, checkpointId, jobId, jobKey, jobName, completedAt }: SnapshotDiff['before']): object => ({
    type,
    checkpointId,
    job: jobKey ?? jobName,
    jobId,
    completedAt,
  })
  const head = { before: side(before), after: side(after), operatorsAdded, operatorsRemoved, splits }
  const changes = states.map(({ operator, state, examples, ...counts }) => {
    const shown = examples.map((example) => {
      const of = (entry: StateEntry | undefined): string =>
        entry === undefined ? 'null' : entryToJson({ operator, operatorId: '', state }, entry)
      return `{"before":${of(example.before)},"after":${of(example.after)}}`
    })
    return `${JSON.stringify({ operator, state: state.name, ...counts }).slice(0, -1)},"examples":[${shown.join(',')}]}`
  })
  return `${JSON.stringify(head).slice(0, -1)},"states":[${changes.join(',')}]}`
}
