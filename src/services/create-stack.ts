// Which stack a project runs on.
import { isFlinktsError } from '../../engine/host.ts'
import type { Project } from '../config/project.ts'
import { readDockerRecord } from './docker/docker-record.ts'
import type { ServiceStack, ServiceStackOptions } from './service-stack.ts'
import type { ProviderRequest, ServicesProvider, StartServicesRequest } from './session/session-protocol.ts'

/** What `flinkts.yaml` says, or what holds without it. */
export function configuredProvider(project: Project): ServicesProvider {
  return project.config.services ?? 'embedded'
}

/** What a request without a running stack starts. `detect` looks for a container engine only where no file decides. */
export async function chooseProvider(
  project: Project,
  asked: ProviderRequest | undefined,
  environment: StartServicesRequest['environment'],
): Promise<{ readonly provider: ServicesProvider; readonly notice?: string }> {
  if (asked !== undefined && asked !== 'detect') return { provider: asked }
  if (asked === undefined || project.hasConfigFile || project.config.services !== undefined)
    return { provider: configuredProvider(project) }
  return detectProvider(project, environment)
}

/** Nothing is pulled for somebody who did not ask for containers. */
async function detectProvider(
  { config }: Project,
  environment: StartServicesRequest['environment'],
): Promise<{ provider: ServicesProvider; notice: string }> {
  const { discoveryInput, findEngine, hasImage } = await import('./docker/find-engine.ts')
  const images = [config.kafka.image, config.postgres.image]
  try {
    const engine = await findEngine(discoveryInput(environment))
    const missing = (await Promise.all(images.map((image) => hasImage(engine, image)))).indexOf(false)
    if (missing < 0)
      return {
        provider: 'docker',
        notice: `in containers: the engine at ${engine.endpoint.text} answers and has both images`,
      }
    return {
      provider: 'embedded',
      notice: `embedded: the container engine does not have ${images[missing]!} (\`flinkts up --docker\` pulls it)`,
    }
  } catch (error) {
    const nothingFound = isFlinktsError(error) && error.code === 'DOCKER_NOT_FOUND'
    const why = nothingFound ? 'no container engine answers here' : (error as Error).message
    return { provider: 'embedded', notice: `embedded: ${why}` }
  }
}

/** Makes the stack; nothing is started yet. Each kind is loaded when it is the one. */
export async function createStack(provider: ServicesProvider, options: ServiceStackOptions): Promise<ServiceStack> {
  switch (provider) {
    case 'embedded': {
      await stopLeftContainers(options)
      const { EmbeddedStack } = await import('./embedded-stack.ts')
      return new EmbeddedStack(options)
    }
    case 'docker': {
      const { DockerStack } = await import('./docker/docker-stack.ts')
      return new DockerStack(options)
    }
    case 'external': {
      await stopLeftContainers(options)
      const { ExternalStack } = await import('./external-stack.ts')
      return new ExternalStack(options)
    }
  }
}

/** Containers of a killed session hold the ports and the user's attention. */
async function stopLeftContainers({ project, notice }: ServiceStackOptions): Promise<void> {
  const record = readDockerRecord(project)
  if (record?.hasContainers !== true) return
  const { removeDockerLeftovers } = await import('./docker/docker-leftovers.ts')
  try {
    const stopped = await removeDockerLeftovers(project, record, { volumes: false })
    for (const name of stopped) notice(`stopped a container of ${name} that an earlier, killed session had left behind`)
  } catch (error) {
    notice(`containers of an earlier, killed session may still run at ${record.engine}: ${(error as Error).message}`)
  }
}
