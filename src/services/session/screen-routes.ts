// What a screen asks the session for beside the jobs' own truth: what their subtasks say, topics and the ends of logs. See docs/rest-api.md.
import { subtaskKey, watermarkText, type JobManager, type Route } from '../../../engine/host.ts'
import type { Project } from '../../config/project.ts'
import { followLogFile } from '../follow-log-file.ts'
import { jobLogFile, processLogFiles } from '../logs/log-files.ts'
import { readJobTopics } from '../topics/job-topics.ts'

const TAIL_DEFAULT = 200
const TAIL_MAX = 5_000

async function tailOf(path: string, query: URLSearchParams, signal: AbortSignal): Promise<{ lines: string[] }> {
  const asked = Number(query.get('tail') ?? TAIL_DEFAULT)
  const tail = Math.min(TAIL_MAX, Number.isInteger(asked) && asked > 0 ? asked : TAIL_DEFAULT)
  const lines: string[] = []
  for await (const line of followLogFile(path, { tail, follow: false, signal })) lines.push(line)
  return { lines }
}

/** Of the parts of a subtask's answer; where one has none yet it is left out, as `undefined` is. */
const WATERMARKS = new Set(['watermark', 'firedUpTo'])

/** JSON has no infinities: a watermark at the end of the input is told as Flink tells it, in words of Long.MAX_VALUE. */
function endAsText(key: string, value: unknown): unknown {
  if (!WATERMARKS.has(key) || typeof value !== 'number' || Number.isFinite(value)) return value
  return value === Infinity ? watermarkText(value) : undefined
}

export function screenRoutes(project: Project, jobManager: JobManager): Route[] {
  return [
    {
      method: 'GET',
      path: '/flinkts/jobs/:job/diagnostics',
      handle: async ({ params }) => {
        const { jobId, records } = jobManager.job(params['job']!).master
        const subtasks = await jobManager.diagnose(jobId, {})
        const answered = new Set(subtasks.map(subtaskKey))
        // their messages come in order: who has failed and said so is no longer FINISHED or RUNNING here
        const silent = records.filter(({ status, key }) => status !== 'FINISHED' && !answered.has(key)).length
        const body = JSON.stringify({ subtasks, silent }, endAsText)
        return { kind: 'text', contentType: 'application/json', body }
      },
    },
    {
      method: 'GET',
      path: '/flinkts/jobs/:job/topics',
      handle: async ({ params }) => ({ kind: 'json', body: await readJobTopics(jobManager.job(params['job']!)) }),
    },
    {
      method: 'GET',
      path: '/flinkts/jobs/:job/log',
      handle: async ({ params, query, signal }) => {
        const { key } = jobManager.job(params['job']!).record
        return { kind: 'json', body: await tailOf(jobLogFile(project, key), query, signal) }
      },
    },
    {
      method: 'GET',
      path: '/flinkts/log',
      handle: async ({ query, signal }) => ({
        kind: 'json',
        body: await tailOf(processLogFiles(project).session, query, signal),
      }),
    },
  ]
}
