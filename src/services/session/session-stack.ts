// The session's one stack: chosen by the first request for a service, kept as long as anything of it runs.
import { FlinktsError } from '../../../engine/host.ts'
import { chooseProvider, configuredProvider, createStack } from '../create-stack.ts'
import type { FollowLogsOptions, ServiceStack, ServiceStackOptions } from '../service-stack.ts'
import type { ServiceName, ServicesProvider, ServiceStatus, StartServicesRequest } from './session-protocol.ts'

function providerDiffers(asked: ServicesProvider, running: ServicesProvider): FlinktsError {
  return new FlinktsError(
    'SERVICES_PROVIDER_DIFFERS',
    `${asked} services were asked for, ${running} ones run already`,
    {
      fix: `run \`flinkts down\` first (data of either kind stays), or leave --${asked} out to use what runs`,
    },
  )
}

const isIdle = (stack: ServiceStack): boolean =>
  stack.status().every(({ state }) => state === 'stopped' || state === 'failed')

export class SessionStack {
  readonly #options: ServiceStackOptions
  #stack: ServiceStack | undefined
  /** Requests choose one after the other; what they start then starts side by side. */
  #choosing: Promise<unknown> = Promise.resolve()
  #stopped = false

  constructor(options: ServiceStackOptions) {
    this.#options = options
  }

  /** Throws SERVICES_PROVIDER_DIFFERS while services of another kind run, and what the stack throws. */
  async start(request: StartServicesRequest): Promise<void> {
    if (request.services.length === 0) return
    const begun = this.#choosing.then(() => this.#begin(request))
    this.#choosing = begun.catch(() => undefined)
    await (
      await begun
    ).started
  }

  /** Before anything was asked for: what would be started. */
  status(): ServiceStatus[] {
    if (this.#stack !== undefined) return this.#stack.status()
    const provider = configuredProvider(this.#options.project)
    const stopped = { provider, state: 'stopped', address: undefined, pid: undefined, error: undefined } as const
    return [
      { name: 'kafka', ...stopped },
      { name: 'postgres', ...stopped },
    ]
  }

  async followLogs(name: ServiceName, options: FollowLogsOptions): Promise<AsyncIterable<string>> {
    const stack = this.#stack ?? (await createStack(configuredProvider(this.#options.project), this.#options))
    return stack.followLogs(name, options)
  }

  /** Also stops what is still starting. Nothing starts afterwards. */
  async stop(): Promise<void> {
    this.#stopped = true
    // what is still choosing sees that it must not start; a stack that starts is stopped in the middle of it
    await this.#stack?.stop()
    await this.#choosing
  }

  /** The start is begun, so that the next request sees it, but not awaited: `started` is wrapped to be no part of this. */
  async #begin(request: StartServicesRequest): Promise<{ readonly started: Promise<void> }> {
    const stack = await this.#stackFor(request)
    if (this.#stopped) throw new FlinktsError('SESSION_UNREACHABLE', 'the session is stopping')
    const started = stack.start(request)
    started.catch(() => undefined) // the caller hears of it a moment later
    return { started }
  }

  async #stackFor({ provider: asked, environment }: StartServicesRequest): Promise<ServiceStack> {
    const current = this.#stack
    if (current !== undefined && !isIdle(current)) {
      if (asked === undefined || asked === 'detect' || asked === current.provider) return current
      throw providerDiffers(asked, current.provider)
    }
    const { provider, notice } = await chooseProvider(this.#options.project, asked, environment)
    if (notice !== undefined) this.#options.notice(notice)
    if (current?.provider === provider) return current
    await current?.stop()
    return (this.#stack = await createStack(provider, this.#options))
  }
}
