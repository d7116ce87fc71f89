// Collects the nodes of one job while the user's function runs. Each host runs that function again and finds the same
// nodes and functions in the same order; that is why it must not depend on anything outside.
import { FlinktsError } from '../common/errors.ts'
import { deriveNodeId } from '../graph/stable-id.ts'
import type { WatermarkStrategySpec } from '../operators/operator-spec.ts'
import type { SourceNode, StreamGraph, StreamNode } from '../graph/stream-graph.ts'

/** Any user function; it never leaves the process it was made in. */
export type UserFunction = (...arguments_: never[]) => unknown

/** What differs between the places a job is built in. */
export interface BuildContext {
  /** Where the project's Kafka and Postgres are, for connectors that leave the address out. */
  readonly kafkaBootstrapServers: string
  readonly postgresUrl: string
  readonly configuration: Readonly<Record<string, string>>
  /** The place in the user's source that called the API, where the host can tell (`jobs/a.ts:12:5`). */
  readonly callSite?: () => string | undefined
}

export interface BuiltJob {
  readonly graph: StreamGraph
  /** User functions by operator id. */
  readonly functions: ReadonlyMap<string, UserFunction>
}

type WithoutId<N> = N extends StreamNode ? Omit<N, 'id' | 'name'> : never

export class GraphBuilder {
  readonly context: BuildContext
  readonly #nodes: StreamNode[] = []
  readonly #functions = new Map<string, UserFunction>()
  readonly #occurrences = new Map<string, number>()

  constructor(context: BuildContext) {
    this.context = context
  }

  /** Adds a node; its id follows from `uid` or from its place in the graph. Names are numbered as in Flink's plans. */
  add(
    node: WithoutId<StreamNode>,
    name: string,
    options: { uid?: string | undefined; userFunction?: UserFunction } = {},
  ): string {
    const inputs = 'inputs' in node ? node.inputs.map((edge) => edge.from) : []
    const id =
      options.uid === undefined ? this.#deriveId(node.kind, name, inputs) : deriveNodeId('uid', options.uid, [])
    if (this.#nodes.some((existing) => existing.id === id)) {
      throw new FlinktsError('GRAPH_INVALID', `the uid '${options.uid}' is used twice`, {
        fix: 'give each operator a uid of its own',
      })
    }
    this.#nodes.push({ ...node, id, name: `${name}[${this.#nodes.length + 1}]` })
    if (options.userFunction !== undefined) this.#functions.set(id, options.userFunction)
    return id
  }

  /** Watermarks for a source, made per split. A function instead of a field is found under the source's id. */
  setWatermarks(
    sourceId: string,
    watermarks: WatermarkStrategySpec,
    timestampFunction: UserFunction | undefined,
  ): void {
    const index = this.#nodes.findIndex((node) => node.id === sourceId)
    const node = this.#nodes[index] as SourceNode
    this.#nodes[index] = { ...node, watermarks }
    if (timestampFunction !== undefined) this.#functions.set(sourceId, timestampFunction)
  }

  finish(jobName: string, configuration: Readonly<Record<string, string>>): BuiltJob {
    if (!this.#nodes.some((node) => node.kind === 'sink' || node.kind === 'unplanned-sql')) {
      throw new FlinktsError('GRAPH_INVALID', `the job '${jobName}' writes nowhere`, {
        fix: 'end a stream with .sinkTo(…)',
      })
    }
    return {
      graph: { formatVersion: 1, jobName, configuration, nodes: this.#nodes, warnings: [] },
      functions: this.#functions,
    }
  }

  #deriveId(kind: string, name: string, inputs: readonly string[]): string {
    const place = JSON.stringify([kind, name, inputs])
    const occurrence = this.#occurrences.get(place) ?? 0
    this.#occurrences.set(place, occurrence + 1)
    return deriveNodeId(kind, name, inputs, occurrence)
  }
}
