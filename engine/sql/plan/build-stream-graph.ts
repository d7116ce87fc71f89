// Physical plan → stream graph: ids, names, edges.
import type { Partitioning, SourceNode, StreamEdge, StreamGraph, StreamNode } from '../../graph/stream-graph.ts'
import { deriveNodeId } from '../../graph/stable-id.ts'
import { isInsertOnly } from './changelog-mode.ts'
import { parallelismOf } from './physical-context.ts'
import type { PhysicalExchange, PhysicalNode, PhysicalOperator, PhysicalSink, PhysicalSource } from './physical-node.ts'
import type { PlanSettings } from './plan-settings.ts'

/** Builds nodes in topological order; equal sources become one node. */
class GraphBuilder {
  readonly nodes: StreamNode[] = []
  readonly #settings: PlanSettings
  readonly #sources = new Map<string, string>()
  readonly #built = new Map<PhysicalNode, string>()
  readonly #ids = new Set<string>()
  /** Operators that a plan for another parallelism may do without → what feeds them. */
  readonly #optional = new Map<string, string>()

  constructor(settings: PlanSettings) {
    this.#settings = settings
  }

  add(node: PhysicalNode): string {
    const known = this.#built.get(node)
    if (known !== undefined) return known
    const id = this.#add(node)
    this.#built.set(node, id)
    return id
  }

  #add(node: PhysicalNode): string {
    switch (node.kind) {
      case 'source':
        return this.#addSource(node)
      case 'operator':
        return this.#addOperator(node)
      case 'sink':
        return this.#addSink(node)
      case 'exchange':
        return this.add(node.input)
    }
  }

  #id(kind: string, description: string, inputs: readonly string[]): string {
    for (let occurrence = 0; ; occurrence++) {
      const id = deriveNodeId(kind, description, inputs, occurrence)
      if (this.#ids.has(id)) continue
      this.#ids.add(id)
      return id
    }
  }

  /** Ids must be the same with and without optional operators: state is restored at any parallelism. */
  #idsOf(inputs: readonly StreamEdge[]): string[] {
    return inputs.map(({ from }) => this.#optional.get(from) ?? from)
  }

  #name(title: string): string {
    return `${title}[${this.nodes.length + 1}]`
  }

  #addSource(node: PhysicalSource): string {
    const { source, calc, watermarks, parallelism } = node
    const content = JSON.stringify([source, calc?.code, watermarks, parallelism])
    const known = this.#sources.get(content)
    if (known !== undefined) return known
    const id = this.#id('source', `${source.connector}:${source.tableName}`, [])
    this.#sources.set(content, id)
    const added: SourceNode = {
      kind: 'source',
      id,
      name: this.#name(source.tableName),
      outputType: node.type,
      source,
      calc,
      watermarks,
      parallelism,
    }
    this.nodes.push(added)
    return id
  }

  #addOperator(node: PhysicalOperator): string {
    const inputs = node.inputs.map((input) => this.#edge(input, node))
    const { operator } = node
    const isLocalPhase = operator.type === 'window-aggregate' && operator.phase === 'local'
    const id = this.#id(isLocalPhase ? `local-${operator.type}` : operator.type, node.stateDigest, this.#idsOf(inputs))
    if (isLocalPhase) this.#optional.set(id, inputs[0]!.from)
    this.nodes.push({
      kind: 'operator',
      id,
      name: this.#name(node.title),
      outputType: node.type,
      operator,
      inputs,
      parallelism: parallelismOf(node),
    })
    return id
  }

  #addSink(node: PhysicalSink): string {
    const inputs = [this.#edge(node.input, node)]
    const { sink } = node
    const id = this.#id('sink', `${sink.connector}:${sink.tableName}`, this.#idsOf(inputs))
    const name = this.#name(sink.tableName)
    this.nodes.push({
      kind: 'sink',
      id,
      name,
      outputType: node.type,
      sink,
      inputs,
      parallelism: parallelismOf(node) ?? parallelismOf(node.input),
    })
    return id
  }

  #edge(input: PhysicalNode, consumer: PhysicalOperator | PhysicalSink): StreamEdge {
    return {
      from: this.add(input),
      partitioning: input.kind === 'exchange' ? this.#exchanged(input) : this.#direct(input, consumer),
    }
  }

  #exchanged(node: PhysicalExchange): Partitioning {
    return node.partitioning
  }

  /** Without an exchange rows stay in their subtask, where the consumer has as many. */
  #direct(input: PhysicalNode, consumer: PhysicalOperator | PhysicalSink): Partitioning {
    const standard = this.#settings.parallelism
    const from = parallelismOf(input) ?? standard
    const to = (consumer.kind === 'sink' ? (consumer.parallelism ?? from) : parallelismOf(consumer)) ?? standard
    if (from === to) return { kind: 'forward' }
    return to === 1 || !isInsertOnly(input.changelog) ? { kind: 'global' } : { kind: 'rebalance' }
  }
}

/** Batch jobs take no checkpoints, as in Flink: their operators keep rows in plain memory. */
function jobConfiguration({ configuration, isBatch }: PlanSettings): Readonly<Record<string, string>> {
  if (!isBatch) return configuration
  return Object.fromEntries(
    Object.entries(configuration).filter(([key]) => !key.startsWith('execution.checkpointing.')),
  )
}

export function buildStreamGraph(
  roots: readonly PhysicalNode[],
  jobName: string,
  settings: PlanSettings,
  warnings: readonly string[],
): StreamGraph {
  const builder = new GraphBuilder(settings)
  for (const root of roots) builder.add(root)
  return { formatVersion: 1, jobName, configuration: jobConfiguration(settings), nodes: builder.nodes, warnings }
}
