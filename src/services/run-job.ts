// `flinkts run`: from a job file to followed jobs.
import { readFileSync, writeFileSync } from 'node:fs'
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
import { expectSourceFile } from './expect-file.ts'
import { addressNotices, ignoredNotices } from './job-notices.ts'
import { addressesOf, originOf } from './jobs/stored-job.ts'
import { submitJob, type FollowedJob, type JobReport } from './job-client.ts'
import { overrideOffsets, planningOptions, type OffsetOverrides, type PartitionRange } from './override-offsets.ts'
import { projectConfiguration, servicesNamedBy, type JobSettings, type ProjectAddresses } from './project-settings.ts'
import type { Session } from './session/open-session.ts'
import type { ServiceName } from './session/session-protocol.ts'

export interface RunRequest extends JobSettings {
  readonly project: Project
  /** Path of a `.sql`, `.ts` or `.js` file, from the working directory. */
  readonly file: string
  readonly fresh: boolean
  readonly restore: string | undefined
  readonly allowNonRestoredState: boolean
  /** Where Kafka sources begin and end. A beginning means fresh state: what was restored would be counted twice. */
  readonly offsets?: OffsetOverrides | undefined
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
  /** A SELECT: its rows go to whoever submits it. */
  readonly showsRows: boolean
  /** What is read of each partition, where `offsets` were given. */
  readonly ranges: readonly PartitionRange[]
  /** `detached`: the job does not end with its client. */
  readonly submit: (options?: { readonly detached?: boolean }) => Promise<RunningJob>
}

interface PlannedFileJob {
  readonly key: string
  readonly graph: StreamGraph
  readonly resultColumns: RunningJob['resultColumns']
  readonly waitsForEnd: boolean
  readonly ignoredSettings: readonly string[]
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
  const planning = planningOptions(request.offsets ?? {})
  const jobs = planSqlFile({
    text,
    file: request.file,
    addresses,
    configuration: { ...projectConfiguration(request.project, request), ...request.configuration },
    kafkaOptions: { ...request.kafkaOptions, ...planning.kafkaOptions },
    topicOptions: planning.topicOptions,
  })
  if (jobs.length === 0) {
    throw new FlinktsError('GRAPH_INVALID', `${request.file} has no INSERT or SELECT: there is nothing to run`, {
      fix: 'write one behind its tables: INSERT INTO … SELECT …',
    })
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
    kafkaOptions: { ...request.kafkaOptions, ...planningOptions(request.offsets ?? {}).kafkaOptions },
  })
  const { key, ignoredSettings } = prepared
  return [{ key, graph, resultColumns: undefined, waitsForEnd: false, ignoredSettings }]
}

/** Loaded where it is asked for: most runs name no checkpoint. */
async function locate(project: Project, snapshot: string): Promise<string> {
  const { locateSnapshot } = await import('./savepoints/project-snapshots.ts')
  return locateSnapshot(project, snapshot)
}

/** Plans a job file and starts the services it needs; nothing is submitted yet. */
export async function prepareJobFile(request: RunRequest, session: Session): Promise<RunnableJob[]> {
  expectSourceFile(request.file)
  const path = relative(request.project.folder, resolve(request.file)).replaceAll('\\', '/')
  const planned = await (/\.sql$/i.test(request.file) ? planSql : planTypeScript)(request, session, path)
  const own = addressesOf((await session.status()).services)
  const notices = planned.flatMap(({ graph, ignoredSettings }) => [
    ...addressNotices(graph, own),
    ...ignoredNotices(graph, ignoredSettings),
  ])
  for (const line of new Set(notices)) request.notice(line)
  const { offsets = {} } = request
  const graphs = planned.map((job) => job.graph)
  const overridden =
    (offsets.from ?? offsets.until) ? await overrideOffsets(graphs, offsets, request.project) : undefined
  // outside of a project no state is kept, so that nothing is left behind
  const transient = !request.project.hasConfigFile
  return planned.map(({ key, graph: asPlanned, resultColumns, waitsForEnd }, index) => ({
    name: key,
    waitsForEnd,
    showsRows: resultColumns !== undefined,
    ranges: overridden?.[index]!.ranges ?? [],
    async submit({ detached } = {}) {
      const { allowNonRestoredState } = request
      const fresh = request.fresh || offsets.from !== undefined
      const graph = overridden?.[index]!.graph ?? asPlanned
      const restore = request.restore === undefined ? undefined : await locate(request.project, request.restore)
      const origin = originOf(own)
      const start = { fresh, restore, allowNonRestoredState }
      const followed = await submitJob(session.restAddress, { graph, key, origin, transient, detached, ...start })
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
