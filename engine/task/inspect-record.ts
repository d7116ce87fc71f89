// Follows one record from its topic through a job's graph, as far as that can be done from outside: what the source makes of
// it, which conditions it does not pass, at which time windows see it. Nothing of the running job is touched, and no user
// function is called: they run in TaskManagers only.
import { isFlinktsError } from '../common/errors.ts'
import { localTimeZone } from '../common/local-time-zone.ts'
import type { FoundRecord, RecordPosition } from '../connectors/kafka/read-record.ts'
import type { KafkaSourceSettings } from '../connectors/kafka/kafka-settings.ts'
import type { Secrets } from '../connectors/secret-slot.ts'
import { castToString } from '../functions/cast-to-string.ts'
import type { OperatorNode, SourceNode, StreamGraph, StreamNode } from '../graph/stream-graph.ts'
import type { JobGraph } from '../graph/job-graph.ts'
import { rowTimesOfColumn } from '../time/row-watermarks.ts'
import { sliceBatch } from '../time/slice-batch.ts'
import type { TaskEnvironment } from './task-environment.ts'
import { getCell, type RecordBatch } from '../types/record-batch.ts'

/** One row of the record, and what is known of its way. */
export interface InspectedRow {
  /** Column names and values, for people. */
  readonly fields: Readonly<Record<string, string>>
  readonly eventTime: number | undefined
  /** What the watermark expression makes of it. */
  readonly watermark: number | undefined
  readonly filteredBy: readonly string[]
  /** Operators with windows that it comes to, and its time as they see it. */
  readonly windows: readonly { readonly nodeId: string; readonly name: string; readonly time: number }[]
  readonly unknownBehind: readonly string[]
}

export interface InspectedSource {
  readonly nodeId: string
  readonly splitId: string
  readonly range: FoundRecord['range']
  readonly outcome:
    | { readonly kind: 'not-found'; readonly reason: string }
    | { readonly kind: 'unparsable'; readonly error: string }
    | { readonly kind: 'no-row' }
    | { readonly kind: 'rows'; readonly rows: readonly InspectedRow[] }
}

export interface InspectedJob {
  readonly nodes: readonly StreamNode[]
  readonly configuration: Readonly<Record<string, string>>
  readonly secrets: Secrets | undefined
}

/** Kafka answers within this, or it is said that it did not. */
const LIMIT_MS = 3000

export function inspectedJobOf(graph: JobGraph | StreamGraph, secrets: Secrets | undefined): InspectedJob {
  const nodes = 'nodes' in graph ? graph.nodes : graph.vertices.flatMap(({ chain }) => chain.map(({ node }) => node))
  return { nodes, configuration: graph.configuration, secrets }
}

/** One for each Kafka source of the job that reads the topic; empty: none does. */
export async function inspectRecord(
  job: InspectedJob,
  place: RecordPosition,
  environment: TaskEnvironment,
): Promise<InspectedSource[]> {
  const sources = job.nodes.filter(
    (node): node is SourceNode => node.kind === 'source' && topicsOf(node).includes(place.topic),
  )
  const abort = new AbortController()
  const timer = environment.clock.setTimer(LIMIT_MS, () => abort.abort())
  try {
    return await Promise.all(sources.map((source) => inspectSource(job, source, place, environment, abort.signal)))
  } finally {
    timer.cancel()
  }
}

function topicsOf({ source }: SourceNode): readonly string[] {
  return source.connector === 'kafka' ? (source.settings as unknown as KafkaSourceSettings).topics : []
}

async function inspectSource(
  job: InspectedJob,
  node: SourceNode,
  place: RecordPosition,
  environment: TaskEnvironment,
  signal: AbortSignal,
): Promise<InspectedSource> {
  const { clock, random } = environment
  const { configuration, secrets } = job
  // only here: whoever never asks for a record loads no client on the JobManager's thread
  const { readRecord } = await import('../connectors/kafka/read-record.ts')
  const found = await readRecord(node.source, { clock, random, secrets, configuration, signal }, place)
  const known = { nodeId: node.id, splitId: `${place.topic}-${place.partition}`, range: found.range }
  switch (found.kind) {
    case 'not-found':
      return { ...known, outcome: { kind: 'not-found', reason: found.reason } }
    case 'unparsable':
      return { ...known, outcome: { kind: 'unparsable', error: found.error } }
    case 'no-row':
      return { ...known, outcome: { kind: 'no-row' } }
    case 'rows': {
      const walk = new Walk(job, environment)
      const rows = Array.from({ length: found.batch.rowCount }, (_, row) =>
        walk.from(node, sliceBatch(found.batch, row, row + 1)),
      )
      return { ...known, outcome: { kind: 'rows', rows } }
    }
  }
}

interface Trail {
  readonly filteredBy: string[]
  readonly windows: { nodeId: string; name: string; time: number }[]
  readonly unknownBehind: string[]
}

class Walk {
  readonly #job: InspectedJob
  readonly #environment: TaskEnvironment

  constructor(job: InspectedJob, environment: TaskEnvironment) {
    this.#job = job
    this.#environment = environment
  }

  /** A batch of one row, as the source's format gives it. */
  from(node: SourceNode, batch: RecordBatch): InspectedRow {
    const trail: Trail = { filteredBy: [], windows: [], unknownBehind: [] }
    const zone = localTimeZone(this.#job.configuration)
    const fields = fieldsOf(batch, zone)
    const times: { eventTime?: number; watermark?: number } = {}
    try {
      const rows = node.calc === undefined ? batch : this.#calc(node.calc.code, batch)
      if (rows === undefined) trail.filteredBy.push(`${node.name}: ${node.calc!.description}`)
      else {
        Object.assign(fields, fieldsOf(rows, zone))
        this.#follow(node.id, this.#timed(node, rows, times, trail), trail)
      }
    } catch (error) {
      if (!isFlinktsError(error)) throw error
      trail.unknownBehind.push(`${node.name} (${error.message})`)
    }
    return { fields, eventTime: times.eventTime, watermark: times.watermark, ...trail }
  }

  #calc(code: string, batch: RecordBatch): RecordBatch | undefined {
    const context = { configuration: this.#job.configuration, currentWatermark: () => -Infinity }
    const rows = this.#environment.loadCalc(code, context)(batch)
    return rows === undefined || rows.rowCount === 0 ? undefined : rows
  }

  /** The batch with its event time, as the source's watermark strategy sees it. */
  #timed(
    { id, name, watermarks }: SourceNode,
    batch: RecordBatch,
    times: { eventTime?: number; watermark?: number },
    trail: Trail,
  ): RecordBatch {
    if (watermarks === undefined) return batch
    if (watermarks.hasTimestampFunction === true) {
      trail.unknownBehind.push(`the timestamp function of ${name}`)
      return batch
    }
    let timed = batch
    const output = {
      emit: (emitted: RecordBatch) => void (timed = emitted),
      emitWatermark: () => undefined,
      emitStatus: () => undefined,
    }
    const context = { configuration: this.#job.configuration, currentWatermark: () => -Infinity }
    const made = this.#environment.createSourceWatermarks(watermarks, output, context)
    made.addSplit(id)
    made.processBatch(id, batch)
    times.eventTime = rowTimesOfColumn(watermarks.rowtimeColumn)(batch)[0]!
    const watermark = made.highestWatermarkOf(id)
    if (watermark !== undefined) times.watermark = watermark
    return timed
  }

  #follow(nodeId: string, batch: RecordBatch, trail: Trail): void {
    for (const node of this.#job.nodes) {
      if (node.kind !== 'operator') continue
      // side outputs carry what the operator makes of it, not the row
      if (node.inputs.some(({ from, output }) => from === nodeId && output === undefined))
        this.#pass(node, batch, trail)
    }
  }

  #pass(node: OperatorNode, batch: RecordBatch, trail: Trail): void {
    const { operator, name, id } = node
    switch (operator.type) {
      case 'calc': {
        const rows = this.#calc(operator.code, batch)
        if (rows === undefined) trail.filteredBy.push(`${name}: ${operator.description}`)
        else this.#follow(id, rows, trail)
        return
      }
      case 'sink-constraint':
      case 'union':
      case 'watermark-assigner':
        return this.#follow(id, batch, trail)
      case 'window-aggregate':
      case 'window-table-function':
      case 'window-reduce':
        return this.#window(node, operator.window.time, batch, trail)
      default:
        trail.unknownBehind.push(name)
    }
  }

  #window(
    node: OperatorNode,
    time: Extract<OperatorNode['operator'], { type: 'window-aggregate' }>['window']['time'],
    batch: RecordBatch,
    trail: Trail,
  ): void {
    const { id, name } = this.#globalPhaseOf(node)
    if (time.kind === 'rowtime')
      trail.windows.push({ nodeId: id, name, time: rowTimesOfColumn(time.column)(batch)[0]! })
    else if (time.kind === 'event-time' && batch.eventTimes !== undefined)
      trail.windows.push({ nodeId: id, name, time: batch.eventTimes[0]! })
    else trail.unknownBehind.push(name)
  }

  /** Where windows are pre-aggregated, they fire behind the exchange. */
  #globalPhaseOf(node: OperatorNode): OperatorNode {
    if (node.operator.type !== 'window-aggregate' || node.operator.phase !== 'local') return node
    const global = this.#job.nodes.find(
      (each): each is OperatorNode => each.kind === 'operator' && each.inputs.some(({ from }) => from === node.id),
    )
    return global ?? node
  }
}

/** As examples of late records show them. */
function fieldsOf({ type, columns }: RecordBatch, zone: string): Record<string, string> {
  return Object.fromEntries(
    type.fields.map((field, index) => {
      const cell = getCell(field.type, columns[index]!, 0)
      return [field.name, cell === null ? 'NULL' : (castToString(field.type, zone)(cell) ?? 'NULL')]
    }),
  )
}
