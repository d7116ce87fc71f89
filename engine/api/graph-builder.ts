// Collects the nodes of one job while the user's function runs. Each host runs that function again and finds the same
// nodes and functions in the same order; that is why it must not depend on anything outside.
import { FlinktsError } from '../common/errors.ts'
import { deriveNodeId, placeOfEdge } from '../graph/stable-id.ts'
import { warningsOfTraps } from './warnings-of-traps.ts'
import type { WatermarkStrategySpec } from '../operators/operator-spec.ts'
import type { SourceNode, StreamGraph, StreamNode } from '../graph/stream-graph.ts'
import { typeToString } from '../types/logical-type.ts'

/** Any user function; it never leaves the process it was made in. */
export type UserFunction = (...arguments_: never[]) => unknown

/** What differs between the places a job is built in. None of it changes operators or their ids. */
export interface BuildContext {
  /** Where the project's Kafka and Postgres (a JDBC URL) are, for connectors that leave the address out. */
  readonly kafkaBootstrapServers: string
  readonly postgresUrl: string
  /** Settings under Flink's keys; the job's own go before them. */
  readonly configuration: Readonly<Record<string, string>>
  /** Added to the options of every Kafka source, under Flink's keys (e.g. to bound it). */
  readonly kafkaSourceOptions?: Readonly<Record<string, string>> | undefined
  /** The place in the user's source that called the API, where the host can tell: `jobs/a.ts:12:5`. */
  readonly callSite?: (() => string | undefined) | undefined
}

export interface BuiltJob {
  readonly graph: StreamGraph
  /** User functions by operator id. */
  readonly functions: ReadonlyMap<string, UserFunction>
  /** What each node is, by id: two runs of the same bundle must agree in it. See JobBundle.signature. */
  readonly signature: Readonly<Record<string, string>>
}

type WithoutId<N> = N extends StreamNode ? Omit<N, 'id' | 'name'> : never

export interface NodeOptions {
  /** For people. Default: `what`. */
  readonly name?: string | undefined
  readonly uid?: string | undefined
  /** What its state depends on (windows, keys …): a node with another digest does not find this one's state. */
  readonly stateDigest?: unknown
  readonly userFunction?: UserFunction | undefined
}

export class GraphBuilder {
  readonly context: BuildContext
  readonly #nodes: StreamNode[] = []
  readonly #functions = new Map<string, UserFunction>()
  /** Where sources were given their watermarks, `jobs/a.ts:12:5`. */
  readonly #places = new Map<string, string>()
  readonly #occurrences = new Map<string, number>()

  constructor(context: BuildContext) {
    this.context = context
  }

  /**
   * Adds a node and gives its id, which follows from `uid` or from what it is and its place in the graph. `what`: `Map`,
   * `rides`. Names are numbered as in Flink's plans.
   */
  add(node: WithoutId<StreamNode>, what: string, options: NodeOptions = {}): string {
    const inputs = 'inputs' in node ? node.inputs.map(placeOfEdge) : []
    const id =
      options.uid === undefined
        ? this.#deriveId(node.kind, `${what} ${JSON.stringify(options.stateDigest ?? null)}`, inputs)
        : deriveNodeId('uid', options.uid, [])
    if (this.#nodes.some((existing) => existing.id === id)) {
      throw new FlinktsError('GRAPH_INVALID', `the uid '${options.uid}' is used twice`, {
        fix: 'give each operator a uid of its own',
      })
    }
    this.#nodes.push({ ...node, id, name: `${options.name ?? what}[${this.#nodes.length + 1}]` })
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
    const place = this.context.callSite?.()
    if (place !== undefined) this.#places.set(sourceId, place)
    if (timestampFunction !== undefined) this.#functions.set(sourceId, timestampFunction)
  }

  finish(jobName: string): BuiltJob {
    if (!this.#nodes.some((node) => node.kind === 'sink' || node.kind === 'unplanned-sql')) {
      throw new FlinktsError('GRAPH_INVALID', `the job '${jobName}' writes nowhere`, {
        fix: 'end a stream with .sinkTo(…)',
      })
    }
    const { configuration } = this.context
    const warnings = warningsOfTraps(this.#nodes, configuration, this.#places)
    return {
      graph: { formatVersion: 1, jobName, configuration, nodes: this.#nodes, warnings },
      functions: this.#functions,
      signature: Object.fromEntries(this.#nodes.map((node) => [node.id, describeNode(node)])),
    }
  }

  #deriveId(kind: string, description: string, inputs: readonly string[]): string {
    const place = JSON.stringify([kind, description, inputs])
    const occurrence = this.#occurrences.get(place) ?? 0
    this.#occurrences.set(place, occurrence + 1)
    return deriveNodeId(kind, description, inputs, occurrence)
  }
}

/** `Map[3] (map) ROW<…>`; addresses and places in the source are not part of it. */
function describeNode(node: StreamNode): string {
  const what = node.kind === 'operator' ? node.operator.type : node.kind
  return `${node.name} (${what}) ${typeToString(node.outputType)}`
}
