// Topics as jobs will read them: do records have times, and does the work divide?
import { systemClock, type KafkaCluster } from '../../../engine/host.ts'
import { recordTimesAt } from '../record-times.ts'
import type { TopicInfo } from '../topics/read-topics.ts'
import { ok, warning, type Finding } from './finding.ts'

/** Looked at; more are mentioned. */
const TOPICS_MAX = 200
const FUTURE_MS = 60_000

const recordsOf = ({ earliestOffset = 0, latestOffset = 0 }: TopicInfo['partitions'][number]): number =>
  latestOffset - earliestOffset

/** `firstTimes`: of the first record of each partition; undefined: it has none. `parallelism`: the largest in use. */
export function topicFindings(
  topic: TopicInfo,
  firstTimes: readonly (number | undefined)[],
  parallelism: number,
  nowMs: number,
): Finding[] {
  const { name, partitions } = topic
  const check = `topic ${name}`
  const list = (wanted: readonly number[]): string => `partition${wanted.length > 1 ? 's' : ''} ${wanted.join(', ')}`
  const findings: Finding[] = []
  const filled = partitions.filter((partition) => recordsOf(partition) > 0).map(({ partition }) => partition)
  const timeless = filled.filter(
    (partition) => firstTimes[partitions.findIndex((p) => p.partition === partition)] === undefined,
  )
  if (timeless.length > 0)
    findings.push(
      warning(
        check,
        `the first records of ${list(timeless)} have no timestamp`,
        "Take event time from a field of the value (WATERMARK FOR …), not from the metadata column 'timestamp'; --from with a time passes them over.",
      ),
    )
  const ahead = Math.max(...partitions.map(({ lastRecordTimeMs }) => (lastRecordTimeMs ?? 0) - nowMs))
  if (ahead > FUTURE_MS)
    findings.push(
      warning(
        check,
        `holds records ${Math.round(ahead / 1000)} s in the future`,
        'Look at the clock of the machine that wrote them: a watermark that is ahead makes everything else late.',
      ),
    )
  const empty = partitions.filter((partition) => recordsOf(partition) === 0).map(({ partition }) => partition)
  if (filled.length > 0 && empty.length > 0)
    findings.push(
      warning(
        check,
        `${list(empty)} of ${partitions.length} hold no records: windows wait for them`,
        "Set 'table.exec.source.idle-timeout' (e.g. 5s), or write to all partitions.",
      ),
    )
  if (parallelism > partitions.length)
    findings.push(
      warning(
        check,
        `${partitions.length} partition${partitions.length > 1 ? 's' : ''} for parallelism ${parallelism}: ${parallelism - partitions.length} source subtasks read nothing and send no watermark`,
        `Give it ${parallelism} partitions (topics.${name}.partitions), lower the parallelism, or set 'table.exec.source.idle-timeout'.`,
      ),
    )
  return findings
}

/** Throws what reading throws. */
export async function checkTopics(
  cluster: KafkaCluster,
  topics: readonly TopicInfo[],
  parallelism: number,
  signal: AbortSignal,
): Promise<Finding[]> {
  const looked = topics.slice(0, TOPICS_MAX)
  const findings: Finding[] = []
  for (const topic of looked) {
    const positions = topic.partitions.map(({ partition, earliestOffset = 0 }) => ({
      topic: topic.name,
      partition,
      offset: earliestOffset,
    }))
    const ends = topic.partitions.map(({ latestOffset = 0 }) => latestOffset)
    const times = await recordTimesAt(cluster, positions, ends, { signal })
    findings.push(...topicFindings(topic, times, parallelism, systemClock.now()))
  }
  const more = topics.length > looked.length ? `, the first ${TOPICS_MAX} looked at` : ''
  if (findings.length > 0) return findings
  return [ok('topics', `${topics.length} topic${topics.length === 1 ? '' : 's'}${more}`)]
}
