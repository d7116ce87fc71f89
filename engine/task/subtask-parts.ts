// Builds what a subtask consists of: reader or input gate, operator chain, exchanges, sinks; restores their state.
import { FlinktsError } from '../common/errors.ts'
import { ExchangeWriter } from '../exchange/exchange-writer.ts'
import { InputGate } from '../exchange/input-gate.ts'
import { MetricRegistry } from '../metrics/metric-group.ts'
import { keyGroupRangeFor } from '../state/key-groups.ts'
import { createPartitioner } from './create-partitioner.ts'
import { OperatorChain } from './operator-chain.ts'
import { SourceInput } from './source-input.ts'
import type { StateSection, StateStorage } from '../checkpoint/checkpoint-storage.ts'
import type { Json } from '../common/json.ts'
import type { RuntimeContext, SinkWriter, SourceReader } from '../connectors/connector.ts'
import type { InputChannel, OutputChannel } from '../exchange/channel.ts'
import type { JobEdge } from '../graph/job-graph.ts'
import type { Operator } from '../operators/operator.ts'
import type { StateBackend, StateSnapshot } from '../state/state-backend.ts'
import type { CheckpointBarrier } from '../types/stream-element.ts'
import type { Mailbox } from './mailbox.ts'
import type { ChannelDescriptor, SubtaskDescriptor } from './subtask-descriptor.ts'
import type { TaskEnvironment, UserFunctions } from './task-environment.ts'

/** What the TaskManager gives to its subtasks. */
export interface SubtaskHost {
  readonly environment: TaskEnvironment
  readonly storage: StateStorage
  openInput(channel: ChannelDescriptor, wake: () => void): InputChannel
  openOutput(channel: ChannelDescriptor, wake: () => void): OutputChannel
  closeChannels(descriptor: SubtaskDescriptor): void
  userFunctions(descriptor: SubtaskDescriptor): Promise<UserFunctions | undefined>
}

export interface SubtaskWiring {
  readonly mailbox: Mailbox
  readonly signal: AbortSignal
  readonly onBarrier: (barrier: CheckpointBarrier) => void
  readonly onEndOfInput: () => void
}

interface ChainedSink {
  readonly operatorId: string
  readonly writer: SinkWriter
}

export class SubtaskParts {
  readonly chain: OperatorChain
  readonly reader: SourceReader | undefined
  readonly sinks: readonly ChainedSink[]
  readonly source: SourceInput | undefined
  readonly gate: InputGate | undefined
  readonly #stateful: readonly { readonly operatorId: string; readonly backend: StateBackend }[]
  readonly #onEndOfInput: () => void
  readonly #gateCounts: { records: number }

  constructor(parts: {
    chain: OperatorChain
    reader: SourceReader | undefined
    sinks: readonly ChainedSink[]
    source: SourceInput | undefined
    gate: InputGate | undefined
    stateful: readonly { readonly operatorId: string; readonly backend: StateBackend }[]
    onEndOfInput: () => void
    gateCounts: { records: number }
  }) {
    this.chain = parts.chain
    this.reader = parts.reader
    this.sinks = parts.sinks
    this.source = parts.source
    this.gate = parts.gate
    this.#stateful = parts.stateful
    this.#onEndOfInput = parts.onEndOfInput
    this.#gateCounts = parts.gateCounts
  }

  start(): void {
    this.gate?.start()
  }

  /** Takes input; false where none is there now. */
  poll(): boolean {
    if (this.gate !== undefined) return this.gate.poll()
    const status = this.source!.poll()
    if (status === 'end-of-input') this.#onEndOfInput()
    return status !== 'nothing-available'
  }

  endOfInput(): void {
    this.endEventTime()
    this.chain.endOutputs()
  }

  /** All windows fire, all operators hand on what they hold back. Behind the gate the watermark itself has come already. */
  endEventTime(): void {
    this.source?.endOfInput()
    this.chain.endOfInput()
  }

  /** What the opened sinks write to, by operator id. */
  sinkIdentities(): Record<string, Json> {
    const known = this.sinks.flatMap(({ operatorId, writer }) => {
      const identity = writer.identity?.()
      return identity === undefined ? [] : [[operatorId, identity] as const]
    })
    return Object.fromEntries(known)
  }

  /** Throws CHECKPOINT_INCOMPATIBLE where an operator no longer declares a state that was restored to it. */
  checkAllRestored(): void {
    for (const { operatorId, backend } of this.#stateful) {
      const [lost] = backend.unclaimedStates()
      if (lost === undefined) continue
      throw new FlinktsError(
        'CHECKPOINT_INCOMPATIBLE',
        `the changed job does not use state '${lost}' of operator ${operatorId}, which the checkpoint holds`,
        { fix: 'Begin anew with --fresh, or drop that state with --allow-non-restored-state.' },
      )
    }
  }

  /** Freezes all declared state; encoding happens when the sections are read. */
  snapshotState(): StateSection[] {
    return this.#stateful.map(({ operatorId, backend }) => ({ operatorId, chunks: chunksOf(backend.snapshot()) }))
  }

  recordsIn(): number {
    return this.source?.recordsIn ?? this.#gateCounts.records
  }

  watermark(): number {
    return this.source?.watermark ?? this.gate!.currentWatermark
  }

  get isIdle(): boolean {
    return this.source?.isIdle ?? this.gate!.isIdle
  }

  async close(): Promise<void> {
    this.source?.close()
    const closing = [this.reader, ...this.sinks.map(({ writer }) => writer)].flatMap((part) =>
      part === undefined ? [] : [part.close()],
    )
    try {
      this.chain.close()
    } finally {
      await Promise.all(closing)
    }
  }
}

function* chunksOf(snapshot: StateSnapshot): Iterable<Uint8Array> {
  try {
    yield* snapshot.write()
  } finally {
    snapshot.release()
  }
}

function runtimeContext(
  descriptor: SubtaskDescriptor,
  operatorId: string,
  environment: TaskEnvironment,
  metrics: MetricRegistry,
  signal: AbortSignal,
): RuntimeContext {
  return {
    clock: environment.clock,
    random: environment.random,
    print: environment.print,
    metrics,
    signal,
    subtaskIndex: descriptor.subtaskIndex,
    subtaskId:
      descriptor.jobScope === undefined ? undefined : `${descriptor.jobScope}/${operatorId}/${descriptor.subtaskIndex}`,
    parallelism: descriptor.vertex.parallelism,
    jobName: descriptor.jobName,
    configuration: descriptor.configuration,
    secrets: descriptor.secrets,
  }
}

/** Nothing is opened yet. */
export async function createSubtaskParts(
  descriptor: SubtaskDescriptor,
  host: SubtaskHost,
  wiring: SubtaskWiring,
): Promise<SubtaskParts> {
  const { vertex, configuration } = descriptor
  const { environment } = host
  const metrics = vertex.chain.map(() => new MetricRegistry())
  const userFunctions = await host.userFunctions(descriptor)
  let reader: SourceReader | undefined
  const sinks: (SinkWriter | undefined)[] = []
  const operators: (Operator | undefined)[] = []
  for (const [at, { node }] of vertex.chain.entries()) {
    const context = runtimeContext(descriptor, node.id, environment, metrics[at]!, wiring.signal)
    if (node.kind === 'operator') operators[at] = environment.createOperator(node, userFunctions)
    else if (node.kind === 'sink') {
      const runtime = await environment.loadConnector(node.sink.connector)
      sinks[at] = runtime.createWriter?.(node.sink, context) ?? missing(node.sink.connector, 'sink')
    } else {
      const runtime = await environment.loadConnector(node.source.connector)
      reader = runtime.createReader?.(node.source, context) ?? missing(node.source.connector, 'source')
    }
  }
  const backends = await restoredBackends(descriptor, host, operators)
  const exchanges = new Map(vertex.outputs.map((edge) => [edge, createExchange(descriptor, host, wiring, edge)]))
  const { clock } = environment
  const chain = new OperatorChain({
    vertex,
    subtaskIndex: descriptor.subtaskIndex,
    configuration,
    clock,
    mailbox: wiring.mailbox,
    operators,
    backends,
    sinks,
    metrics,
    exchanges,
  })
  const first = vertex.chain[0]!.node
  const gateCounts = { records: 0 }
  return new SubtaskParts({
    chain,
    reader,
    sinks: vertex.chain.flatMap(({ node }, at) =>
      sinks[at] === undefined ? [] : [{ operatorId: node.id, writer: sinks[at] }],
    ),
    source:
      first.kind === 'source'
        ? new SourceInput(
            first,
            reader!,
            chain.head,
            wiring.mailbox,
            environment,
            configuration,
            userFunctions,
            metrics[0]!,
          )
        : undefined,
    gate: first.kind === 'source' ? undefined : createGate(descriptor, host, wiring, chain, gateCounts),
    stateful: vertex.chain.flatMap(({ node }, at) =>
      (operators[at]?.state?.length ?? 0) > 0 ? [{ operatorId: node.id, backend: backends[at]! }] : [],
    ),
    onEndOfInput: wiring.onEndOfInput,
    gateCounts,
  })
}

function missing(connector: string, what: string): never {
  throw new FlinktsError('INTERNAL', `connector '${connector}' has no ${what}`)
}

async function restoredBackends(
  descriptor: SubtaskDescriptor,
  host: SubtaskHost,
  operators: readonly (Operator | undefined)[],
): Promise<(StateBackend | undefined)[]> {
  const { vertex, subtaskIndex, configuration, restore } = descriptor
  const { maxParallelism, parallelism } = vertex
  const keyGroups = keyGroupRangeFor(maxParallelism, parallelism, subtaskIndex)
  const backends: (StateBackend | undefined)[] = []
  for (const [at, { node }] of vertex.chain.entries()) {
    if (operators[at] === undefined) continue
    const backend = host.environment.createStateBackend({
      keyGroups,
      maxParallelism,
      subtaskIndex,
      parallelism,
      configuration,
    })
    backends[at] = backend
    const parts: Uint8Array[] = []
    for (const handle of restore[node.id] ?? []) parts.push(await host.storage.readState(handle))
    if (parts.length > 0) backend.restore(parts)
  }
  return backends
}

function createExchange(
  descriptor: SubtaskDescriptor,
  host: SubtaskHost,
  wiring: SubtaskWiring,
  index: number,
): ExchangeWriter {
  const edge: JobEdge = descriptor.edges[index]!
  const channels = descriptor.outputs.filter((channel) => channel.edge === index)
  return new ExchangeWriter(
    edge.rowType,
    channels.map((channel) => host.openOutput(channel, () => wiring.mailbox.wake())),
    createPartitioner(edge, descriptor.targets[index]!, descriptor.subtaskIndex, host.environment.keyHasher),
  )
}

function createGate(
  descriptor: SubtaskDescriptor,
  host: SubtaskHost,
  wiring: SubtaskWiring,
  chain: OperatorChain,
  counts: { records: number },
): InputGate {
  const { head } = chain
  const channels = descriptor.inputs.map((channel) => {
    const edge = descriptor.edges[channel.edge]!
    return {
      input: edge.input,
      rowType: edge.rowType,
      channel: host.openInput(channel, () => wiring.mailbox.wake()),
    }
  })
  return new InputGate(channels, {
    batch(input, batch) {
      counts.records += batch.rowCount
      head.processBatch(input, batch)
    },
    watermark: (timestampMs) => head.processWatermark(timestampMs),
    status: (idle) => head.processStatus(idle),
    barrier: wiring.onBarrier,
    endOfInput: wiring.onEndOfInput,
  })
}

/** Connects sinks first, so that a target that does not fit fails the job before anything is read. */
export async function openSubtaskParts(parts: SubtaskParts, descriptor: SubtaskDescriptor): Promise<void> {
  await Promise.all(parts.sinks.map(({ writer }) => writer.open()))
  parts.chain.open()
  if (!descriptor.allowNonRestoredState) parts.checkAllRestored()
  await parts.reader?.start(descriptor.splits)
  parts.source?.start(descriptor.splits)
}
