// One attempt of a job as descriptors for the TaskManagers: slots, channels, splits and state handles dealt out. Pure.
import { slotOf } from './assign-slots.ts'
import type { StateHandle } from '../checkpoint/checkpoint-storage.ts'
import type { Secrets } from '../connectors/secret-slot.ts'
import type { Split } from '../connectors/connector.ts'
import type { ExecutionGraph } from '../graph/execution-graph.ts'
import type { JobGraph, JobVertex } from '../graph/job-graph.ts'
import type { ChannelDescriptor, SubtaskDescriptor } from '../task/subtask-descriptor.ts'

export interface DeploymentFacts {
  readonly jobId: string
  readonly jobScope: string | undefined
  readonly attempt: number
  readonly graph: JobGraph
  readonly execution: ExecutionGraph
  /** TaskManager by slot. */
  readonly slots: readonly string[]
  /** The number of the first channel; as many as the execution graph has are taken. */
  readonly firstChannel: number
  /** All splits by source vertex. */
  readonly splits: ReadonlyMap<string, readonly Split[]>
  readonly restore: Readonly<Record<string, readonly StateHandle[]>>
  readonly allowNonRestoredState: boolean
  readonly secrets?: Secrets | undefined
}

export interface PlannedSubtask {
  readonly taskManager: string
  readonly descriptor: SubtaskDescriptor
}

/** Round robin in the order of the enumerator: the same for every attempt of the same parallelism. */
export function dealSplits(splits: readonly Split[], parallelism: number, subtaskIndex: number): Split[] {
  return splits.filter((_, index) => index % parallelism === subtaskIndex)
}

export function planDeployment(facts: DeploymentFacts): PlannedSubtask[] {
  return facts.graph.vertices.flatMap((vertex) =>
    Array.from({ length: vertex.parallelism }, (_, subtaskIndex) => ({
      taskManager: facts.slots[slotOf(facts.graph, vertex.id, subtaskIndex)]!,
      descriptor: describe(facts, vertex, subtaskIndex),
    })),
  )
}

function describe(facts: DeploymentFacts, vertex: JobVertex, subtaskIndex: number): SubtaskDescriptor {
  const { graph, execution } = facts
  const edges = [...vertex.inputs, ...vertex.outputs].map((index) => graph.edges[index]!)
  const channelsAt = (edge: number, end: 'source' | 'target'): ChannelDescriptor[] =>
    execution.channels
      .filter((channel) => channel.edge === edge && subtaskIndex === channel[`${end}Subtask`])
      .map((channel) => {
        const { sourceVertex, targetVertex } = graph.edges[edge]!
        const [peerVertex, peerSubtask] =
          end === 'source' ? [targetVertex, channel.targetSubtask] : [sourceVertex, channel.sourceSubtask]
        const peer = facts.slots[slotOf(graph, peerVertex, peerSubtask)]!
        return { channel: facts.firstChannel + channel.index, edge, peer, peerSubtask }
      })
  const targets = vertex.outputs.map((index) => {
    const target = graph.vertices.find(({ id }) => id === graph.edges[index]!.targetVertex)!
    return [index, { parallelism: target.parallelism, maxParallelism: target.maxParallelism }] as const
  })
  return {
    jobId: facts.jobId,
    jobScope: facts.jobScope,
    jobName: graph.jobName,
    attempt: facts.attempt,
    vertex,
    subtaskIndex,
    configuration: graph.configuration,
    edges: Object.fromEntries(edges.map((edge) => [edge.index, edge])),
    inputs: vertex.inputs.flatMap((edge) => channelsAt(edge, 'target')),
    outputs: vertex.outputs.flatMap((edge) => channelsAt(edge, 'source')),
    targets: Object.fromEntries(targets),
    splits: dealSplits(facts.splits.get(vertex.id) ?? [], vertex.parallelism, subtaskIndex),
    restore: Object.fromEntries(
      vertex.chain.flatMap(({ node }) => {
        const handles = facts.restore[node.id]
        return handles === undefined ? [] : [[node.id, handles] as const]
      }),
    ),
    allowNonRestoredState: facts.allowNonRestoredState,
    secrets: facts.secrets,
  }
}
