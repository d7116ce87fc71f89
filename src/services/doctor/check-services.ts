// Whether Kafka and Postgres answer whoever is to use them, and what they say of themselves.
import { systemClock } from '../../../engine/host.ts'
import type { Project } from '../../config/project.ts'
import { openKafka } from '../kafka-connection.ts'
import { connectPostgres, printableUrl } from '../postgres-connection.ts'
import { kafkaConnectionOf, postgresConnectionOf } from '../project-connections.ts'
import type { ServiceStatus } from '../session/session-protocol.ts'
import { listTopics } from '../topics/read-topics.ts'
import { checkTopics } from './check-topics.ts'
import { failed, ok, warning, type Finding } from './finding.ts'

const CLOCK_DIFFERENCE_MS_MAX = 2_000

/** Kafka's answer, then its topics. */
export async function checkKafka(
  project: Project,
  status: ServiceStatus,
  parallelism: number,
  signal: AbortSignal,
): Promise<Finding[]> {
  const connection = kafkaConnectionOf(project, status)
  const cluster = openKafka(connection)
  signal.addEventListener('abort', () => cluster.close(), { once: true })
  try {
    const startedAt = systemClock.monotonicMs()
    await (
      await cluster.anyConnection(signal)
    ).request('ApiVersions', {
      clientSoftwareName: 'flinkts',
      clientSoftwareVersion: '1',
    })
    const answer = ok(
      'kafka',
      `${status.provider}, ${connection.bootstrapServers} answers in ${Math.round(systemClock.monotonicMs() - startedAt)} ms`,
    )
    const topics = await listTopics(connection)
    return [answer, ...(await checkTopics(cluster, topics, parallelism, signal))]
  } finally {
    cluster.close()
  }
}

export async function checkPostgres(project: Project, status: ServiceStatus): Promise<Finding[]> {
  const connection = postgresConnectionOf(project, status)
  const client = await connectPostgres(connection)
  try {
    const before = systemClock.now()
    const { rows } = await client.query<{ now: number; version: string }>(
      `SELECT (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS now, current_setting('server_version') AS version`,
    )
    const after = systemClock.now()
    const { now, version } = rows[0]!
    const findings = [ok('postgres', `${status.provider}, ${printableUrl(connection)} is PostgreSQL ${version}`)]
    const differenceMs = now < before ? before - now : now > after ? now - after : 0
    if (differenceMs > CLOCK_DIFFERENCE_MS_MAX)
      findings.push(
        warning(
          'clock',
          `Postgres and this machine differ by ${(differenceMs / 1000).toFixed(1)} s`,
          'Set both clocks (NTP): now() in tables and processing time in jobs will not agree.',
        ),
      )
    return findings
  } finally {
    await client.end()
  }
}

/** A service that is not up is no fault: it starts when it is needed. */
export function idleFinding({ name, state, error }: ServiceStatus): Finding {
  if (state === 'failed')
    return failed(
      name,
      new Error(error ?? 'it failed'),
      `\`flinkts logs ${name}\` says more; \`flinkts up\` tries again.`,
    )
  return ok(name, 'not running; starts when it is needed')
}
