// What became of one record: not read yet, not parsable, filtered out, late, in which windows. What is not known is said.
import type { LateRecord } from '../metrics/diagnostics.ts'
import type { Finding, Severity } from './finding.ts'
import type { RecordFacts, RecordInSource, RecordRow, RecordWindows } from './job-facts.ts'
import type { JobIndex, SourceView } from './job-index.ts'
import { windowsOfOperator, type OperatorWindows } from './open-windows.ts'
import { windowsOfTime, type PlacedWindow } from './windows.ts'
import { counted, duration, known, windowText } from './phrase.ts'

interface Fate {
  readonly text: string
  readonly details: readonly string[]
  readonly severity: Severity
  readonly state: string
}

function positionOf(index: JobIndex, view: SourceView, splitId: string): number | undefined {
  const told = index.splits.find(({ id, source }) => id === splitId && source.operator === view.operator)?.position
  const position = told === undefined ? NaN : Number(told)
  return Number.isFinite(position) ? position : view.source.positions[splitId]
}

function fieldsText(fields: Readonly<Record<string, string>>): string {
  return Object.entries(fields)
    .map(([name, value]) => `${name}=${value}`)
    .join(', ')
}

function rowDetails(index: JobIndex, row: RecordRow): string[] {
  const { eventTime, watermark, fields } = row
  const behind =
    watermark === undefined ? '' : `; by itself it brings its partition's watermark to ${index.times.text(watermark)}`
  return [
    `its fields: ${fieldsText(fields)}`,
    ...(eventTime === undefined
      ? ['it has no event time']
      : [`its event time: ${index.times.text(eventTime)}${behind}`]),
    ...row.unknownBehind.map(
      (name) =>
        `what ${name} makes of it is not known: it keeps or runs something that cannot be looked at from outside`,
    ),
  ]
}

interface WindowFate {
  readonly text: string
  readonly state: 'open' | 'fired' | 'maybe-late' | 'late' | 'unknown'
}

/** The same event time (of results of an aggregation: the same last window), and no field that differs. */
function isExample(row: RecordRow, late: LateRecord, windows: readonly PlacedWindow[]): boolean {
  const sameTime =
    late.isAggregated === true ? windows.at(-1)?.firesAt === late.windowEnd : late.eventTime === row.eventTime
  if (!sameTime) return false
  return Object.entries(late.row).every(([name, value]) => row.fields[name] === undefined || row.fields[name] === value)
}

interface WindowPlace {
  readonly told: OperatorWindows | undefined
  readonly windows: readonly PlacedWindow[]
  /** Of the operator's time; -Infinity: not known, or none yet. */
  readonly reached: number
  readonly isSession: boolean
}

function placeOf(index: JobIndex, { nodeId, time }: RecordWindows): WindowPlace {
  const vertex = index.facts.vertices.find(({ operators }) => operators.some((each) => each.nodeId === nodeId))
  const operator = vertex?.operators.find((each) => each.nodeId === nodeId)
  const told = vertex === undefined || operator === undefined ? undefined : windowsOfOperator(index, vertex, operator)
  const spec = operator?.window
  return {
    told,
    windows: spec === undefined || !Number.isFinite(time) ? [] : windowsOfTime(spec, time),
    reached: Math.max(told?.firedUpTo ?? -Infinity, told?.watermark ?? -Infinity),
    isSession: spec?.shape.kind === 'session',
  }
}

function fatesOf(index: JobIndex, row: RecordRow, wanted: RecordWindows): WindowFate[] {
  const { times, facts } = index
  const { told, windows, reached, isSession } = placeOf(index, wanted)
  const late = index.operatorViews(wanted.nodeId).flatMap((view) => view.told.late ?? [])
  const dropped = late.reduce((sum, each) => sum + each.dropped, 0)
  const examples = late.flatMap((each) => each.examples)
  const example = examples.find((each) => isExample(row, each, windows))
  if (example !== undefined) {
    return [
      {
        state: 'late',
        text: `${wanted.name} dropped it as late, ${duration(facts.now - example.at)} ago: the watermark ${times.text(example.watermark)} had passed its last window, which fired at ${times.text(example.windowEnd)}; it was ${duration(example.watermark - example.eventTime)} behind the watermark`,
      },
    ]
  }
  return windows.map((window): WindowFate => {
    const name = `${isSession ? 'a session that lasts at least' : 'window'} ${windowText(window)} of ${wanted.name}`
    if (told === undefined) return { state: 'unknown', text: `it belongs to ${name}; what became of that is not known` }
    if (reached < window.firesAt) {
      return {
        state: 'open',
        text: `it belongs to ${name}, which is open: it fires when the watermark reaches ${times.text(window.firesAt)} (now: ${times.text(told.watermark)})`,
      }
    }
    const fired = `${name} has fired, at watermark ${times.text(window.firesAt)}`
    if (dropped > examples.length) {
      return {
        state: 'maybe-late',
        text: `${fired}: it is in the result, unless it came later than that; ${counted(dropped, 'record was', 'records were')} dropped as late, and it is not among the last ones, which are kept as examples`,
      }
    }
    const since = facts.restarts > 0 ? ' since the last restart' : ''
    const lost = dropped === 0 ? 'no record was' : `only ${counted(dropped, 'other was', 'others were')}`
    return { state: 'fired', text: `${fired}: it is in the result, for ${lost} dropped as late${since}` }
  })
}

/** What would become of a record that is still to be read. */
function expectedFate(index: JobIndex, row: RecordRow): string[] {
  if (row.filteredBy.length > 0) return [`when it is read, it will be filtered out by ${row.filteredBy.join('; ')}`]
  return row.windows.flatMap((wanted) => {
    const { told, windows, reached } = placeOf(index, wanted)
    const last = windows.at(-1)
    if (told === undefined || last === undefined) return []
    if (reached < last.firesAt)
      return [`were it read now, it would come in time for window ${windowText(last)} of ${wanted.name}`]
    return [
      `were it read now, it would be late: ${wanted.name} has fired its last window, at watermark ${index.times.text(last.firesAt)} (now: ${index.times.text(reached)})`,
    ]
  })
}

function notRead(index: JobIndex, { outcome }: RecordInSource, position: number, record: RecordFacts): Fate {
  const before = record.offset - position
  const rows = outcome.kind === 'rows' ? outcome.rows : []
  return {
    state: 'not-read',
    severity: 'cause',
    text: `has not been read yet: the source is at offset ${position}, ${before === 0 ? 'it is the next one' : `${counted(before, 'record comes', 'records come')} before it`}`,
    details: [
      ...(outcome.kind === 'unparsable' ? [`it cannot be parsed: ${outcome.error}`] : []),
      ...rows.flatMap((row) => [...rowDetails(index, row), ...expectedFate(index, row)]),
    ],
  }
}

function readRow(index: JobIndex, row: RecordRow): Fate {
  const details = rowDetails(index, row)
  const fates = row.windows.flatMap((windows) => fatesOf(index, row, windows))
  if (row.filteredBy.length > 0 && fates.length === 0) {
    return {
      state: 'filtered',
      severity: 'cause',
      text: `was read and filtered out by ${row.filteredBy[0]}`,
      details: [...details, ...row.filteredBy.slice(1)],
    }
  }
  const filtered = row.filteredBy.map((name) => `on another way through the job it was filtered out by ${name}`)
  const lines = [...fates.map(({ text }) => text), ...filtered, ...details]
  const has = (state: WindowFate['state']): boolean => fates.some((fate) => fate.state === state)
  if (has('late')) return { state: 'late', severity: 'cause', text: 'was read and dropped as late', details: lines }
  if (has('open'))
    return {
      state: 'open',
      severity: 'cause',
      text: `was read; ${has('fired') || has('maybe-late') ? 'some of its windows have fired, others are still open' : 'its window is still open'}`,
      details: lines,
    }
  if (has('unknown'))
    return {
      state: 'unknown',
      severity: 'note',
      text: 'was read; what became of its windows is not known',
      details: lines,
    }
  if (has('maybe-late'))
    return { state: 'fired', severity: 'note', text: 'was read, and its windows have fired', details: lines }
  if (has('fired'))
    return {
      state: 'fired',
      severity: 'note',
      text: 'was read and is in the result: its windows have fired',
      details: lines,
    }
  if (row.unknownBehind.length > 0)
    return {
      state: 'unknown',
      severity: 'note',
      text: `was read; what became of it behind ${row.unknownBehind[0]} is not known`,
      details: lines,
    }
  return {
    state: 'read',
    severity: 'note',
    text: 'was read, passes all conditions and is in no window: it has been handed on to the sink',
    details: lines,
  }
}

function fateOf(index: JobIndex, view: SourceView, found: RecordInSource, record: RecordFacts): Fate {
  const { outcome, range } = found
  if (outcome.kind === 'not-found') {
    const holds =
      range === undefined
        ? []
        : [`the partition holds offsets ${range.from} up to ${range.to} (the next one to be written)`]
    return { state: 'not-found', severity: 'cause', text: `was not found: ${outcome.reason}`, details: holds }
  }
  const position = positionOf(index, view, found.splitId)
  if (position !== undefined && record.offset >= position) return notRead(index, found, position, record)
  const unsure = position === undefined ? ['how far the source has read is not known: it may not have read it yet'] : []
  const fate = readFate(index, view, outcome)
  return {
    ...fate,
    details: [...unsure, ...fate.details],
    text: position === undefined ? fate.text.replace(/^was read/, 'once read') : fate.text,
  }
}

function readFate(
  index: JobIndex,
  { source }: SourceView,
  outcome: Exclude<RecordInSource['outcome'], { kind: 'not-found' }>,
): Fate {
  if (outcome.kind === 'unparsable') {
    const skipped = source.unparsable > 0
    return {
      state: 'unparsable',
      severity: 'cause',
      text: `cannot be parsed by the format of ${source.tableName}${skipped ? ' and was skipped' : ''}`,
      details: [outcome.error],
    }
  }
  const [row, ...more] = outcome.kind === 'rows' ? outcome.rows : []
  if (row === undefined)
    return {
      state: 'no-row',
      severity: 'cause',
      text: 'was read and gives no row: it has no value (a tombstone), or its format skips it',
      details: [],
    }
  const fate = readRow(index, row)
  return more.length === 0
    ? fate
    : { ...fate, details: [`it gives ${more.length + 1} rows; the first is told of`, ...fate.details] }
}

function notOfJob(index: JobIndex, { topic, partition, offset }: RecordFacts): Finding {
  return {
    kind: 'record',
    severity: 'cause',
    text: `record ${topic}:${partition}:${offset} is none of this job's: it does not read topic ${topic}`,
    details: index.sources.length === 0 ? [] : [`it reads ${index.sourceNames}`],
    facts: { topic, partition, offset, state: 'not-read-by-job' },
  }
}

/** One finding for each source that reads the topic. */
export function diagnoseRecord(index: JobIndex, record: RecordFacts): Finding[] {
  const { topic, partition, offset } = record
  const views = record.sources.flatMap((found) => {
    const view = index.sources.find(({ operator }) => operator.nodeId === found.nodeId)
    return view === undefined ? [] : [{ found, view }]
  })
  if (views.length === 0) return [notOfJob(index, record)]
  return views.map(({ found, view }) => {
    const { text, details, severity, state } = fateOf(index, view, found, record)
    const row = found.outcome.kind === 'rows' ? found.outcome.rows[0] : undefined
    const by = views.length === 1 ? '' : ` (${view.operator.name})`
    return {
      kind: 'record',
      severity,
      text: `record ${topic}:${partition}:${offset}${by} ${text}`,
      details,
      facts: {
        ...known({
          topic,
          partition,
          offset,
          state,
          source: view.operator.name,
          position: positionOf(index, view, found.splitId),
          eventTime: row?.eventTime,
          watermark: row?.watermark,
        }),
        ...(row === undefined ? {} : { fields: row.fields }),
      },
    }
  })
}
