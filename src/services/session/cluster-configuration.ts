import type { Project } from '../../config/project.ts'
import { describeConfig } from '../describe-config.ts'

/** The project's settings as text, by their keys in flinkts.yaml; secrets are masked, what is not set is missing. */
export function clusterConfiguration(project: Project): Record<string, string> {
  const settings = describeConfig(project).filter(({ value }) => value !== undefined)
  return Object.fromEntries(
    settings.map(({ key, value }) => [key, typeof value === 'string' ? value : JSON.stringify(value)]),
  )
}
