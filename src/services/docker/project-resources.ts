// What a project has in the engine beside its running containers: a network, volumes, and what a killed session left. All of
// it is known by labels, so that it is found again whatever happened.
import { randomBytes } from 'node:crypto'
import type { ServiceName } from '../session/session-protocol.ts'
import { PROJECT_LABEL, SERVICE_LABEL, type ProjectNames } from './container-specs.ts'
import { engineFailure, statusOf } from './docker-errors.ts'
import type { Engine } from './open-engine.ts'
import { removeContainer, stopContainer } from './run-container.ts'

const ofProject = (names: ProjectNames): { label: string[] } => ({ label: [`${PROJECT_LABEL}=${names.projectId}`] })

/** 22 characters, as Kafka's own tool makes them. */
export function newClusterId(): string {
  return randomBytes(16).toString('base64url')
}

/** Containers are on a network of their own, where they know each other as `kafka` and `postgres`. */
export async function ensureNetwork(engine: Engine, names: ProjectNames): Promise<void> {
  try {
    const networks = await engine.docker.listNetworks({ filters: ofProject(names) })
    if (networks.some(({ Name }) => Name === names.network)) return
    await engine.docker.createNetwork({ Name: names.network, Labels: names.labels(), CheckDuplicate: true })
  } catch (cause) {
    throw engineFailure(`making the network ${names.network}`, cause)
  }
}

export interface EnsuredVolume {
  readonly isNew: boolean
  readonly labels: Readonly<Record<string, string>>
}

/** `labels` are those of a new volume; one that exists keeps its own. */
export async function ensureVolume(
  engine: Engine,
  name: string,
  labels: Readonly<Record<string, string>>,
): Promise<EnsuredVolume> {
  try {
    const { Labels } = await engine.docker.getVolume(name).inspect()
    return { isNew: false, labels: Labels ?? {} }
  } catch (cause) {
    if (statusOf(cause) !== 404) throw engineFailure(`looking for the volume ${name}`, cause)
  }
  try {
    await engine.docker.createVolume({ Name: name, Labels: { ...labels } })
    return { isNew: true, labels }
  } catch (cause) {
    throw engineFailure(`making the volume ${name}`, cause)
  }
}

export async function removeVolume(engine: Engine, name: string): Promise<void> {
  try {
    await engine.docker.getVolume(name).remove()
  } catch (cause) {
    if (statusOf(cause) !== 404) throw engineFailure(`removing the volume ${name}`, cause)
  }
}

export interface Leftovers {
  /** Services whose containers still ran. */
  readonly stopped: readonly ServiceName[]
}

/** Stops and removes every container of the project, whatever state it is in. */
export async function removeContainers(engine: Engine, names: ProjectNames): Promise<Leftovers> {
  try {
    const containers = await engine.docker.listContainers({ all: true, filters: ofProject(names) })
    await Promise.all(
      containers.map(({ Id, State }) => {
        const container = engine.docker.getContainer(Id)
        return State === 'running' ? stopContainer(container) : removeContainer(container)
      }),
    )
    const running = containers.filter(({ State }) => State === 'running')
    return { stopped: running.map(({ Labels }) => Labels[SERVICE_LABEL] as ServiceName) }
  } catch (cause) {
    throw engineFailure('removing containers of an earlier start', cause)
  }
}

export async function removeNetwork(engine: Engine, names: ProjectNames): Promise<void> {
  try {
    const networks = await engine.docker.listNetworks({ filters: ofProject(names) })
    await Promise.all(networks.map(({ Id }) => engine.docker.getNetwork(Id).remove()))
  } catch (cause) {
    if (statusOf(cause) !== 404) throw engineFailure(`removing the network ${names.network}`, cause)
  }
}

/** Everything that was ever written by the project's containers. */
export async function removeVolumes(engine: Engine, names: ProjectNames): Promise<void> {
  try {
    const { Volumes } = await engine.docker.listVolumes({ filters: ofProject(names) })
    await Promise.all(Volumes.map(({ Name }) => removeVolume(engine, Name)))
  } catch (cause) {
    throw engineFailure('removing the volumes', cause)
  }
}
