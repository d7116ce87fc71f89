// What a project still has in a container engine while no session runs: containers that a killed session left, volumes that
// are no longer wanted.
import type { ProjectPlace } from '../../config/project-place.ts'
import { packageVersion } from '../../config/package-root.ts'
import type { ServiceName } from '../session/session-protocol.ts'
import { projectNames } from './container-specs.ts'
import { removeDockerRecord, writeDockerRecord, type DockerRecord } from './docker-record.ts'
import { engineEndpoints } from './engine-endpoints.ts'
import { findEngine, discoveryInput, type FoundEngine } from './find-engine.ts'
import { openEngine } from './open-engine.ts'
import { removeContainers, removeNetwork, removeVolumes } from './project-resources.ts'

/** The engine that was used, also where this shell would find another one. */
function recordedEngine({ engine }: DockerRecord): Promise<FoundEngine> {
  const input = discoveryInput()
  const isSame = engineEndpoints(input).endpoints.some(({ text }) => text === engine)
  if (isSame && engineEndpoints(input).isChosen) return findEngine(input)
  return findEngine({ ...input, environment: { ...input.environment, DOCKER_HOST: engine } })
}

/** Returns the services that still ran. Throws what finding the engine throws. */
export async function removeDockerLeftovers(
  project: ProjectPlace,
  record: DockerRecord,
  options: { readonly volumes: boolean },
): Promise<readonly ServiceName[]> {
  const engine = openEngine(await recordedEngine(record))
  const names = projectNames(project.folder, packageVersion())
  const { stopped } = await removeContainers(engine, names)
  await removeNetwork(engine, names)
  if (options.volumes) {
    await removeVolumes(engine, names)
    removeDockerRecord(project)
  } else writeDockerRecord(project, engine.endpoint, false)
  return stopped
}
