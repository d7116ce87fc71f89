// The container engine of this machine: found, asked for its version, and refused by name where it is no use. Plain HTTP, so
// that looking costs a few milliseconds; what is done with the engine goes through dockerode (open-engine.ts).
import { readFileSync } from 'node:fs'
import { request as httpRequest, type RequestOptions } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { homedir } from 'node:os'
import { FlinktsError } from '../../../engine/host.ts'
import {
  engineEndpoints,
  isLocal,
  type DiscoveryInput,
  type EngineAddress,
  type EngineEndpoint,
} from './engine-endpoints.ts'

export interface FoundEngine {
  readonly endpoint: EngineEndpoint
  /** `20.10.24` */
  readonly version: string
  /** `1.41` */
  readonly apiVersion: string
  readonly isPodman: boolean
}

/** Docker 20.10 (December 2020), Podman 3. Older engines lack the platform's mounts and waits that are used here. */
export const API_VERSION_MIN = '1.41'
const PROBE_TIMEOUT_MS = 3_000

const EMBEDDED_FIX = '`flinkts up --embedded` needs no container engine'

/** This machine, seen with these variables. */
export function discoveryInput(environment: DiscoveryInput['environment'] = process.env): DiscoveryInput {
  return {
    environment,
    homeFolder: homedir(),
    platform: process.platform,
    userId: process.getuid?.(),
    readFile: (path) => {
      try {
        return readFileSync(path, 'utf8')
      } catch {
        return undefined
      }
    },
  }
}

/** How Node's http reaches the engine. */
function requestOptions(address: Exclude<EngineAddress, { kind: 'unsupported' }>): RequestOptions & { isTls: boolean } {
  if (address.kind === 'socket') return { socketPath: address.path, isTls: false }
  const { host, port, tls } = address
  if (tls === undefined) return { host, port, isTls: false }
  const { ca, certificate, key, verifies } = tls
  return { host, port, isTls: true, ...{ ca, cert: certificate, key, rejectUnauthorized: verifies } }
}

export interface EngineAnswer {
  readonly status: number
  readonly body: unknown
}

/** One GET of the engine's API. Rejects with the system's error where nobody answers. */
export function askEngine(endpoint: EngineEndpoint, path: string): Promise<EngineAnswer> {
  const { address } = endpoint
  if (address.kind === 'unsupported') return Promise.reject(new Error(`${address.scheme} is not supported`))
  const { isTls, ...options } = requestOptions(address)
  return new Promise((resolve, reject) => {
    const outgoing = (isTls ? httpsRequest : httpRequest)(
      { ...options, path, headers: { host: 'docker' }, timeout: PROBE_TIMEOUT_MS, agent: false },
      (response) => {
        let text = ''
        response.setEncoding('utf8')
        response.on('data', (chunk: string) => (text += chunk))
        response.once('error', reject)
        response.once('end', () => {
          try {
            resolve({ status: response.statusCode ?? 0, body: JSON.parse(text) })
          } catch {
            resolve({ status: response.statusCode ?? 0, body: undefined })
          }
        })
      },
    )
    outgoing.once('timeout', () =>
      outgoing.destroy(Object.assign(new Error(`no answer within ${PROBE_TIMEOUT_MS} ms`), { code: 'ETIMEDOUT' })),
    )
    outgoing.once('error', reject)
    outgoing.end()
  })
}

interface VersionAnswer {
  readonly Version?: string
  readonly ApiVersion?: string
  readonly Components?: readonly { readonly Name?: string }[]
}

/** Numbers with dots: `1.9` is older than `1.41`. */
export function isOlder(version: string, than: string): boolean {
  const [a, b] = [version, than].map((text) => text.split('.').map(Number))
  for (let i = 0; i < Math.max(a!.length, b!.length); i++) {
    const difference = (a![i] ?? 0) - (b![i] ?? 0)
    if (difference !== 0) return difference < 0
  }
  return false
}

/** Throws DOCKER_TOO_OLD. */
export function engineOf(endpoint: EngineEndpoint, body: unknown): FoundEngine | undefined {
  const { Version: version = '?', ApiVersion: apiVersion, Components: components = [] } = (body ?? {}) as VersionAnswer
  if (apiVersion === undefined) return undefined // something else listens there
  if (isOlder(apiVersion, API_VERSION_MIN))
    throw new FlinktsError(
      'DOCKER_TOO_OLD',
      `the container engine at ${endpoint.text} (version ${version}) speaks API ${apiVersion}; ${API_VERSION_MIN} is needed`,
      { fix: `update Docker to 20.10 or newer (Podman: 4 or newer), or: ${EMBEDDED_FIX}` },
    )
  const isPodman = components.some(({ Name: name = '' }) => /podman/i.test(name))
  return { endpoint, version, apiVersion, isPodman }
}

export interface ProbeFailure {
  readonly endpoint: EngineEndpoint
  readonly error: Error & { readonly code?: string }
}

const codeOf = ({ error }: ProbeFailure): string => error.code ?? error.message

/** What to tell when no endpoint answered. Pure. */
export function noEngineError(isChosen: boolean, failures: readonly ProbeFailure[]): FlinktsError {
  const denied = failures.find((failure) => ['EACCES', 'EPERM'].includes(codeOf(failure)))
  if (denied !== undefined) {
    const { text } = denied.endpoint
    return new FlinktsError('DOCKER_PERMISSION', `this user may not use the container engine's socket ${text}`, {
      fix: `add the user to the socket's group (\`sudo usermod -aG docker $USER\`, then log in again), or: ${EMBEDDED_FIX}`,
    })
  }
  // a socket that is there and that nobody answers at says more than the many that are not there
  const silent = failures.find((failure) => codeOf(failure) !== 'ENOENT')
  const named = isChosen ? failures[0] : silent
  if (named !== undefined) {
    const { text, origin } = named.endpoint
    return new FlinktsError(
      'DOCKER_NOT_FOUND',
      `no container engine answers at ${text} (from ${origin}): ${named.error.message}`,
      { fix: `start the engine${isChosen ? `, mend ${origin}` : ''}, or: ${EMBEDDED_FIX}` },
    )
  }
  const places = failures.map(({ endpoint }) => endpoint.text.replace('unix://', ''))
  return new FlinktsError('DOCKER_NOT_FOUND', `no container engine was found; looked at ${places.join(', ')}`, {
    fix: `install and start Docker, Podman or colima, or say with DOCKER_HOST where the engine listens, or: ${EMBEDDED_FIX}`,
  })
}

function expectUsable(endpoint: EngineEndpoint): void {
  const { address, text, origin } = endpoint
  if (address.kind === 'unsupported')
    throw new FlinktsError(
      'DOCKER_REMOTE',
      `${text} (from ${origin}) cannot be used: ${address.scheme}:// is not supported`,
      {
        fix: `use the engine of this machine (unset ${origin}), or: ${EMBEDDED_FIX}`,
      },
    )
  if (!isLocal(address))
    throw new FlinktsError(
      'DOCKER_REMOTE',
      `the container engine at ${text} (from ${origin}) is on another machine: what it publishes on 127.0.0.1 is not reached from here`,
      {
        fix: `use the engine of this machine, or services: external with that machine's addresses, or: ${EMBEDDED_FIX}`,
      },
    )
}

/**
 * The first engine that answers. Throws DOCKER_NOT_FOUND, DOCKER_PERMISSION, DOCKER_REMOTE or DOCKER_TOO_OLD, each with what
 * to do.
 */
export async function findEngine(input: DiscoveryInput = discoveryInput()): Promise<FoundEngine> {
  const { isChosen, endpoints } = engineEndpoints(input)
  const failures: ProbeFailure[] = []
  for (const endpoint of endpoints) {
    expectUsable(endpoint)
    try {
      const { status, body } = await askEngine(endpoint, '/version')
      const engine = status === 200 ? engineOf(endpoint, body) : undefined
      if (engine !== undefined) return engine
      failures.push({ endpoint, error: new Error(`it is no container engine: /version answers ${status}`) })
    } catch (error) {
      if (error instanceof FlinktsError) throw error
      failures.push({ endpoint, error: error as Error })
    }
  }
  throw noEngineError(isChosen, failures)
}

/** Whether the engine has an image, by the name it is run by. */
export async function hasImage(engine: FoundEngine, image: string): Promise<boolean> {
  const { status } = await askEngine(engine.endpoint, `/images/${encodeURI(image)}/json`)
  return status === 200
}
