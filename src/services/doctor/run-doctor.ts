// All checks, side by side, each with a limit: what does not answer is a finding too.
import { loadProject, type Project } from '../../config/project.ts'
import { systemClock } from '../../../engine/host.ts'
import { configuredProvider } from '../create-stack.ts'
import { callRest } from '../rest-client.ts'
import { readLiveSession } from '../session/session-files.ts'
import type { ServiceStatus, SessionStatus } from '../session/session-protocol.ts'
import { checkDocker } from './check-docker.ts'
import { checkClock, checkDisk, checkNode, checkSqlFiles, checkVersions } from './check-machine.ts'
import { checkPorts } from './check-ports.ts'
import { checkKafka, checkPostgres, idleFinding } from './check-services.ts'
import { broken, failed, ok, warning, type Finding } from './finding.ts'

const CHECK_LIMIT_MS = 15_000

type Check = (signal: AbortSignal) => Promise<Finding[]>

async function within(name: string, check: Check): Promise<Finding[]> {
  const controller = new AbortController()
  const limit = new Promise<Finding[]>((resolve) => {
    const timer = systemClock.setTimer(CHECK_LIMIT_MS, () => {
      resolve([
        broken(name, `no answer within ${CHECK_LIMIT_MS / 1000} s`, 'Look at `flinkts status` and `flinkts logs`.'),
      ])
      controller.abort()
    })
    controller.signal.addEventListener('abort', () => timer.cancel(), { once: true })
  })
  try {
    return await Promise.race([check(controller.signal).catch((error: unknown) => [failed(name, error)]), limit])
  } finally {
    controller.abort()
  }
}

/** Without a session: what external services are, as flinkts.yaml says; others do not run. */
function servicesWithoutSession(project: Project): ServiceStatus[] {
  const provider = configuredProvider(project)
  const { kafka, postgres } = project.config
  const addresses = provider === 'external' ? [kafka.bootstrapServers, postgres.url] : []
  return (['kafka', 'postgres'] as const).map((name, index) => ({
    name,
    provider,
    state: addresses[index] === undefined ? 'stopped' : 'running',
    address: addresses[index],
    pid: undefined,
    error: undefined,
  }))
}

/** The largest that a running job or the project has. */
async function parallelismInUse(project: Project, restAddress: string | undefined): Promise<number> {
  const own = project.config.parallelism ?? 1
  if (restAddress === undefined) return own
  const { jobs } = await callRest<{ jobs: { jid: string; state: string }[] }>(restAddress, { path: '/jobs/overview' })
  const running = jobs.filter(({ state }) => state === 'RUNNING')
  const configs = await Promise.all(
    running.map(({ jid }) =>
      callRest<{ 'execution-config'?: { 'job-parallelism'?: number } }>(restAddress, { path: `/jobs/${jid}/config` }),
    ),
  )
  return Math.max(own, ...configs.map((config) => config['execution-config']?.['job-parallelism'] ?? 1))
}

async function checkProject(project: Project): Promise<Finding[]> {
  const session = readLiveSession(project)
  const status =
    session === undefined
      ? undefined
      : await callRest<SessionStatus>(session.restAddress, { path: '/flinkts/session' }).catch(() => undefined)
  const services = status?.services ?? servicesWithoutSession(project)
  const checkService = (service: ServiceStatus): Check => {
    if (service.address === undefined) return () => Promise.resolve([idleFinding(service)])
    if (service.name === 'postgres') return () => checkPostgres(project, service)
    return async (signal) => checkKafka(project, service, await parallelismInUse(project, status?.restAddress), signal)
  }
  const silent =
    session !== undefined && status === undefined
      ? [
          broken(
            'session',
            `process ${session.pid} does not answer`,
            'Run `flinkts down`; if that fails, stop the process.',
          ),
        ]
      : []
  const checks: readonly (readonly [string, Check])[] = [
    ['flinkts', () => Promise.resolve([...checkVersions(project), ...silent])],
    ['disk', () => checkDisk(project)],
    ['clock', () => Promise.resolve([checkClock(project, systemClock.now())])],
    ['flinkts.yaml', () => Promise.resolve(checkConfig(project))],
    ['ports', () => checkPorts(project, services, status?.restAddress)],
    ['docker', () => checkDocker(project)],
    ...services.map((service) => [service.name, checkService(service)] as const),
  ]
  return (await Promise.all(checks.map(([name, check]) => within(name, check)))).flat()
}

function checkConfig(project: Project): Finding[] {
  const found = [
    ...project.configWarnings.map((text) => warning('flinkts.yaml', text, 'Take it out, or see `flinkts config`.')),
    ...checkSqlFiles(project),
  ]
  if (found.length > 0) return found
  return [ok('flinkts.yaml', project.hasConfigFile ? `${project.folder}/flinkts.yaml` : 'none here: defaults hold')]
}

/** Starts nothing and changes nothing. */
export async function runDoctor(folder: string): Promise<Finding[]> {
  let project: Project
  try {
    project = loadProject(folder)
  } catch (error) {
    const { file, line } = (error as { location?: { file?: string; line: number } }).location ?? {}
    return [checkNode(), failed(line === undefined ? 'configuration' : `${file}:${line}`, error)]
  }
  return [checkNode(), ...(await checkProject(project))]
}
