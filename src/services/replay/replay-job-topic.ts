// A topic that a job reads, written again into itself: what `r` on the screen does.
import { FlinktsError, parseBootstrapServers } from '../../../engine/host.ts'
import type { Project } from '../../config/project.ts'
import { parseOffsetSpec } from '../offset-spec.ts'
import { kafkaConnectionOf } from '../project-connections.ts'
import { callRest } from '../rest-client.ts'
import type { SessionStatus } from '../session/session-protocol.ts'
import { parseSpeed } from './parse-speed.ts'
import { replayTopic, type ReplayProgress, type ReplayResult } from './replay-topic.ts'

export interface ReplayJobTopicOptions {
  readonly project: Project
  readonly restAddress: string
  readonly topic: string
  /** Of the cluster that the job reads it from. */
  readonly bootstrapServers: string
  /** As `flinkts replay --from` and `--speed` take them. */
  readonly from: string
  readonly speed: string
  readonly signal: AbortSignal
  readonly notice: (line: string) => void
  readonly progress: ReplayProgress
}

const LOOPBACK = new Set(['localhost', '::1'])

/** Both lists name a server of the same cluster, however this machine is written. */
function haveCommonServer(one: string, other: string): boolean {
  const names = (servers: string): string[] =>
    parseBootstrapServers(servers).map(
      ({ host, port }) => `${LOOPBACK.has(host.toLowerCase()) ? '127.0.0.1' : host.toLowerCase()} ${port}`,
    )
  const known = new Set(names(one))
  return names(other).some((name) => known.has(name))
}

/**
 * Only the project's own Kafka is written to: flinkts knows its login, and a topic of the same name on another cluster is
 * not the same topic. Throws OPTION_INVALID for a topic of another cluster, SERVICE_START_FAILED where the project's Kafka
 * does not run, and what replayTopic throws.
 */
export async function replayJobTopic(options: ReplayJobTopicOptions): Promise<ReplayResult> {
  const { project, restAddress, topic, bootstrapServers, from, speed, signal, notice, progress } = options
  const { services } = await callRest<SessionStatus>(restAddress, { path: '/flinkts/session' })
  const kafka = services.find(({ name }) => name === 'kafka')
  if (kafka?.address === undefined)
    throw new FlinktsError('SERVICE_START_FAILED', "the project's Kafka does not run", { fix: 'Run `flinkts up`.' })
  if (!haveCommonServer(kafka.address, bootstrapServers))
    throw new FlinktsError(
      'OPTION_INVALID',
      `the job reads ${topic} at ${bootstrapServers}, which is not the project's Kafka (${kafka.address})`,
      {
        fix: `Only topics of the project's Kafka can be replayed here: write into ${topic} with that cluster's own tools.`,
      },
    )
  return replayTopic({
    connection: kafkaConnectionOf(project, kafka),
    topic,
    from: parseOffsetSpec(from),
    until: { kind: 'latest' },
    speed: parseSpeed(speed),
    shiftFields: [],
    isolationLevel: 'read_committed',
    signal,
    notice,
    progress,
  })
}
