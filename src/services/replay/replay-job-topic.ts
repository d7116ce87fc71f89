// A topic that a job reads, written again into itself: what `r` on the screen does.
import { FlinktsError } from '../../../engine/host.ts'
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
  /** As `flinkts replay --from` and `--speed` take them. */
  readonly from: string
  readonly speed: string
  readonly signal: AbortSignal
  readonly notice: (line: string) => void
  readonly progress: ReplayProgress
}

/** Throws SERVICE_START_FAILED where the project's Kafka does not run, and what replayTopic throws. */
export async function replayJobTopic(options: ReplayJobTopicOptions): Promise<ReplayResult> {
  const { project, restAddress, topic, from, speed, signal, notice, progress } = options
  const { services } = await callRest<SessionStatus>(restAddress, { path: '/flinkts/session' })
  const kafka = services.find(({ name }) => name === 'kafka')
  if (kafka?.address === undefined)
    throw new FlinktsError('SERVICE_START_FAILED', "the project's Kafka does not run", { fix: 'Run `flinkts up`.' })
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
