// `run --from … --until …`: the Kafka sources of planned jobs, read from and to other offsets than their tables say. What is
// resolved here is what the job gets, so what is printed is what is read.
import {
  FlinktsError,
  kafkaSourceFacts,
  nearestName,
  openSourceCluster,
  PROJECT_KAFKA,
  systemClock,
  withOffsets,
  type Json,
  type KafkaSourceFacts,
  type StreamGraph,
} from '../../engine/host.ts'
import type { Project } from '../config/project.ts'
import { parseOffsetSpec, resolveOffsets, type OffsetSpec, type ResolvedOffset } from './offset-spec.ts'
import { kafkaSecurityOf, kafkaSettings } from './project-connections.ts'

export interface OffsetOverrides {
  readonly from?: OffsetSpec | undefined
  readonly until?: OffsetSpec | undefined
}

/** Of the flags as they are written. Throws OPTION_INVALID. */
export function parseOverrides(flags: {
  readonly from?: string | undefined
  readonly until?: string | undefined
}): OffsetOverrides {
  const parse = (text: string | undefined): OffsetSpec | undefined =>
    text === undefined ? undefined : parseOffsetSpec(text)
  return { from: parse(flags.from), until: parse(flags.until) }
}

/** What is read of one partition; a side that is not overridden is undefined. */
export interface PartitionRange {
  readonly topic: string
  readonly partition: number
  readonly from: ResolvedOffset | undefined
  readonly until: ResolvedOffset | undefined
}

export interface OverriddenJob {
  readonly graph: StreamGraph
  readonly ranges: readonly PartitionRange[]
}

/** Options that tables are planned with. */
export interface PlanningOptions {
  /** Of every Kafka table. */
  readonly kafkaOptions: Readonly<Record<string, string>>
  /** Of tables that read this topic. */
  readonly topicOptions: Readonly<Record<string, Readonly<Record<string, string>>>>
}

/** What lets the planner see that a source is bounded, or does not begin at a group's offsets; offsets come later. */
export function planningOptions({ from, until }: OffsetOverrides): PlanningOptions {
  const kafkaOptions: Record<string, string> = {}
  const topicOptions: Record<string, Record<string, string>> = {}
  const add = (spec: OffsetSpec | undefined, key: string, mode: string): void => {
    if (spec === undefined) return
    if (spec.kind === 'offsets' && spec.topic !== undefined) (topicOptions[spec.topic] ??= {})[key] = mode
    else kafkaOptions[key] = mode
  }
  add(from, 'scan.startup.mode', 'earliest-offset')
  add(until, 'scan.bounded.mode', 'latest-offset')
  return { kafkaOptions, topicOptions }
}

type Resolved = ReadonlyMap<string, readonly ResolvedOffset[]>

/** Throws OPTION_INVALID where the overrides do not fit what the jobs read, and as resolveOffsets. */
export async function overrideOffsets(
  graphs: readonly StreamGraph[],
  overrides: OffsetOverrides,
  project?: Project,
): Promise<OverriddenJob[]> {
  const sources = graphs.flatMap(({ nodes }) =>
    nodes.flatMap((node) => (node.kind === 'source' ? (kafkaSourceFacts(node.source) ?? []) : [])),
  )
  const topics = [...new Set(sources.flatMap((source) => source.topics))]
  checkTopics(overrides.from, '--from', topics)
  checkTopics(overrides.until, '--until', topics)
  const asked = new Map<string, Promise<[from: Resolved, until: Resolved]>>()
  const resolve = (facts: KafkaSourceFacts) => {
    const { connection, topics: read, groupId, offsetReset, isolationLevel } = facts
    const key = JSON.stringify([connection, read, groupId, offsetReset, isolationLevel])
    const known = asked.get(key) ?? resolveSource(facts, overrides, project)
    asked.set(key, known)
    return known
  }
  return Promise.all(
    graphs.map(async (graph) => {
      const ranges = new Map<string, PartitionRange>()
      const nodes = await Promise.all(
        graph.nodes.map(async (node) => {
          const facts = node.kind === 'source' ? kafkaSourceFacts(node.source) : undefined
          if (node.kind !== 'source' || facts === undefined) return node
          const [from, until] = await resolve(facts)
          for (const range of rangesOf(from, until)) ranges.set(`${range.topic}-${range.partition}`, range)
          return { ...node, source: withOffsets(node.source, { from: byTopic(from), until: byTopic(until) }) }
        }),
      )
      return { graph: { ...graph, nodes }, ranges: [...ranges.values()] }
    }),
  )
}

function checkTopics(spec: OffsetSpec | undefined, flag: string, topics: readonly string[]): void {
  if (spec === undefined) return
  if (topics.length === 0) {
    throw new FlinktsError('OPTION_INVALID', `${flag} needs a job that reads a Kafka topic, and this one reads none`, {
      fix: `Leave ${flag} out.`,
    })
  }
  if (spec.kind !== 'offsets') return
  if (spec.topic === undefined && topics.length > 1) {
    throw new FlinktsError('OPTION_INVALID', `${flag} does not say which topic its offsets are of`, {
      fix: `Write ${flag} ${topics[0]}:0=…; the job reads ${topics.join(', ')}.`,
    })
  }
  if (spec.topic === undefined || topics.includes(spec.topic)) return
  const near = nearestName(spec.topic, topics)
  throw new FlinktsError('OPTION_INVALID', `${flag} names topic ${spec.topic}, which the job does not read`, {
    fix: near === undefined ? `It reads ${topics.join(', ')}.` : `Did you mean ${near}?`,
  })
}

async function resolveSource(
  facts: KafkaSourceFacts,
  { from, until }: OffsetOverrides,
  project: Project | undefined,
): Promise<[from: Resolved, until: Resolved]> {
  const { security } = facts.connection
  const isOfProject = security !== null && 'secretName' in security
  const secrets =
    isOfProject && project !== undefined
      ? { [PROJECT_KAFKA]: kafkaSettings(kafkaSecurityOf(project)) as unknown as Json }
      : {}
  const cluster = openSourceCluster(facts, { clock: systemClock, random: Math.random, secrets })
  const { isolationLevel, groupId, offsetReset } = facts
  const resolve = async (spec: OffsetSpec | undefined, use: 'from' | 'until'): Promise<Resolved> => {
    const resolved = new Map<string, readonly ResolvedOffset[]>()
    if (spec === undefined) return resolved
    for (const topic of facts.topics) {
      if (spec.kind === 'offsets' && spec.topic !== undefined && spec.topic !== topic) continue
      const reset = use === 'from' && offsetReset !== 'none' ? offsetReset : undefined
      const options = { use, isolationLevel, group: groupId ?? undefined, reset }
      resolved.set(topic, await resolveOffsets(cluster, topic, spec, options))
    }
    return resolved
  }
  try {
    return [await resolve(from, 'from'), await resolve(until, 'until')]
  } finally {
    cluster.close()
  }
}

function byTopic(resolved: Resolved): Record<string, Record<string, number>> | undefined {
  if (resolved.size === 0) return undefined
  return Object.fromEntries(
    [...resolved].map(([topic, offsets]) => [
      topic,
      Object.fromEntries(offsets.map(({ partition, offset }) => [String(partition), offset])),
    ]),
  )
}

function rangesOf(from: Resolved, until: Resolved): PartitionRange[] {
  return [...new Set([...from.keys(), ...until.keys()])].flatMap((topic) => {
    const [starts, ends] = [from.get(topic), until.get(topic)]
    return (starts ?? ends)!.map(({ partition }, index) => ({
      topic,
      partition,
      from: starts?.[index],
      until: ends?.[index],
    }))
  })
}
