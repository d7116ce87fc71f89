// What is up, as text.
import type { JobSummary } from '../services/list-jobs.ts'
import type { SessionStatus } from '../services/session/session-protocol.ts'
import { formatDuration } from './quantities.ts'

const TITLES = { kafka: 'Kafka', postgres: 'Postgres' } as const

/** Everybody may see the password that every project has; one of the project's own is nobody's business. */
export function withoutSecrets(status: SessionStatus): SessionStatus {
  const services = status.services.map((service) => ({
    ...service,
    address: service.address?.replace(/(:\/\/[^/:@]*):(?!postgres@)[^@]*@/, '$1:***@'),
  }))
  return { ...status, services }
}

/** Addresses on lines of their own, ready to paste; notices last. */
export function renderServices(status: SessionStatus): string {
  const lines = status.services.map((service) => {
    const what = service.address ?? (service.error === undefined ? service.state : `${service.state}: ${service.error}`)
    return `${TITLES[service.name].padEnd(9)} ${what}`
  })
  const containers = status.services.flatMap(({ container }) => container ?? [])
  for (const { name, image } of containers) lines.push(`${'Container'.padEnd(9)} ${name} (${image})`)
  lines.push(`${'REST'.padEnd(9)} ${status.restAddress}`)
  const { up } = status.leases
  lines.push(`${'Session'.padEnd(9)} pid ${status.pid}${up > 0 ? ', up until `flinkts down`' : ''}`)
  for (const notice of status.notices) lines.push(`note: ${notice}`)
  return lines.join('\n')
}

export function renderJob(job: JobSummary): string {
  return `${'Job'.padEnd(9)} ${job.name} ${job.state} for ${formatDuration(job.stateForMs)}, id ${job.id}`
}
