// What is up, as text.
import type { SessionStatus } from '../services/session/session-protocol.ts'

const TITLES = { kafka: 'Kafka', postgres: 'Postgres' } as const

/** Addresses on lines of their own, ready to paste; notices last. */
export function renderServices(status: SessionStatus): string {
  const lines = status.services.map((service) => {
    const what = service.address ?? (service.error === undefined ? service.state : `${service.state}: ${service.error}`)
    return `${TITLES[service.name].padEnd(9)} ${what}`
  })
  lines.push(`${'REST'.padEnd(9)} ${status.restAddress}`)
  const { job, up } = status.leases
  lines.push(
    `${'Session'.padEnd(9)} pid ${status.pid}, ${job} ${job === 1 ? 'job' : 'jobs'}${up > 0 ? ', up until `flinkts down`' : ''}`,
  )
  for (const notice of status.notices) lines.push(`note: ${notice}`)
  return lines.join('\n')
}
