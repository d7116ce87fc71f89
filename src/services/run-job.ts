// `flinkts run`: from a job file to followed jobs.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { relative, resolve } from 'node:path'
import {
  castToString,
  FlinktsError,
  localTimeZone,
  type Cell,
  type LogicalType,
  type StreamGraph,
} from '../../engine/host.ts'
import type { Project } from '../config/project.ts'
import { addressNotices, ignoredNotices } from './job-notices.ts'
import { submitJob, type FollowedJob, type JobReport } from './job-client.ts'
import { projectConfiguration, servicesNamedBy, type JobSettings, type ProjectAddresses } from './project-settings.ts'
import type { Session } from './session/open-session.ts'
import type { ServiceName, ServiceStatus } from './session/session-protocol.ts'

export interface RunRequest extends JobSettings {
  readonly project: Project
  /** Path of a `.sql`, `.ts` or `.js` file, from the working directory. */
  readonly file: string
  readonly fresh: boolean
  readonly restore: string | undefined
  readonly allowNonRestoredState: boolean
  /** Added to the options of every Kafka source, under Flink's keys. */
  readonly kafkaOptions?: Readonly<Record<string, string>>
  /** Settings that go before the project's, under Flink's keys. */
  readonly configuration?: Readonly<Record<string, string>>
  readonly notice: (line: string) => void
}

export interface RunningJob extends FollowedJob {
  readonly name: string
  /** Columns of a SELECT's rows. */
  readonly resultColumns: readonly { readonly name: string; readonly type: LogicalType }[] | undefined
  /** `table.local-time-zone`, in which times with a zone are shown. */
  readonly timeZone: string
}

/** A job that is planned and can be submitted. */
export interface RunnableJob {
  readonly name: string
  /** The next job starts when this one has ended (`table.dml-sync`). */
  readonly waitsForEnd: boolean
  readonly submit: () => Promise<RunningJob>
}

interface PlannedFileJob {
  readonly key: string
  readonly graph: StreamGraph
  readonly resultColumns: RunningJob['resultColumns']
  readonly waitsForEnd: boolean
  readonly ignoredSettings: readonly string[]
}

function addressesOf(services: readonly ServiceStatus[]): ProjectAddresses {
  const address = (name: ServiceName): string | undefined => services.find((service) => service.name === name)?.address
  return { kafka: address('kafka'), postgres: address('postgres') }
}

async function startServices(
  session: Session,
  names: readonly ServiceName[],
  notice: (line: string) => void,
): Promise<ProjectAddresses> {
  if (names.length === 0) return addressesOf((await session.status()).services)
  const { services, notices } = await session.startServices({ services: names })
  for (const line of notices) notice(line)
  return addressesOf(services)
}

async function planSql(request: RunRequest, session: Session, key: string): Promise<PlannedFileJob[]> {
  const text = readFileSync(request.file, 'utf8')
  // The SQL front end loads while the services start.
  const [addresses, { planSqlFile }] = await Promise.all([
    startServices(session, servicesNamedBy(text), request.notice),
    import('./plan-sql.ts'),
  ])
  const jobs = planSqlFile({
    text,
    file: request.file,
    addresses,
    configuration: { ...projectConfiguration(request.project, request), ...request.configuration },
    ...(request.kafkaOptions === undefined ? {} : { kafkaOptions: request.kafkaOptions }),
  })
  if (jobs.length === 0) {
    throw new FlinktsError('GRAPH_INVALID', `${request.file} has no INSERT or SELECT: there is nothing to run`)
  }
  return jobs.map(({ graph, resultType, ...planned }, index) => {
    // A job is its `pipeline.name`, else its path in the project.
    const name = graph.configuration['pipeline.name'] ?? (jobs.length === 1 ? key : `${key}#${index + 1}`)
    return { ...planned, key: name, graph: { ...graph, jobName: name }, resultColumns: resultType?.fields }
  })
}

async function planTypeScript(request: RunRequest, session: Session): Promise<PlannedFileJob[]> {
  const { prepareTypeScriptJob } = await import('./plan-typescript.ts')
  const prepared = await prepareTypeScriptJob(request.file)
  const addresses = await startServices(session, prepared.services, request.notice)
  const graph = prepared.plan({
    addresses,
    configuration: { ...projectConfiguration(request.project, request), ...request.configuration },
    ...(request.kafkaOptions === undefined ? {} : { kafkaOptions: request.kafkaOptions }),
  })
  const { key, ignoredSettings } = prepared
  return [{ key, graph, resultColumns: undefined, waitsForEnd: false, ignoredSettings }]
}

/** Plans a job file and starts the services it needs; nothing is submitted yet. */
export async function prepareJobFile(request: RunRequest, session: Session): Promise<RunnableJob[]> {
  if (!existsSync(request.file)) {
    throw new FlinktsError('FILE_NOT_FOUND', `there is no file ${request.file}`, { fix: 'name a .sql or .ts file' })
  }
  const path = relative(request.project.folder, resolve(request.file)).replaceAll('\\', '/')
  const planned = await (/\.sql$/i.test(request.file) ? planSql : planTypeScript)(request, session, path)
  const own = addressesOf((await session.status()).services)
  const notices = planned.flatMap(({ graph, ignoredSettings }) => [
    ...addressNotices(graph, own),
    ...ignoredNotices(graph, ignoredSettings),
  ])
  for (const line of new Set(notices)) request.notice(line)
  return planned.map(({ key, graph, resultColumns, waitsForEnd }) => ({
    name: key,
    waitsForEnd,
    async submit() {
      const { fresh, restore, allowNonRestoredState } = request
      const followed = await submitJob(session.restAddress, { graph, key, fresh, restore, allowNonRestoredState })
      const timeZone = localTimeZone(graph.configuration)
      return { ...followed, name: key, resultColumns, timeZone }
    },
  }))
}

/** A SELECT's row as text, one cell each. */
export function cellTexts(job: RunningJob, cells: readonly Cell[]): string[] {
  return cells.map((cell, index) => castToString(job.resultColumns![index]!.type, job.timeZone)(cell) ?? 'NULL')
}

/** Writes the report of a run; several jobs make an array. */
export function writeReport(file: string, reports: readonly JobReport[]): void {
  writeFileSync(file, `${JSON.stringify(reports.length === 1 ? reports[0] : reports, null, 2)}\n`)
}
