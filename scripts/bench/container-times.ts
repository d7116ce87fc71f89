// How long the containers take by themselves: made and started past flinkts, side by side, until real clients are answered.
import { isFlinktsError } from '../../engine/host.ts'
import { configDefaults } from '../../src/config/flinkts-config.ts'
import { kafkaSpec, postgresSpec, projectNames, type ContainerSpec } from '../../src/services/docker/container-specs.ts'
import { findEngine, hasImage } from '../../src/services/docker/find-engine.ts'
import { openEngine, type Engine } from '../../src/services/docker/open-engine.ts'
import {
  ensureNetwork,
  newClusterId,
  removeNetwork,
  removeVolumes,
} from '../../src/services/docker/project-resources.ts'
import { createOptionsOf, removeContainer } from '../../src/services/docker/run-container.ts'
import { kafkaAnswers, postgresAnswers, type ReadyOptions } from '../../src/services/docker/service-ready.ts'
import { inspectImage } from '../../src/services/docker/pull-image.ts'
import { freePort } from '../../test/helpers/free-port.ts'

export interface UsableEngine {
  timeToHealthMs(): Promise<number>
}

const LIMIT_MS = 120_000

/** Undefined where no engine answers, or it lacks an image. */
export async function usableEngine(): Promise<UsableEngine | undefined> {
  const { kafka, postgres } = configDefaults()
  try {
    const found = await findEngine()
    for (const { image } of [kafka, postgres]) if (!(await hasImage(found, image))) return undefined
    const engine = openEngine(found)
    return { timeToHealthMs: () => timeToHealth(engine, kafka.image, postgres.image) }
  } catch (error) {
    if (isFlinktsError(error)) return undefined
    throw error
  }
}

async function timeToHealth(engine: Engine, kafkaImage: string, postgresImage: string): Promise<number> {
  const names = projectNames(`/bench/${process.pid}/${performance.now()}`, 'bench')
  await ensureNetwork(engine, names)
  const [kafkaPort, postgresPort] = [await freePort(), await freePort()]
  const facts = await inspectImage(engine, postgresImage)
  const kafka = kafkaSpec({ names, image: kafkaImage, hostPort: kafkaPort, facts: undefined }, newClusterId())
  const postgres = postgresSpec({ names, image: postgresImage, hostPort: postgresPort, facts }, undefined)
  const wait: ReadyOptions = { limitMs: LIMIT_MS, signal: new AbortController().signal }
  const url = `postgresql://postgres:postgres@127.0.0.1:${postgresPort}/postgres`
  // with labels, so that they are found again
  for (const { volume, labels } of [kafka, postgres])
    await engine.docker.createVolume({ Name: volume.name, Labels: { ...labels } })
  const containers = new Set<string>()
  const start = async (spec: ContainerSpec): Promise<void> => {
    const container = await engine.docker.createContainer(createOptionsOf(spec))
    containers.add(container.id)
    await container.start()
  }
  const begun = performance.now()
  try {
    await Promise.all([
      start(kafka).then(() => kafkaAnswers(`127.0.0.1:${kafkaPort}`, wait)),
      start(postgres).then(() => postgresAnswers(url, wait)),
    ])
    return performance.now() - begun
  } finally {
    for (const id of containers) await removeContainer(engine.docker.getContainer(id))
    await removeNetwork(engine, names)
    await removeVolumes(engine, names)
  }
}
