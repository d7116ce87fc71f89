// What the command line and the session process say to each other: JSON over the REST server, under /flinkts.
export type ServiceName = 'kafka' | 'postgres'

/** Where a service is, ready to paste. */
export interface ServiceStatus {
  readonly name: ServiceName
  readonly state: 'stopped' | 'starting' | 'running' | 'failed'
  /** `127.0.0.1:9092`; `postgresql://…` */
  readonly address: string | undefined
  readonly pid: number | undefined
  readonly error: string | undefined
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

/** POST /flinkts/services: starts these and makes declared topics and tables; answers when they are ready. */
export interface StartServicesRequest {
  readonly services: readonly ServiceName[]
  /** Ports asked for on the command line. */
  readonly ports?: { readonly kafka?: number | undefined; readonly postgres?: number | undefined }
}
export interface StartServicesAnswer {
  readonly services: readonly ServiceStatus[]
  readonly notices: readonly string[]
}

// POST /flinkts/up takes the lease that only POST /flinkts/down ends.

/** GET /flinkts/lease: JSON lines; the lease ends with the connection. `alarm`: a service died or is back. */
export type LeaseEvent =
  | { readonly kind: 'held' }
  | { readonly kind: 'alarm'; readonly line: string }
  | { readonly kind: 'stopping'; readonly reason: string }
