// The found engine, ready to be used through dockerode. Loaded only by what uses containers: dockerode takes 150 ms.
import Docker, { type DockerOptions } from 'dockerode'
import type { FoundEngine } from './find-engine.ts'

export interface Engine extends FoundEngine {
  /** For requests that end: each is given up after a minute. */
  readonly docker: Docker
  /** For answers that last as long as a container does: waits, logs, pulls. No limit. */
  readonly lasting: Docker
}

const REQUEST_TIMEOUT_MS = 60_000

/** Every setting is given, for dockerode takes missing ones from the environment, which may name another engine. */
function dockerOptions({ endpoint: { address }, apiVersion }: FoundEngine): DockerOptions {
  const nowhere = {
    socketPath: undefined,
    host: undefined,
    port: undefined,
    ca: undefined,
    cert: undefined,
    key: undefined,
  }
  const common = { ...nowhere, version: `v${apiVersion}`, protocol: 'http' as const }
  if (address.kind === 'socket') return { ...common, socketPath: address.path }
  if (address.kind === 'unsupported') throw new Error(`${address.scheme} is not supported`)
  const { host, port, tls } = address
  if (tls === undefined) return { ...common, host, port }
  const { ca, certificate: cert, key } = tls
  return { ...common, host, port, ca, cert, key, protocol: 'https' }
}

export function openEngine(found: FoundEngine): Engine {
  const options = dockerOptions(found)
  return { ...found, docker: new Docker({ ...options, timeout: REQUEST_TIMEOUT_MS }), lasting: new Docker(options) }
}
