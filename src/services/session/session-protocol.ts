// What the command line and the session process say to each other: JSON over the REST server, under /flinkts.
export type ServiceName = 'kafka' | 'postgres'

/** Who runs the services: processes of ours, containers, or somebody else. */
export type ServicesProvider = 'embedded' | 'docker' | 'external'

/** `detect`: flinkts.yaml decides; without one Docker where an engine answers and has the images, else embedded. */
export type ProviderRequest = ServicesProvider | 'detect'

/** Where a service is, ready to paste. */
export interface ServiceStatus {
  readonly name: ServiceName
  readonly provider: ServicesProvider
  readonly state: 'stopped' | 'starting' | 'running' | 'failed'
  /** `127.0.0.1:9092`; `postgresql://…` */
  readonly address: string | undefined
  /** Of a process of ours; a container has none here. */
  readonly pid: number | undefined
  readonly error: string | undefined
  /** Where it runs in one. */
  readonly container?: ContainerStatus | undefined
}

export interface ContainerStatus {
  readonly name: string
  /** The first twelve digits, as `docker ps` shows them. */
  readonly id: string
  readonly image: string
}

/** How far the pull of an image is. */
export interface PullProgress {
  readonly image: string
  readonly layers: readonly {
    readonly id: string
    /** The engine's word: Waiting, Downloading, Extracting, Pull complete, Already exists … */
    readonly state: string
    readonly currentBytes?: number | undefined
    readonly totalBytes?: number | undefined
  }[]
}

/** GET /flinkts/session */
export interface SessionStatus {
  readonly project: string
  readonly pid: number
  readonly version: string
  readonly restAddress: string
  readonly services: readonly ServiceStatus[]
  readonly leases: { readonly command: number; readonly job: number; readonly up: number }
  /** What the user should know once: a port that moved, a left-over that was stopped. */
  readonly notices: readonly string[]
}

export const ENGINE_VARIABLES = [
  'DOCKER_HOST',
  'DOCKER_CONTEXT',
  'DOCKER_CONFIG',
  'DOCKER_CERT_PATH',
  'DOCKER_TLS_VERIFY',
  'XDG_RUNTIME_DIR',
  'COLIMA_HOME',
] as const

/** POST /flinkts/services: starts these and makes declared topics and tables; answers when they are ready. */
export interface StartServicesRequest {
  readonly services: readonly ServiceName[]
  /**
   * Undefined takes what runs, else what flinkts.yaml says, else embedded. Asking for one while services of another kind run
   * is refused with SERVICES_PROVIDER_DIFFERS.
   */
  readonly provider?: ProviderRequest | undefined
  /** The asker's variables that say which container engine is meant: the session may have been started by another shell. */
  readonly environment?: Readonly<Record<string, string>> | undefined
  /** Ports asked for on the command line. */
  readonly ports?: { readonly kafka?: number | undefined; readonly postgres?: number | undefined }
}
export interface StartServicesAnswer {
  readonly services: readonly ServiceStatus[]
  readonly notices: readonly string[]
}

/** How long `down` waits for the savepoints of all running jobs together. */
export const SAVEPOINTS_LIMIT_MS = 30_000

/** POST /flinkts/down: ends the jobs, stops the services, answers, and ends the process. */
export interface DownRequest {
  /** False: nothing will be left that a run could go on from. */
  readonly savepoints: boolean
}
export interface DownAnswer {
  /** Those that were running, where savepoints were asked for. */
  readonly jobs: readonly EndedJob[]
}
export interface EndedJob {
  /** How its next run finds it. */
  readonly job: string
  readonly jobId: string
  readonly keepsState: boolean
  /** Why it could not take a savepoint. */
  readonly problem?: string | undefined
}

// GET /flinkts/logs/:service?tail=100&follow=true: JSON lines, each a string: one line of that service's log.
// POST /flinkts/up takes the lease that only POST /flinkts/down ends.

/** GET /flinkts/lease: JSON lines; the lease ends with the connection. `alarm`: a service died or is back. */
export type LeaseEvent =
  | { readonly kind: 'held' }
  | { readonly kind: 'alarm'; readonly line: string }
  | { readonly kind: 'pull'; readonly progress: PullProgress }
  | { readonly kind: 'stopping'; readonly reason: string }
