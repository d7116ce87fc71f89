// `npm start` and `flinkts demo`: the taxi template in a temporary project, from trips in a topic to a table.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadProject, type Project } from '../config/project.ts'
import { followJobs, type JobPrinter } from './follow-jobs.ts'
import type { JobReport } from './job-client.ts'
import { produceEvents, type ProduceResult } from './produce-events.ts'
import { queryPostgres, type QueryResult } from './query-postgres.ts'
import { prepareJobFile } from './run-job.ts'
import { scaffoldProject } from './scaffold-project.ts'
import { addressOf, openSession } from './session/open-session.ts'
import { stopSession } from './session/stop-session.ts'

export interface DemoOptions {
  readonly signal: AbortSignal
  /** What is being done, a line each. */
  readonly say: (line: string) => void
  readonly createPrinter: (restAddress: string, project: Project) => Promise<JobPrinter>
}

export interface DemoResult {
  readonly produced: ProduceResult
  readonly report: JobReport
  /** The ten best zone-hours, with the names of their zones. */
  readonly best: QueryResult
}

const TOPIC = 'rides'
const TRIPS = 'data/trips.csv'
const BEST_ZONE_HOURS = `
  SELECT to_char(r.window_start, 'YYYY-MM-DD HH24:MI') AS hour, z.zone, z.borough, r.trips, round(r.revenue::numeric, 2) AS revenue
  FROM hourly_revenue r JOIN zones z ON z.location_id = r.pulocationid
  ORDER BY r.revenue DESC, hour, z.zone LIMIT 10`

/** Leaves nothing running and nothing behind. */
export async function runDemo(options: DemoOptions): Promise<DemoResult> {
  const folder = mkdtempSync(join(tmpdir(), 'flinkts-demo-'))
  try {
    const { template } = scaffoldProject(join(folder, 'taxi'), 'taxi')
    // Ports of its own: a project that is up on the usual ones is not disturbed, and says so.
    const project = loadProject(join(folder, 'taxi'))
    const session = await openSession(project)
    try {
      options.say('starting Kafka and Postgres …')
      const { services } = await session.startServices({ services: ['kafka', 'postgres'] })
      const file = join(project.folder, TRIPS)
      const produced = await produceEvents({
        connection: { bootstrapServers: addressOf(services, 'kafka') },
        topic: TOPIC,
        from: { kind: 'file', path: file },
        changes: { keyField: project.config.topics[TOPIC]?.key },
        signal: options.signal,
      })
      options.say(`${produced.records} taxi trips are in topic ${TOPIC}; running ${template.run} …`)
      const jobs = await prepareJobFile(
        {
          project,
          file: join(project.folder, template.run),
          fresh: true,
          restore: undefined,
          allowNonRestoredState: false,
          kafkaOptions: { 'scan.bounded.mode': 'latest-offset' },
          // The job takes under a second: often enough to see checkpoints.
          configuration: { 'execution.checkpointing.interval': '20 ms' },
          notice: options.say,
        },
        session,
      )
      const printer = await options.createPrinter(session.restAddress, project)
      const reports = await followJobs(jobs, {
        restAddress: session.restAddress,
        signal: options.signal,
        printer,
      }).finally(() => printer.close())
      const best = await queryPostgres(addressOf(services, 'postgres'), BEST_ZONE_HOURS)
      return { produced, report: reports[0]!, best }
    } finally {
      session.release()
      await stopSession(project, { volumes: true })
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
