// Vertices of a job as a diagnosis sees them, from its graph and what its subtasks count.
import { localTimeZone } from '../common/local-time-zone.ts'
import type { ExecutableNode, JobGraph, JobVertex } from '../graph/job-graph.ts'
import type { SinkNode, SourceNode } from '../graph/stream-graph.ts'
import type { OperatorSpec } from '../operators/operator-spec.ts'
import type { WindowSpec } from '../windows/window-spec.ts'
import type { OperatorFacts, PendingFacts, SinkFacts, SourceFacts, SubtaskFacts, VertexFacts } from './job-facts.ts'

/** What is counted of a subtask; a job under test has no rates. */
export interface CountedSubtask {
  readonly vertexId: string
  readonly subtaskIndex: number
  readonly status: string
  readonly statusSince: number | undefined
  readonly taskManager: string | undefined
  readonly figures: SubtaskCounts | undefined
}

export interface SubtaskCounts {
  readonly numRecordsIn: number
  readonly numRecordsOut: number
  readonly numRecordsSend: number
  /** `<operator name>.<metric>` */
  readonly operators: Readonly<Record<string, number>>
  readonly numRecordsInPerSecond?: number
  readonly numRecordsOutPerSecond?: number
  readonly busyTimeMsPerSecond?: number
  readonly backPressuredTimeMsPerSecond?: number
}

/** How many records a vertex had to read some seconds ago. */
export type PendingBefore = (vertexId: string) => { readonly at: number; readonly pending: number } | undefined

const share = (msPerSecond: number | undefined): number => Math.min(1, (msPerSecond ?? 0) / 1000)

function subtaskFacts({ subtaskIndex, status, statusSince, taskManager, figures }: CountedSubtask): SubtaskFacts {
  return {
    index: subtaskIndex,
    status,
    statusSince,
    taskManager,
    recordsIn: figures?.numRecordsIn ?? 0,
    recordsOut: (figures?.numRecordsOut ?? 0) + (figures?.numRecordsSend ?? 0),
    recordsInPerSecond: figures?.numRecordsInPerSecond ?? 0,
    recordsOutPerSecond: figures?.numRecordsOutPerSecond ?? 0,
    busy: share(figures?.busyTimeMsPerSecond),
    backPressured: share(figures?.backPressuredTimeMsPerSecond),
  }
}

/** The condition in a calc's description: `select=[…], where=[…]`. */
function conditionIn(description: string): string | undefined {
  const at = description.lastIndexOf('where=[')
  return at < 0 ? undefined : description.slice(at)
}

function filterOf(operator: OperatorSpec): string | undefined {
  switch (operator.type) {
    case 'calc':
      return conditionIn(operator.description)
    case 'filter':
    case 'flat-map':
      return `the job's ${operator.type === 'filter' ? 'filter' : 'flatMap'} function${operator.source === undefined ? '' : ` at ${operator.source}`}`
    case 'sink-constraint':
      return operator.onNull === 'drop'
        ? `rows of ${operator.tableName} with NULL in a NOT NULL column are dropped`
        : undefined
    default:
      return undefined
  }
}

function windowOf(operator: OperatorSpec): WindowSpec | undefined {
  return 'window' in operator ? operator.window : undefined
}

const KEEPS_ROWS: ReadonlySet<OperatorSpec['type']> = new Set([
  'window-aggregate',
  'window-table-function',
  'window-reduce',
  'process',
  'bounded-sort',
  'group-aggregate',
])

type MetricsOf = (suffix: string) => readonly (readonly [string, number])[]

const POSITION = /^KafkaSourceReader\.topic\.(.+)\.partition\.(\d+)\.currentOffset$/

function sourceFacts(
  node: SourceNode,
  isTypeScript: boolean,
  metrics: MetricsOf,
  before: ReturnType<PendingBefore>,
): SourceFacts {
  const { source, watermarks } = node
  const pending = metrics('pendingRecords').map(([, value]) => value)
  const startup = (source.settings as { startup?: { mode?: string } } | null)?.startup?.mode
  const positions = metrics('').flatMap(([name, value]) => {
    const [, topic, partition] = POSITION.exec(name) ?? []
    return topic === undefined ? [] : [[`${topic}-${partition}`, value + 1] as const]
  })
  return {
    tableName: source.tableName,
    connector: source.connector,
    bounded: source.bounded,
    watermarks:
      watermarks === undefined
        ? undefined
        : {
            idleTimeoutMs: watermarks.idleTimeoutMs,
            delayMs: watermarks.expression === undefined ? watermarks.delayMs : undefined,
          },
    startup,
    isTypeScript,
    positions: Object.fromEntries(positions),
    pending: pendingFacts(pending, before),
    unparsable: metrics('numRecordsInErrors').reduce((sum, [, value]) => sum + value, 0),
  }
}

function sinkFacts({ sink }: SinkNode): SinkFacts {
  const { tableName, connector } = sink
  const settings = sink.settings as { tableName?: string; topic?: string } | null
  const [kind, name] = connector === 'jdbc' ? ['table', settings?.tableName] : ['topic', settings?.topic]
  return { tableName, connector, target: name === undefined || name === tableName ? undefined : `${kind} ${name}` }
}

function pendingFacts(pending: readonly number[], before: ReturnType<PendingBefore>): PendingFacts | undefined {
  if (pending.length === 0) return undefined
  const now = pending.reduce((sum, value) => sum + value, 0)
  return { now, before: before?.pending ?? now, beforeAt: before?.at ?? Infinity }
}

function operatorFacts(
  node: ExecutableNode,
  isTypeScript: boolean,
  counted: readonly CountedSubtask[],
  before: ReturnType<PendingBefore>,
): OperatorFacts {
  const { id: nodeId, name } = node
  if (node.kind === 'sink') return { nodeId, name, keepsRows: false, sink: sinkFacts(node) }
  if (node.kind === 'operator') {
    const { operator } = node
    return {
      nodeId,
      name,
      keepsRows: KEEPS_ROWS.has(operator.type),
      filter: filterOf(operator),
      window: windowOf(operator),
    }
  }
  const prefix = `${name}.`
  const metrics: MetricsOf = (metric) =>
    counted.flatMap(({ figures }) =>
      Object.entries(figures?.operators ?? {})
        .filter(([full]) => full.startsWith(prefix) && (metric === '' || full === prefix + metric))
        .map(([full, value]) => [full.slice(prefix.length), value] as const),
    )
  const filter = node.calc === undefined ? undefined : conditionIn(node.calc.description)
  return { nodeId, name, keepsRows: false, filter, source: sourceFacts(node, isTypeScript, metrics, before) }
}

function vertexFacts(
  graph: JobGraph,
  vertex: JobVertex,
  counted: readonly CountedSubtask[],
  before: ReturnType<PendingBefore>,
  isTypeScript: boolean,
): VertexFacts {
  const subtasks = counted.map(subtaskFacts)
  return {
    id: vertex.id,
    name: vertex.name,
    parallelism: vertex.parallelism,
    inputs: [...new Set(vertex.inputs.map((edge) => graph.edges[edge]!.sourceVertex))],
    operators: vertex.chain.map(({ node }) => operatorFacts(node, isTypeScript, counted, before)),
    subtasks,
    recordsIn: subtasks.reduce((sum, { recordsIn }) => sum + recordsIn, 0),
    recordsOut: subtasks.reduce((sum, { recordsOut }) => sum + recordsOut, 0),
  }
}

export interface GraphFactsOptions {
  readonly pendingBefore?: PendingBefore
  /** Default: a job with a bundle is. */
  readonly isTypeScript?: boolean
}

export function graphFacts(
  graph: JobGraph,
  subtasks: readonly CountedSubtask[],
  { pendingBefore = () => undefined, isTypeScript = graph.bundle !== undefined }: GraphFactsOptions = {},
): VertexFacts[] {
  return graph.vertices.map((vertex) =>
    vertexFacts(
      graph,
      vertex,
      subtasks.filter(({ vertexId }) => vertexId === vertex.id),
      pendingBefore(vertex.id),
      isTypeScript,
    ),
  )
}

/** In which the job's event times are people's: the local zone where they are instants, else UTC. */
export function zoneOfGraph(graph: JobGraph): string {
  const nodes = graph.vertices.flatMap(({ chain }) => chain.map(({ node }) => node))
  const isInstant = nodes.some((node) => {
    if (node.kind === 'operator') {
      const time = windowOf(node.operator)?.time
      return (time?.kind === 'rowtime' || time?.kind === 'proctime') && time.ltz
    }
    if (node.kind !== 'source' || node.watermarks === undefined) return false
    const type = node.calc?.outputType ?? node.source.producedType
    return type.fields[node.watermarks.rowtimeColumn]?.type.kind === 'TIMESTAMP_LTZ'
  })
  return isInstant ? localTimeZone(graph.configuration) : 'UTC'
}
