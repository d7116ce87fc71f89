// Who reads a topic and how far behind: consumer groups by what they committed, flinkts jobs by where their sources are.
import {
  checkpointIndex,
  isFlinktsError,
  committedOffsets,
  storedCheckpoints,
  type KafkaCluster,
} from '../../../engine/host.ts'
import type { Project } from '../../config/project.ts'
import { readProjectJobs, type ProjectJob } from '../jobs/project-jobs.ts'
import { callRest } from '../rest-client.ts'
import type { TopicInfo } from './read-topics.ts'

export interface TopicLag {
  readonly kind: 'group' | 'job'
  readonly name: string
  /** Kafka's state of the group, Flink's JobStatus of the job. */
  readonly state: string
  /** `running`: as it is now. `checkpoint`: where the job's next run goes on. */
  readonly source: 'committed' | 'running' | 'checkpoint'
  readonly partitions: readonly {
    readonly partition: number
    /** Of the next record to read. */
    readonly offset: number
    readonly lag: number
  }[]
  /** Of all partitions. */
  readonly lag: number
}

type Positions = ReadonlyMap<number, number>

function lagOf(topic: TopicInfo, positions: Positions): Pick<TopicLag, 'partitions' | 'lag'> {
  const partitions = topic.partitions.flatMap(({ partition, latestOffset }) => {
    const offset = positions.get(partition)
    if (offset === undefined || latestOffset === undefined) return []
    return [{ partition, offset, lag: Math.max(0, latestOffset - offset) }]
  })
  return { partitions, lag: partitions.reduce((sum, { lag }) => sum + lag, 0) }
}

const GROUPS_AT_ONCE = 20

/** Groups that have committed an offset of the topic, by name. A group that may not be looked at is told by `problem`. */
export async function readGroupLags(
  cluster: KafkaCluster,
  topic: TopicInfo,
  problem: (line: string) => void,
): Promise<TopicLag[]> {
  const { brokers } = await cluster.describe()
  const lists = await Promise.all(
    brokers.map(async ({ brokerId }) => {
      const connection = await cluster.connectionTo(brokerId, 'control')
      return (await connection.request('ListGroups', { statesFilter: [], typesFilter: [] })).groups
    }),
  )
  // share groups have no committed offsets
  const groups = lists.flat().filter(({ groupType }) => groupType !== 'share')
  const places = topic.partitions.map(({ partition }) => ({ topic: topic.name, partition }))
  const lags: TopicLag[] = []
  const readLag = async (name: string, state: string): Promise<void> => {
    const committed = await committedOffsets(cluster, name, places)
    const known = committed.flatMap(({ partition, offset }) =>
      offset === undefined ? [] : [[partition, offset] as const],
    )
    if (known.length > 0)
      lags.push({ kind: 'group', name, state, source: 'committed', ...lagOf(topic, new Map(known)) })
  }
  for (let start = 0; start < groups.length; start += GROUPS_AT_ONCE) {
    await Promise.all(
      groups.slice(start, start + GROUPS_AT_ONCE).map(({ groupId, groupState }) =>
        readLag(groupId, groupState ?? '').catch((error: unknown) => {
          if (!isFlinktsError(error) || error.code !== 'KAFKA_REFUSED') throw error
          problem(`group ${groupId}: ${error.message}`)
        }),
      ),
    )
  }
  return lags.sort((a, b) => (a.name < b.name ? -1 : 1))
}

interface SplitState {
  readonly topic?: string
  readonly partition?: number
  readonly nextOffset?: number
}

/** Where a checkpoint's sources stand. */
async function positionsOfCheckpoint(location: string, topic: string): Promise<Positions> {
  const stored = await checkpointIndex.read(location)
  if (stored.kind !== 'complete') return new Map()
  const states = stored.manifest.operators.flatMap(({ splits }) => splits ?? []).map(({ state }) => state as SplitState)
  return new Map(
    states.flatMap(({ topic: of, partition, nextOffset }) =>
      of === topic && partition !== undefined && nextOffset !== undefined ? [[partition, nextOffset] as const] : [],
    ),
  )
}

/** From the gauges `KafkaSourceReader.topic.<topic>.partition.<n>.currentOffset`, as Flink's source has them. */
async function positionsOfRunning(restAddress: string, jobId: string, topic: string): Promise<Positions> {
  const { vertices } = await callRest<{ vertices: readonly { id: string }[] }>(restAddress, { path: `/jobs/${jobId}` })
  const positions = new Map<number, number>()
  for (const { id } of vertices) {
    const path = `/jobs/${jobId}/vertices/${id}/metrics`
    const known = await callRest<readonly { id: string }[]>(restAddress, { path })
    const infix = `.topic.${topic}.partition.`
    const wanted = known
      .map((metric) => metric.id)
      .filter((name) => name.includes(infix) && name.endsWith('.currentOffset'))
    if (wanted.length === 0) continue
    const get = encodeURIComponent(wanted.join(','))
    const values = await callRest<readonly { id: string; value: string }[]>(restAddress, { path: `${path}?get=${get}` })
    for (const { id: name, value } of values)
      positions.set(Number.parseInt(name.slice(name.indexOf(infix) + infix.length), 10), Number(value) + 1)
  }
  return positions
}

async function lagOfJob(
  job: ProjectJob,
  restAddress: string | undefined,
  topic: TopicInfo,
): Promise<TopicLag | undefined> {
  let positions: Positions = new Map()
  let source: TopicLag['source'] = 'running'
  if (job.running && restAddress !== undefined) positions = await positionsOfRunning(restAddress, job.jobId, topic.name)
  if (positions.size === 0) {
    source = 'checkpoint'
    const { checkpoints } = job.running ? await storedCheckpoints(checkpointIndex, job.record) : { checkpoints: [] }
    const location = job.running ? checkpoints[0]?.location : job.nextRun?.location
    if (location !== undefined) positions = await positionsOfCheckpoint(location, topic.name)
  }
  if (positions.size === 0) return undefined
  return { kind: 'job', name: job.name, state: job.state, source, ...lagOf(topic, positions) }
}

/** The project's jobs that read the topic and run, or whose next run goes on from where they were. */
export async function readJobLags(project: Project, topic: TopicInfo): Promise<TopicLag[]> {
  const { jobs, restAddress } = await readProjectJobs(project)
  const lags = await Promise.all(jobs.map((job) => lagOfJob(job, restAddress, topic)))
  return lags.flatMap((lag) => (lag === undefined ? [] : [lag]))
}
