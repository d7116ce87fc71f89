// GET /flinkts/jobs/:job/why?operator=&window=&record=   why nothing (or less) comes out of the job
//     {job, name, status, findings: [{kind, severity, text, details, facts}]}, the cause first. `operator`: name, number or
//     id. `window`: window_start in the job's local time. `record`: topic:partition:offset. 400 for what is none of these.
import { diagnose } from '../diagnosis/diagnose.ts'
import { parseRecordPlace } from '../diagnosis/parse-record.ts'
import { parseWindowTime } from '../diagnosis/parse-window.ts'
import { inspectJobRecord } from '../cluster/inspect-job-record.ts'
import { zoneOfGraph } from '../diagnosis/graph-facts.ts'
import type { WhyAnswer } from '../diagnosis/finding.ts'
import type { RecordFacts } from '../diagnosis/job-facts.ts'
import type { ManagedJob } from '../cluster/job-manager.ts'
import { collectJobFacts } from './collect-job-facts.ts'
import { hasEnded } from './job-json.ts'
import type { JobRequest, JobRoute } from './route.ts'

async function recordFacts(job: ManagedJob, text: string): Promise<RecordFacts> {
  const place = parseRecordPlace(text)
  return { ...place, sources: await inspectJobRecord(job, place) }
}

async function why({ jobManager, params, query, now }: JobRequest): Promise<WhyAnswer> {
  const job = jobManager.job(params['job']!)
  const { master, record } = job
  const [operator, window, place] = ['operator', 'window', 'record'].map((name) => query.get(name) ?? undefined)
  const local = window === undefined ? undefined : parseWindowTime(window, zoneOfGraph(master.options.graph))
  const [subtasks, asked] = await Promise.all([
    hasEnded(job) ? [] : jobManager.diagnose(master.jobId, { window: local }),
    place === undefined ? undefined : recordFacts(job, place),
  ])
  const facts = collectJobFacts(job, subtasks, now)
  const { findings } = diagnose(facts, { operator, window: local, record: asked })
  return { job: master.jobId, name: record.jobName, status: facts.status, findings }
}

export const whyRoutes: readonly JobRoute[] = [{ method: 'GET', path: '/flinkts/jobs/:job/why', handle: why }]
