// Whether a container engine answers; only a project that asks for containers needs one.
import type { Project } from '../../config/project.ts'
import { failed, ok, warning, type Finding } from './finding.ts'

export async function checkDocker({ config }: Project): Promise<Finding[]> {
  const { findEngine, hasImage } = await import('../docker/find-engine.ts')
  try {
    const engine = await findEngine()
    const name = engine.isPodman ? 'Podman' : 'Docker'
    const found = ok('docker', `${name} ${engine.version} at ${engine.endpoint.text}`)
    if (config.services !== 'docker') return [found]
    const images = [config.kafka.image, config.postgres.image]
    const present = await Promise.all(images.map((image) => hasImage(engine, image)))
    const missing = images.filter((_image, index) => !present[index])
    return [
      found,
      ...missing.map((image) => warning('docker', `the image ${image} is not here`, '`flinkts up` pulls it.')),
    ]
  } catch (error) {
    if (config.services === 'docker') return [failed('docker', error)]
    return [ok('docker', 'no engine answers; only services: docker needs one')]
  }
}
