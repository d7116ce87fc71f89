// Kafka and Postgres in containers of an engine on this machine. Containers cannot watch the session that owns them: what a
// killed one left is found by its labels at the next start, stopped and removed, before anything new is made. Data is in named
// volumes, and stays.
import { join } from 'node:path'
import { FlinktsError, systemClock } from '../../../engine/host.ts'
import { packageVersion } from '../../config/package-root.ts'
import type { Project } from '../../config/project.ts'
import { resolveSecret } from '../../config/secret.ts'
import { makeDeclaredTopics } from '../declared-topics.ts'
import { openKafka } from '../kafka-connection.ts'
import { movedPortNotice, PORT_DEFAULTS, startOnPort } from '../processes/port.ts'
import { runSqlFilesOnce } from '../query-postgres.ts'
import type { FollowLogsOptions, ServiceStack, ServiceStackOptions } from '../service-stack.ts'
import type { ServiceName, ServiceStatus, StartServicesRequest } from '../session/session-protocol.ts'
import { SupervisedService } from '../supervised-service.ts'
import {
  CLUSTER_ID_LABEL,
  DATA_VERSION_LABEL,
  kafkaSpec,
  POSTGRES_PASSWORD_DEFAULT,
  POSTGRES_USER,
  postgresMajor,
  postgresSpec,
  projectNames,
  type ContainerSpec,
  type ImageFacts,
  type ProjectNames,
} from './container-specs.ts'
import { followContainerLogs } from './container-logs.ts'
import { dataVersionDiffers } from './docker-errors.ts'
import { writeDockerRecord } from './docker-record.ts'
import { discoveryInput, findEngine } from './find-engine.ts'
import { openEngine, type Engine } from './open-engine.ts'
import {
  ensureNetwork,
  ensureVolume,
  newClusterId,
  removeContainers,
  removeNetwork,
  removeVolume,
  type EnsuredVolume,
} from './project-resources.ts'
import { inspectImage, pullImage } from './pull-image.ts'
import { runContainer, type RunningContainer } from './run-container.ts'
import { kafkaAnswers, postgresAnswers, type ReadyOptions } from './service-ready.ts'

const HOST = '127.0.0.1'

export class DockerStack implements ServiceStack {
  readonly provider = 'docker'
  readonly #options: ServiceStackOptions
  readonly #names: ProjectNames
  readonly #services: Readonly<Record<ServiceName, SupervisedService<RunningContainer>>>
  /** Ends every wait of a start that nobody wants any more. */
  readonly #stopping = new AbortController()
  #environment: StartServicesRequest['environment']
  #network: Promise<void> = Promise.resolve()
  /** Found, and cleaned of left-overs: once, unless that failed. */
  #engine: Promise<Engine> | undefined

  constructor(options: ServiceStackOptions) {
    this.#options = options
    this.#names = projectNames(options.project.folder, packageVersion())
    const supervised = (name: ServiceName): SupervisedService<RunningContainer> =>
      new SupervisedService({
        name,
        provider: 'docker',
        clock: systemClock,
        alarm: options.alarm,
        addressOf: ({ hostPort }) => this.#address(name, hostPort),
        startAgain: ({ hostPort }) => this.#start(name, hostPort),
      })
    this.#services = { kafka: supervised('kafka'), postgres: supervised('postgres') }
  }

  async start({ services, ports, environment }: StartServicesRequest): Promise<void> {
    this.#environment = environment
    await Promise.all(
      services.map((name) =>
        this.#services[name].start(() => this.#start(name, ports?.[name] ?? this.#project.config[name].port)),
      ),
    )
  }

  status(): ServiceStatus[] {
    return [this.#services.kafka.status(), this.#services.postgres.status()]
  }

  async stop(): Promise<void> {
    this.#stopping.abort(new FlinktsError('SESSION_UNREACHABLE', 'the session is stopping'))
    await Promise.all([this.#services.kafka.stop(), this.#services.postgres.stop()])
    const engine = await this.#engine?.catch(() => undefined)
    if (engine === undefined) return
    await this.#network.catch(() => undefined)
    await removeNetwork(engine, this.#names)
    writeDockerRecord(this.#project, engine.endpoint, false)
  }

  async *followLogs(name: ServiceName, options: FollowLogsOptions): AsyncGenerator<string, void, undefined> {
    const { container } = this.#services[name].status()
    const engine = await this.#engine?.catch(() => undefined)
    if (engine === undefined || container === undefined)
      throw new FlinktsError('SERVICE_START_FAILED', `${name} has no container whose log could be read`, {
        fix: '`flinkts up` starts it; the log of a container goes with the container',
      })
    yield* followContainerLogs(engine, container.id, options)
  }

  get #project(): Project {
    return this.#options.project
  }

  #password(): string | undefined {
    const { password } = this.#project.config.postgres
    return password === undefined ? undefined : resolveSecret(password, this.#project.folder)
  }

  #address(name: ServiceName, port: number): string {
    if (name === 'kafka') return `${HOST}:${port}`
    const password = encodeURIComponent(this.#password() ?? POSTGRES_PASSWORD_DEFAULT)
    return `postgresql://${POSTGRES_USER}:${password}@${HOST}:${port}/postgres`
  }

  #openedEngine(): Promise<Engine> {
    this.#engine ??= this.#openEngine().catch((error: unknown) => {
      this.#engine = undefined
      throw error
    })
    return this.#engine
  }

  async #openEngine(): Promise<Engine> {
    const engine = openEngine(await findEngine(discoveryInput(this.#environment)))
    writeDockerRecord(this.#project, engine.endpoint, true)
    const { stopped } = await removeContainers(engine, this.#names)
    for (const name of stopped)
      this.#options.notice(`stopped a container of ${name} that an earlier, killed session had left behind`)
    // takes the engine as long as everything else before the first container: beside it
    this.#network = ensureNetwork(engine, this.#names)
    this.#network.catch(() => (this.#engine = undefined))
    return engine
  }

  async #start(name: ServiceName, asked: number | undefined): Promise<RunningContainer> {
    const engine = await this.#openedEngine()
    const { image } = this.#project.config[name]
    const facts = await this.#image(engine, name, image)
    // as if for any port: only the volume is looked at
    const volume = await this.#volume(engine, this.#spec(name, facts, 0, ''), facts)
    const clusterId = volume.labels[CLUSTER_ID_LABEL] ?? newClusterId()
    try {
      await this.#network
      const wanted = {
        asked,
        defaultPort: PORT_DEFAULTS[name],
        service: name,
        nameHolder: (port: number) => containerOnPort(engine, port),
      }
      const { port, started } = await startOnPort(wanted, (port) =>
        runContainer(engine, this.#spec(name, facts, port, clusterId), {
          ready: (ready) => this.#ready(name, port, ready),
          signal: this.#stopping.signal,
        }),
      )
      const moved = await movedPortNotice(wanted, port)
      if (moved !== undefined) this.#options.notice(moved)
      await this.#prepare(name, started)
      return started
    } catch (error) {
      // what never was up holds nothing of anybody's
      if (volume.isNew) await removeVolume(engine, volume.name).catch(() => undefined)
      throw error
    }
  }

  async #image(engine: Engine, service: ServiceName, image: string): Promise<ImageFacts> {
    const present = await inspectImage(engine, image)
    if (present !== undefined) return present
    const { pulling } = this.#options
    await pullImage(engine, { service, image, pulling, signal: this.#stopping.signal })
    return (await inspectImage(engine, image)) ?? { volumes: [], environment: {} }
  }

  #spec(name: ServiceName, facts: ImageFacts, hostPort: number, clusterId: string): ContainerSpec {
    const input = { names: this.#names, image: this.#project.config[name].image, facts, hostPort }
    return name === 'kafka'
      ? kafkaSpec(input, clusterId, this.#project.config.kafka.configs)
      : postgresSpec(input, this.#password())
  }

  async #volume(engine: Engine, spec: ContainerSpec, facts: ImageFacts): Promise<EnsuredVolume & { name: string }> {
    const { name } = spec.volume
    const major = spec.service === 'postgres' ? postgresMajor(spec.image, facts)?.toString() : undefined
    const volume = await ensureVolume(engine, name, {
      ...spec.labels,
      ...(spec.service === 'kafka' ? { [CLUSTER_ID_LABEL]: newClusterId() } : {}),
      ...(major === undefined ? {} : { [DATA_VERSION_LABEL]: major }),
    })
    const madeBy = volume.labels[DATA_VERSION_LABEL]
    if (madeBy !== undefined && major !== undefined && madeBy !== major)
      throw dataVersionDiffers(name, madeBy, spec.image)
    return { ...volume, name }
  }

  #ready(name: ServiceName, port: number, options: ReadyOptions): Promise<void> {
    const address = this.#address(name, port)
    return name === 'kafka' ? kafkaAnswers(address, options) : postgresAnswers(address, options)
  }

  /** Topics and tables of flinkts.yaml. A service that cannot be given them is stopped again. */
  async #prepare(name: ServiceName, service: RunningContainer): Promise<void> {
    const { config, folder } = this.#project
    const address = this.#address(name, service.hostPort)
    try {
      if (name === 'postgres') {
        const files = config.postgres.sql.map((file) => ({ name: file, path: join(folder, file) }))
        await runSqlFilesOnce(address, files)
        return
      }
      const cluster = openKafka({ bootstrapServers: address })
      try {
        await makeDeclaredTopics(cluster, config.topics, this.#stopping.signal)
      } finally {
        cluster.close()
      }
    } catch (error) {
      await service.stop().catch(() => undefined)
      throw error
    }
  }
}

/** The container that publishes a port, by its name. */
async function containerOnPort(engine: Engine, port: number): Promise<string | undefined> {
  const [container] = await engine.docker.listContainers({ filters: { publish: [String(port)] } })
  const name = container?.Names[0]?.replace(/^\//, '')
  return name === undefined ? undefined : `the container ${name}`
}
