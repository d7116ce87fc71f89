// Which stack a project runs on.
import { FlinktsError } from '../../engine/host.ts'
import type { Project } from '../config/project.ts'
import type { ServiceStack, ServiceStackOptions } from './service-stack.ts'
import type { ProviderRequest, ServicesProvider } from './session/session-protocol.ts'

/** What `flinkts.yaml` says, or what holds without it. */
export function configuredProvider(project: Project): ServicesProvider {
  return project.config.services ?? 'embedded'
}

/** What a request without a running stack starts. `detect` looks for a container engine only where no file decides. */
export async function chooseProvider(
  project: Project,
  asked: ProviderRequest | undefined,
): Promise<{ readonly provider: ServicesProvider; readonly notice?: string }> {
  if (asked !== undefined && asked !== 'detect') return { provider: asked }
  return Promise.resolve({ provider: configuredProvider(project) })
}

/** Makes the stack; nothing is started yet. Each kind is loaded when it is the one. */
export async function createStack(provider: ServicesProvider, options: ServiceStackOptions): Promise<ServiceStack> {
  switch (provider) {
    case 'embedded': {
      const { EmbeddedStack } = await import('./embedded-stack.ts')
      return new EmbeddedStack(options)
    }
    case 'docker':
    case 'external':
      throw new FlinktsError('OPTION_INVALID', `services: ${provider} is not available in this version`, {
        fix: 'write `services: embedded`',
      })
  }
}
