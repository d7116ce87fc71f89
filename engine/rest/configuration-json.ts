// Configuration as Flink's REST API lists it: what looks like a secret is not shown.
import type { JobManager } from '../cluster/job-manager.ts'

/** Flink's GlobalConfiguration.SENSITIVE_KEYS. */
const SENSITIVE = [
  'password',
  'secret',
  'fs.azure.account.key',
  'apikey',
  'api-key',
  'auth-params',
  'service-key',
  'token',
  'basic-auth',
  'jaas.config',
  'http-headers',
]
const HIDDEN = '******'

export function visibleConfiguration(configuration: Readonly<Record<string, string>>): Record<string, string> {
  const isSensitive = (key: string): boolean => SENSITIVE.some((part) => key.toLowerCase().includes(part))
  return Object.fromEntries(
    Object.entries(configuration).map(([key, value]) => [key, isSensitive(key) ? HIDDEN : value]),
  )
}

/** What the cluster was started with; later ones stand above earlier ones. */
export function configurationJson(
  { options }: JobManager,
  ...configurations: readonly Readonly<Record<string, string>>[]
): { readonly key: string; readonly value: string }[] {
  const own = {
    'taskmanager.numberOfTaskSlots': String(options.slotsPerTaskManager),
    'flinkts.task-managers': String(options.taskManagers),
    'flinkts.state-folder': options.directory,
  }
  const merged = visibleConfiguration(Object.assign({}, own, ...configurations) as Record<string, string>)
  return Object.entries(merged).map(([key, value]) => ({ key, value }))
}

/** What runs the JobManager in the place of a JVM. */
export function environmentJson(): object {
  return {
    jvm: {
      version: `Node.js ${process.version} (V8 ${process.versions.v8})`,
      arch: process.arch,
      options: process.execArgv,
    },
    classpath: process.argv.slice(1, 2),
  }
}
