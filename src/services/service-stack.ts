// What a project's jobs need around them, Kafka and Postgres, whoever runs them: our own processes (embedded), containers
// (docker) or somebody else (external). One stack lives in the session process, made at the first request for a service.
import type { Project } from '../config/project.ts'
import type {
  PullProgress,
  ServiceName,
  ServicesProvider,
  ServiceStatus,
  StartServicesRequest,
} from './session/session-protocol.ts'

export interface ServiceStackOptions {
  readonly project: Project
  /** What the user should know about a start, once: a moved port, a left-over that was stopped. */
  readonly notice: (text: string) => void
  /** A service died, was started again, or could not be. */
  readonly alarm: (text: string) => void
  /** An image is being pulled. Called a few times a second at most. */
  readonly pulling: (progress: PullProgress) => void
}

export interface FollowLogsOptions {
  /** So many of the last lines first. */
  readonly tail: number
  /** Goes on with new lines until `signal` aborts; without it the lines end with the present end of the log. */
  readonly follow: boolean
  readonly signal?: AbortSignal | undefined
}

export interface ServiceStack {
  readonly provider: ServicesProvider

  /**
   * Starts what is asked for and not running yet, side by side, and makes declared topics and runs new SQL files; resolves
   * when real clients are answered. Called any number of times, also side by side. Throws the first service's error; the
   * next call tries again. Every wait in it has a limit.
   */
  start(request: StartServicesRequest): Promise<void>

  /** Kafka and Postgres, in this order, also while nothing runs. Answers at once, from memory. */
  status(): ServiceStatus[]

  /** Stops everything, also what is still starting, and keeps the data. Nothing starts afterwards. */
  stop(): Promise<void>

  /** Lines of a service's log, oldest first, also of one that has ended. Throws where there is no log to read. */
  followLogs(name: ServiceName, options: FollowLogsOptions): AsyncIterable<string>
}
