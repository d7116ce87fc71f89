// The engine's refusals under names of their own, each with what to do. Pure: from the engine's words to an error.
import { FlinktsError } from '../../../engine/host.ts'
import type { ServiceName } from '../session/session-protocol.ts'

/** As dockerode throws them: the engine's HTTP status and its words, or a broken connection's code. */
interface EngineRefusal {
  readonly statusCode?: number
  readonly code?: string
  readonly message?: string
  readonly json?: { readonly message?: string } | null
}

export function engineWords(cause: unknown): string {
  const { json, message } = cause as EngineRefusal
  return (json?.message ?? message ?? String(cause)).trim()
}

export const statusOf = (cause: unknown): number | undefined => (cause as EngineRefusal).statusCode

const PORT_WORDS =
  /port is already allocated|address already in use|ports are not available|port .* is already in use|bind:.*(in use|forbidden)/i
const OFFLINE_WORDS =
  /no such host|i\/o timeout|connection refused|network is unreachable|no route to host|server misbehaving|temporary failure in name resolution|tls handshake timeout|timeout exceeded|proxyconnect|awaiting headers|dial tcp/i
const ABSENT_WORDS = /not found|manifest unknown|pull access denied|repository does not exist|denied|unauthorized/i

export const isPortTaken = (cause: unknown): boolean => PORT_WORDS.test(engineWords(cause))

/** A request that the engine refused or broke off. */
export function engineFailure(what: string, cause: unknown): FlinktsError {
  if (cause instanceof FlinktsError) return cause
  const words = engineWords(cause)
  if (/no space left on device/i.test(words))
    return new FlinktsError('DOCKER_FAILED', `${what}: the engine's disk is full (${words})`, {
      fix: '`docker system df` shows what takes the room, `docker system prune` frees it',
      cause,
    })
  return new FlinktsError('DOCKER_FAILED', `${what}: ${words}`, {
    fix: 'see whether `docker info` answers and what the engine logs; `flinkts up --embedded` needs no container engine',
    cause,
  })
}

/** A pull that failed. */
export function pullFailure(image: string, service: ServiceName, cause: unknown): FlinktsError {
  if (cause instanceof FlinktsError) return cause
  const words = engineWords(cause)
  if (OFFLINE_WORDS.test(words))
    return new FlinktsError(
      'DOCKER_OFFLINE',
      `the image ${image} is not here and its registry cannot be reached: ${words}`,
      {
        fix: `try again with a connection, bring the image with \`docker load\`, or use \`flinkts up --embedded\``,
        cause,
      },
    )
  if (statusOf(cause) === 404 || ABSENT_WORDS.test(words))
    return new FlinktsError('DOCKER_IMAGE_NOT_FOUND', `the image ${image} cannot be pulled: ${words}`, {
      fix: `mend ${service}.image in flinkts.yaml; an image that asks for a login is pulled with \`docker pull ${image}\` first`,
      cause,
    })
  return engineFailure(`pulling ${image}`, cause)
}

/** A container that ended before it was ready. */
export function containerDied(service: ServiceName, image: string, exitCode: number, lastLines: string): FlinktsError {
  return new FlinktsError(
    'DOCKER_CONTAINER_DIED',
    `the container of ${service} (${image}) ended while it started, exit code ${exitCode}:\n${lastLines || '(it logged nothing)'}`,
    { fix: deathFix(service, exitCode, lastLines) },
  )
}

function deathFix(service: ServiceName, exitCode: number, lines: string): string {
  if (exitCode === 137) return 'it was killed, most often for want of memory: give the engine more'
  if (/incompatible with server|initialized by PostgreSQL version|data.*older version/i.test(lines))
    return `its volume holds data of another version: set ${service}.image to that version, or remove the data with \`flinkts down --volumes\``
  if (/no space left on device/i.test(lines))
    return "the engine's disk is full: `docker system df` shows what takes the room"
  if (/permission denied/i.test(lines)) return 'its volume belongs to another user: `flinkts down --volumes` removes it'
  return `the log says why; ${service}.image in flinkts.yaml names the image`
}

/** Data of another major version of Postgres would not be found, or not be read. */
export function dataVersionDiffers(volume: string, of: string, image: string): FlinktsError {
  return new FlinktsError(
    'DOCKER_VOLUME_DIFFERS',
    `the volume ${volume} holds data of PostgreSQL ${of}, which ${image} cannot read`,
    { fix: `set postgres.image to postgres:${of}, or remove the data with \`flinkts down --volumes\`` },
  )
}
