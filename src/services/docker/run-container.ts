// One service in a container: made, started, waited for until it answers, watched, stopped. A start that fails leaves nothing.
import { setTimeout as delay } from 'node:timers/promises'
import type { Container, ContainerCreateOptions } from 'dockerode'
import { FlinktsError } from '../../../engine/host.ts'
import type { ContainerStatus } from '../session/session-protocol.ts'
import type { RunningService } from '../supervised-service.ts'
import { PROJECT_LABEL, type ContainerSpec } from './container-specs.ts'
import { containerDied, engineFailure, engineWords, isPortTaken, statusOf } from './docker-errors.ts'
import { linesOfLog } from './log-frames.ts'
import type { Engine } from './open-engine.ts'
import type { ReadyOptions } from './service-ready.ts'

/** The engine asks the process to end, waits so long, then kills it. */
const STOP_SECONDS = 10
/** On a loaded machine, or in an engine that emulates another processor, a first start takes its time. */
const READY_LIMIT_MS = 180_000
const LAST_LINES = 12
/** A name is free when the removal of its container is over, which takes the engine a moment. */
const CREATE_ATTEMPTS = 40
const CREATE_RETRY_MS = 250

export interface RunningContainer extends RunningService {
  readonly container: ContainerStatus
  readonly hostPort: number
}

export interface RunContainerOptions {
  /** Resolves when real clients are answered. */
  readonly ready: (options: ReadyOptions) => Promise<void>
  /** Aborts when nobody wants the service any more. */
  readonly signal: AbortSignal
}

/** As the engine's API wants it. */
export function createOptionsOf(spec: ContainerSpec): ContainerCreateOptions {
  const port = `${spec.containerPort}/tcp`
  return {
    name: spec.name,
    Image: spec.image,
    Env: Object.entries(spec.environment).map(([name, value]) => `${name}=${value}`),
    ...(spec.command === undefined ? {} : { Cmd: [...spec.command] }),
    Labels: { ...spec.labels },
    ExposedPorts: { [port]: {} },
    HostConfig: {
      PortBindings: { [port]: [{ HostIp: '127.0.0.1', HostPort: String(spec.hostPort) }] },
      Mounts: [{ Type: 'volume', Source: spec.volume.name, Target: spec.volume.target }],
      NetworkMode: spec.network,
    },
    // other containers of the network find it by the service's name
    NetworkingConfig: { EndpointsConfig: { [spec.network]: { Aliases: [spec.service] } } },
  }
}

/** Also the volumes without a name that the image declares and nobody asked for. What is gone already is no error. */
export async function removeContainer(container: Container): Promise<void> {
  try {
    await container.remove({ force: true, v: true })
  } catch (cause) {
    // 409: somebody else is removing it at this moment
    if (statusOf(cause) !== 404 && statusOf(cause) !== 409) throw cause
  }
}

export async function stopContainer(container: Container): Promise<void> {
  try {
    await container.stop({ t: STOP_SECONDS })
  } catch (cause) {
    // 304: it had ended already
    if (statusOf(cause) !== 304 && statusOf(cause) !== 404) throw cause
  }
  await removeContainer(container)
}

async function lastLines(container: Container): Promise<string> {
  try {
    const log = await container.logs({ stdout: true, stderr: true, tail: LAST_LINES, follow: false })
    return linesOfLog(log).join('\n').trimEnd()
  } catch {
    return ''
  }
}

/** A container of that name that is not there to be used: the one that died, or what a killed start left. */
async function removeNamesake(engine: Engine, spec: ContainerSpec): Promise<void> {
  const namesake = engine.docker.getContainer(spec.name)
  const found = await namesake.inspect().catch((cause: unknown) => {
    if (statusOf(cause) === 404) return undefined
    throw cause
  })
  if (found === undefined) return
  const { Config } = found
  if (Config.Labels[PROJECT_LABEL] !== spec.labels[PROJECT_LABEL])
    throw new FlinktsError('DOCKER_FAILED', `there is a container ${spec.name} that flinkts did not make`, {
      fix: `remove or rename it: \`docker rm ${spec.name}\``,
    })
  await removeContainer(namesake)
}

async function create(engine: Engine, spec: ContainerSpec): Promise<Container> {
  const options = createOptionsOf(spec)
  for (let attempt = 1; ; attempt++) {
    try {
      return await engine.docker.createContainer(options)
    } catch (cause) {
      if (statusOf(cause) !== 409 || attempt === CREATE_ATTEMPTS) throw cause
    }
    await removeNamesake(engine, spec)
    if (attempt > 1) await delay(CREATE_RETRY_MS) // somebody else is still removing it
  }
}

async function start(container: Container, spec: ContainerSpec): Promise<void> {
  try {
    await container.start()
  } catch (cause) {
    if (!isPortTaken(cause)) throw cause
    throw new FlinktsError('PORT_TAKEN', `port ${spec.hostPort} for ${spec.service} is taken: ${engineWords(cause)}`, {
      fix: `stop what listens on ${spec.hostPort} or ask for another port`,
    })
  }
}

/**
 * Makes and starts the container and waits until it answers. Throws PORT_TAKEN, DOCKER_CONTAINER_DIED with its last lines,
 * SERVICE_START_FAILED when it never answers, DOCKER_FAILED.
 */
export async function runContainer(
  engine: Engine,
  spec: ContainerSpec,
  { ready, signal }: RunContainerOptions,
): Promise<RunningContainer> {
  let container: Container | undefined
  try {
    container = await create(engine, spec)
    await start(container, spec)
    return await watched(engine, spec, container, { ready, signal })
  } catch (cause) {
    if (container !== undefined) await removeContainer(container).catch(() => undefined)
    signal.throwIfAborted()
    throw engineFailure(`starting the container of ${spec.service}`, cause)
  }
}

async function watched(
  engine: Engine,
  spec: ContainerSpec,
  container: Container,
  { ready, signal }: RunContainerOptions,
): Promise<RunningContainer> {
  // Asked before anything is waited for: a container that ends at once is not missed.
  const exit = (engine.lasting.getContainer(container.id).wait() as Promise<{ StatusCode: number }>).then(
    ({ StatusCode }) => ({ exitCode: StatusCode, engineError: undefined }),
    (cause: unknown) => ({ exitCode: undefined, engineError: engineWords(cause) }),
  )
  const unwanted = new AbortController()
  void exit.then(() => unwanted.abort())
  const limit = { limitMs: READY_LIMIT_MS, signal: AbortSignal.any([signal, unwanted.signal]) }
  try {
    await ready(limit)
  } catch (cause) {
    signal.throwIfAborted()
    if (unwanted.signal.aborted) throw await endedWhileStarting(spec, container, await exit)
    if (cause instanceof FlinktsError && cause.code === 'POSTGRES_UNREACHABLE') throw cause
    throw new FlinktsError(
      'SERVICE_START_FAILED',
      `${spec.service} (${spec.image}) did not answer within ${READY_LIMIT_MS / 1000} s: ${(cause as Error).message}\n${await lastLines(container)}`,
      { fix: 'give the engine more memory and processors, or try again', cause },
    )
  }
  let isStopping = false
  const died = exit.then(async ({ exitCode, engineError }) => {
    if (isStopping) return new Promise<string>(() => undefined)
    if (exitCode === undefined) return `the container engine broke off: ${engineError}`
    const lines = await lastLines(container)
    return `its container ended with exit code ${exitCode}${lines === '' ? '' : `:\n${lines}`}`
  })
  return {
    pid: undefined,
    container: { name: spec.name, id: container.id.slice(0, 12), image: spec.image },
    hostPort: spec.hostPort,
    died,
    stop: () => {
      isStopping = true
      return stopContainer(container)
    },
  }
}

async function endedWhileStarting(
  spec: ContainerSpec,
  container: Container,
  { exitCode, engineError }: { readonly exitCode: number | undefined; readonly engineError: string | undefined },
): Promise<FlinktsError> {
  if (exitCode === undefined) return engineFailure(`waiting for ${spec.service}`, new Error(engineError))
  return containerDied(spec.service, spec.image, exitCode, await lastLines(container))
}
