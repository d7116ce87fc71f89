// One service of a project: started once, on demand; started again where it dies, until that is hopeless. Pure policy: what
// starts and what it is is the caller's.
import { FlinktsError, type Clock, type Timer } from '../../engine/host.ts'
import type { ContainerStatus, ServiceName, ServicesProvider, ServiceStatus } from './session/session-protocol.ts'

export interface RunningService {
  /** Undefined where it is no process of ours. */
  readonly pid: number | undefined
  readonly container?: ContainerStatus
  /** Resolves with the reason when the service ends without being asked to. */
  readonly died: Promise<string>
  stop(): Promise<void>
}

export interface SupervisedServiceOptions<T> {
  readonly name: ServiceName
  readonly provider: ServicesProvider
  readonly clock: Clock
  /** How its clients reach it. */
  readonly addressOf: (service: T) => string
  /** Starts one like the one that died, where its clients know it. */
  readonly startAgain: (former: T) => Promise<T>
  /** The service died, was started again, or could not be. */
  readonly alarm: (text: string) => void
}

/** Between a death and the next start: nothing at first, then this, doubled each time up to the maximum. */
const RESTART_DELAY_MS = 500
const RESTART_DELAY_MS_MAX = 30_000
/** Deaths this long ago count no more. */
const RESTART_WINDOW_MS = 60_000
/** What cannot even start so often in a row stays down until somebody asks for it. */
const FAILED_STARTS_MAX = 5

export class SupervisedService<T extends RunningService> {
  readonly #options: SupervisedServiceOptions<T>
  #starting: Promise<T> | undefined
  #running: T | undefined
  #error: string | undefined
  /** When it died, as long as that counts. */
  #deaths: number[] = []
  /** In a row. */
  #failedStarts = 0
  #restartTimer: Timer | undefined
  #stopped = false

  constructor(options: SupervisedServiceOptions<T>) {
    this.#options = options
  }

  status(): ServiceStatus {
    const { name, provider, addressOf } = this.#options
    const running = this.#running
    const address = running === undefined ? undefined : addressOf(running)
    const { pid, container } = running ?? {}
    return { name, provider, state: this.#state(), address, pid, error: this.#error, container }
  }

  #state(): ServiceStatus['state'] {
    if (this.#running !== undefined) return 'running'
    if (this.#starting !== undefined) return 'starting'
    return this.#error === undefined ? 'stopped' : 'failed'
  }

  /** Calls `start` unless the service runs or is starting. Throws what that throws; the next call tries again. */
  async start(start: () => Promise<T>): Promise<void> {
    if (this.#stopped) throw new FlinktsError('SESSION_UNREACHABLE', 'the session is stopping')
    this.#starting ??= this.#watched(start)
    try {
      this.#running = await this.#starting
      this.#error = undefined
      this.#failedStarts = 0
    } catch (error) {
      this.#starting = undefined
      this.#error = error instanceof Error ? error.message : String(error)
      throw error
    }
  }

  /** Also stops what is still starting. Nothing starts afterwards. */
  async stop(): Promise<void> {
    this.#stopped = true
    this.#restartTimer?.cancel()
    const service = await this.#starting?.catch(() => undefined)
    this.#starting = undefined
    this.#running = undefined
    await service?.stop()
  }

  async #watched(start: () => Promise<T>): Promise<T> {
    const service = await start()
    void service.died.then((why) => this.#lost(service, why))
    return service
  }

  #lost(former: T, why: string): void {
    const { name, clock } = this.#options
    this.#running = undefined
    this.#starting = undefined
    this.#error = why
    const now = clock.monotonicMs()
    this.#deaths = [...this.#deaths.filter((at) => now - at < RESTART_WINDOW_MS), now]
    this.#startAgain(former, `${name} ended by itself: ${why.split('\n').at(-1)}`, this.#deaths.length - 1)
  }

  /** `attempt` counts from 0. */
  #startAgain(former: T, what: string, attempt: number): void {
    if (this.#stopped) return
    const { name, clock, alarm, startAgain } = this.#options
    const delayMs = attempt === 0 ? 0 : Math.min(RESTART_DELAY_MS * 2 ** (attempt - 1), RESTART_DELAY_MS_MAX)
    alarm(`${what}; starting it again${delayMs === 0 ? '' : ` in ${delayMs / 1000} s`}`)
    this.#restartTimer = clock.setTimer(delayMs, () => {
      this.start(() => startAgain(former)).then(
        () => alarm(`${name} is back`),
        (error: Error) => {
          const failure = `${name} cannot be started: ${error.message}`
          this.#failedStarts++
          if (this.#failedStarts >= FAILED_STARTS_MAX) alarm(`${failure}; it stays down until it is asked for`)
          else this.#startAgain(former, failure, attempt + 1)
        },
      )
    })
  }
}
