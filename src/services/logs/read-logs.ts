// Lines of a project's logs, of one source or of all, in the order of their times.
import { setTimeout as delay } from 'node:timers/promises'
import { systemClock } from '../../../engine/host.ts'
import type { ProjectPlace } from '../../config/project-place.ts'
import { followLogFile } from '../follow-log-file.ts'
import { findJob } from '../jobs/find-job.ts'
import { readProjectJobs } from '../jobs/project-jobs.ts'
import { callRest, streamRest } from '../rest-client.ts'
import { readLiveSession } from '../session/session-files.ts'
import type { ServiceName, SessionStatus } from '../session/session-protocol.ts'
import { jobLogFile, jobLogFiles, processLogFiles } from './log-files.ts'

export interface LogLine {
  /** `kafka`, `postgres`, `session` or a job's name. */
  readonly source: string
  /** ms since 1970; of a line without a time that of the line before. */
  readonly at: number | undefined
  readonly line: string
}

export interface ReadLogsOptions {
  /** `kafka`, `postgres`, `session`, or a job by name, path or id. Default: all. */
  readonly name?: string | undefined
  /** So many of the last lines of each source. */
  readonly lines: number
  /** Leaves out what is older, ms since 1970. */
  readonly since?: number | undefined
  readonly follow: boolean
  readonly signal: AbortSignal
}

interface LogSource {
  readonly name: string
  read(tail: number, follow: boolean, signal: AbortSignal): AsyncIterable<string>
}

/** The first lines of all sources are put in order for so long; after that lines are shown as they come. */
const GATHER_MS = 300
const NEW_JOBS_POLL_MS = 500
const TIME = /^\[?(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)[.,](\d{3})/

/** Of a line of the session, the brokers or Postgres, all of which write UTC. */
export function timeOfLine(line: string): number | undefined {
  const match = TIME.exec(line)
  return match === null ? undefined : Date.parse(`${match[1]!}T${match[2]!}.${match[3]!}Z`)
}

function fileSource(name: string, path: string): LogSource {
  return {
    name,
    async *read(tail, follow, signal) {
      const older: string[] = []
      for await (const line of followLogFile(`${path}.1`, { tail, follow: false, signal })) older.push(line)
      const newer: string[] = []
      for await (const line of followLogFile(path, { tail, follow: false, signal })) newer.push(line)
      yield* tail === 0 ? [] : [...older, ...newer].slice(-tail)
      if (follow) yield* followLogFile(path, { tail: 0, follow: true, signal })
    },
  }
}

function sessionSource(restAddress: string, name: ServiceName): LogSource {
  return {
    name,
    async *read(tail, follow, signal) {
      // the session counts lines: what is asked for without a bound is still bounded by what an engine keeps
      const count = Math.min(tail, 1_000_000)
      const stream = await streamRest<string>(restAddress, {
        path: `/flinkts/logs/${name}?tail=${count}&follow=${follow}`,
      })
      signal.addEventListener('abort', () => stream.close(), { once: true })
      try {
        yield* stream.lines
      } catch (error) {
        if (!signal.aborted) throw error
      }
    },
  }
}

/**
 * Containers’ logs are read by the session, which also knows what a service that has not started would be; the embedded
 * ones lie in files, also when nothing runs.
 */
async function serviceSource(project: ProjectPlace, name: ServiceName): Promise<LogSource> {
  const record = readLiveSession(project)
  const status =
    record === undefined ? undefined : await callRest<SessionStatus>(record.restAddress, { path: '/flinkts/session' })
  const provider = status?.services.find((service) => service.name === name)?.provider
  return provider === 'embedded' || record === undefined
    ? fileSource(name, processLogFiles(project)[name])
    : sessionSource(record.restAddress, name)
}

async function namedSource(project: ProjectPlace, name: string): Promise<LogSource> {
  if (name === 'session') return fileSource(name, processLogFiles(project).session)
  if (name === 'kafka' || name === 'postgres') return serviceSource(project, name)
  const job = findJob((await readProjectJobs(project)).jobs, name)
  return fileSource(job.name, jobLogFile(project, job.key))
}

/** External services keep their own logs, and a container that is gone has none: the others are shown all the same. */
async function* quietly(lines: AsyncIterable<string>): AsyncGenerator<string> {
  try {
    yield* lines
  } catch {
    // asked for by name it would be told
  }
}

async function allSources(project: ProjectPlace): Promise<LogSource[]> {
  const services = await Promise.all((['kafka', 'postgres'] as const).map((name) => serviceSource(project, name)))
  const silent = services.map((source) => ({
    name: source.name,
    read: (tail: number, follow: boolean, signal: AbortSignal) => quietly(source.read(tail, follow, signal)),
  }))
  const jobs = jobLogFiles(project).map(({ name, path }) => fileSource(name, path))
  return [fileSource('session', processLogFiles(project).session), ...silent, ...jobs]
}

/**
 * Without `follow` what there is, in the order of the lines' times; with it first that, then lines as they come until
 * `signal` aborts, also of jobs that start meanwhile. Throws JOB_NOT_FOUND, and what reading a container's log throws.
 */
export async function* readLogs(project: ProjectPlace, options: ReadLogsOptions): AsyncGenerator<LogLine> {
  const { name, follow, signal, since } = options
  const sources = name === undefined ? await allSources(project) : [await namedSource(project, name)]
  const merged = new MergedLines(options)
  for (const source of sources) merged.add(source)
  if (follow && name === undefined) void merged.addNewJobs(project)
  const isWanted = ({ at }: LogLine): boolean => since === undefined || (at !== undefined && at >= since)
  const first = follow ? await merged.gather() : await merged.all()
  first.sort((left, right) => (left.at ?? 0) - (right.at ?? 0))
  yield* first.filter(isWanted)
  while (follow && !signal.aborted) {
    const next = await merged.next()
    if (next === undefined) return
    if (isWanted(next)) yield next
  }
}

/** Sources read side by side. A source waits until its line is taken. */
class MergedLines {
  readonly #options: ReadLogsOptions
  readonly #reading = new Set<Promise<void>>()
  readonly #queue: LogLine[] = []
  #error: Error | undefined
  #wake: () => void = () => undefined

  constructor(options: ReadLogsOptions) {
    this.#options = options
  }

  add(source: LogSource): void {
    const reading = this.#read(source)
      .catch((error: Error) => void (this.#error ??= error))
      .finally(() => {
        this.#reading.delete(reading)
        this.#wake()
      })
    this.#reading.add(reading)
  }

  /** Until the signal aborts. */
  async addNewJobs(project: ProjectPlace): Promise<void> {
    const { signal } = this.#options
    const known = new Set(jobLogFiles(project).map(({ path }) => path))
    while (!signal.aborted) {
      await delay(NEW_JOBS_POLL_MS, undefined, { signal }).catch(() => undefined)
      for (const { name, path } of jobLogFiles(project)) {
        if (known.has(path)) continue
        known.add(path)
        this.add(fileSource(name, path))
      }
    }
  }

  async all(): Promise<LogLine[]> {
    while (this.#reading.size > 0) await Promise.all(this.#reading)
    if (this.#error !== undefined) throw this.#error
    return this.#queue.splice(0)
  }

  async gather(): Promise<LogLine[]> {
    const deadline = systemClock.monotonicMs() + GATHER_MS
    while (systemClock.monotonicMs() < deadline && this.#error === undefined && !this.#options.signal.aborted)
      await delay(GATHER_MS / 10)
    return this.#queue.splice(0)
  }

  /** Undefined: no source has more. */
  async next(): Promise<LogLine | undefined> {
    for (;;) {
      const line = this.#queue.shift()
      if (line !== undefined) return line
      if (this.#error !== undefined) throw this.#error
      if (this.#reading.size === 0) return undefined
      await new Promise<void>((resolve) => (this.#wake = resolve))
    }
  }

  async #read(source: LogSource): Promise<void> {
    const { lines, since, follow, signal } = this.#options
    let at: number | undefined
    for await (const line of source.read(since === undefined ? lines : Number.MAX_SAFE_INTEGER, follow, signal)) {
      at = timeOfLine(line) ?? at
      this.#queue.push({ source: source.name, at, line })
      this.#wake()
    }
  }
}
