// Where a container engine may listen. Pure: environment, files and platform come in as data.
// Sources: Docker's CLI (DOCKER_HOST, contexts, DOCKER_CERT_PATH), and the places where Docker Desktop, rootless Docker,
// colima, OrbStack, Rancher Desktop and Podman put their sockets.
import { createHash } from 'node:crypto'
import { posix } from 'node:path'

export interface DiscoveryInput {
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly homeFolder: string
  readonly platform: NodeJS.Platform
  /** Undefined where there is none (Windows). */
  readonly userId: number | undefined
  /** Undefined for a file that is missing or cannot be read. */
  readonly readFile: (path: string) => string | undefined
}

export interface TlsFiles {
  readonly ca: string | undefined
  readonly certificate: string | undefined
  readonly key: string | undefined
  /** `DOCKER_TLS_VERIFY=` (empty) and contexts with SkipTLSVerify accept any certificate. */
  readonly verifies: boolean
}

export type EngineAddress =
  | { readonly kind: 'socket'; readonly path: string }
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number; readonly tls: TlsFiles | undefined }
  /** An address that flinkts cannot use, such as ssh://. */
  | { readonly kind: 'unsupported'; readonly scheme: string }

export interface EngineEndpoint {
  readonly address: EngineAddress
  /** As users write it: `unix:///var/run/docker.sock` */
  readonly text: string
  /** Who says so: `DOCKER_HOST`, `the Docker context colima`, `Docker Desktop` … */
  readonly origin: string
}

/** The user named one: no other is tried. */
export interface EngineEndpoints {
  readonly isChosen: boolean
  readonly endpoints: readonly EngineEndpoint[]
}

const TLS_PORT = 2376
const PLAIN_PORT = 2375

/** `unix://…`, `npipe://…`, `tcp://…`, `http(s)://…`, or the path of a socket. */
export function parseEngineAddress(text: string, tls: TlsFiles | undefined): EngineAddress {
  if (text.startsWith('/')) return { kind: 'socket', path: text }
  const [, scheme = '', rest = ''] = /^([a-z+]+):\/\/(.*)$/i.exec(text) ?? []
  if (scheme === 'unix') return { kind: 'socket', path: rest }
  if (scheme === 'npipe') return { kind: 'socket', path: rest.replaceAll('/', '\\') }
  const known = ['tcp', 'http', 'https'].includes(scheme)
  if (!known || !URL.canParse(`http://${rest}`)) return { kind: 'unsupported', scheme: scheme || text }
  const url = new URL(`http://${rest}`)
  const secure = tls ?? (scheme === 'https' ? NO_TLS_FILES : undefined)
  const port = url.port === '' ? (secure === undefined ? PLAIN_PORT : TLS_PORT) : Number(url.port)
  return { kind: 'tcp', host: url.hostname.replace(/^\[|\]$/g, ''), port, tls: secure }
}

const NO_TLS_FILES: TlsFiles = { ca: undefined, certificate: undefined, key: undefined, verifies: true }

/** Published ports are on the engine's own loopback interface: an engine elsewhere is no use. */
export function isLocal(address: EngineAddress): boolean {
  return address.kind === 'socket' || (address.kind === 'tcp' && /^(localhost|127\..*|::1)$/.test(address.host))
}

function configFolder({ environment, homeFolder }: DiscoveryInput): string {
  return environment['DOCKER_CONFIG'] ?? posix.join(homeFolder, '.docker')
}

function tlsOfFolder(folder: string, verifies: boolean, readFile: DiscoveryInput['readFile']): TlsFiles {
  const [ca, certificate, key] = ['ca.pem', 'cert.pem', 'key.pem'].map((name) => readFile(posix.join(folder, name)))
  return { ca, certificate, key, verifies }
}

/** TLS is used where DOCKER_TLS_VERIFY is set (even empty: without verification) or a folder of certificates is named. */
function environmentTls(input: DiscoveryInput): TlsFiles | undefined {
  const { DOCKER_TLS_VERIFY: verify, DOCKER_CERT_PATH: folder } = input.environment
  if (verify === undefined && folder === undefined) return undefined
  return tlsOfFolder(folder ?? configFolder(input), verify !== '', input.readFile)
}

interface ContextMeta {
  readonly Endpoints?: { readonly docker?: { readonly Host?: string; readonly SkipTLSVerify?: boolean } }
}

function parseJson<T>(text: string | undefined): T | undefined {
  try {
    return text === undefined ? undefined : (JSON.parse(text) as T)
  } catch {
    return undefined
  }
}

function contextName(input: DiscoveryInput): string | undefined {
  const fromFile = parseJson<{ currentContext?: string }>(
    input.readFile(posix.join(configFolder(input), 'config.json')),
  )?.currentContext
  const name = input.environment['DOCKER_CONTEXT'] ?? fromFile
  return name === undefined || name === '' || name === 'default' ? undefined : name
}

/** A context's files are in folders named by the hash of its name. */
function contextEndpoint(input: DiscoveryInput, name: string): EngineEndpoint | undefined {
  const folder = configFolder(input)
  const id = createHash('sha256').update(name).digest('hex')
  const meta = parseJson<ContextMeta>(input.readFile(posix.join(folder, 'contexts', 'meta', id, 'meta.json')))
  const { Host: text, SkipTLSVerify: skips = false } = meta?.Endpoints?.docker ?? {}
  if (text === undefined || text === '') return undefined
  const tlsFiles = tlsOfFolder(posix.join(folder, 'contexts', 'tls', id, 'docker'), !skips, input.readFile)
  const usesTls = tlsFiles.ca !== undefined || tlsFiles.certificate !== undefined
  const address = parseEngineAddress(text, usesTls ? tlsFiles : undefined)
  return { address, text, origin: `the Docker context '${name}'` }
}

const socket = (path: string, origin: string): EngineEndpoint => ({
  address: { kind: 'socket', path },
  text: path.startsWith('\\\\') ? `npipe://${path.replaceAll('\\', '/')}` : `unix://${path}`,
  origin,
})

/** Where engines listen when nobody says otherwise; the first that answers is taken. */
function defaultEndpoints({ environment, homeFolder, platform, userId }: DiscoveryInput): EngineEndpoint[] {
  if (platform === 'win32')
    return [
      socket('\\\\.\\pipe\\docker_engine', 'Docker'),
      socket('\\\\.\\pipe\\dockerDesktopLinuxEngine', 'Docker Desktop'),
      socket('\\\\.\\pipe\\podman-machine-default', 'Podman'),
    ]
  const home = (...parts: string[]): string => posix.join(homeFolder, ...parts)
  const runtimeFolder = environment['XDG_RUNTIME_DIR'] ?? (userId === undefined ? undefined : `/run/user/${userId}`)
  const colima = environment['COLIMA_HOME'] ?? home('.colima')
  const ofUser =
    runtimeFolder === undefined
      ? []
      : [
          socket(posix.join(runtimeFolder, 'docker.sock'), 'rootless Docker'),
          socket(posix.join(runtimeFolder, 'podman', 'podman.sock'), 'rootless Podman'),
        ]
  return [
    socket('/var/run/docker.sock', 'Docker'),
    socket(home('.docker', 'run', 'docker.sock'), 'Docker Desktop'),
    socket(home('.docker', 'desktop', 'docker.sock'), 'Docker Desktop'),
    socket(posix.join(colima, 'default', 'docker.sock'), 'colima'),
    socket(home('.config', 'colima', 'default', 'docker.sock'), 'colima'),
    socket(home('.orbstack', 'run', 'docker.sock'), 'OrbStack'),
    socket(home('.rd', 'docker.sock'), 'Rancher Desktop'),
    ...ofUser,
    socket('/run/podman/podman.sock', 'Podman'),
    socket(home('.local', 'share', 'containers', 'podman', 'machine', 'podman.sock'), 'Podman machine'),
  ]
}

/** The endpoints to try, in order: DOCKER_HOST, else the chosen context, else the usual places. */
export function engineEndpoints(input: DiscoveryInput): EngineEndpoints {
  const text = input.environment['DOCKER_HOST']
  if (text !== undefined && text !== '') {
    const address = parseEngineAddress(text, environmentTls(input))
    return { isChosen: true, endpoints: [{ address, text, origin: 'DOCKER_HOST' }] }
  }
  const name = contextName(input)
  const endpoint = name === undefined ? undefined : contextEndpoint(input, name)
  if (endpoint !== undefined) return { isChosen: true, endpoints: [endpoint] }
  return { isChosen: false, endpoints: defaultEndpoints(input) }
}
