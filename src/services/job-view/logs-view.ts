// The last lines of a job's log, and of the session's: GET /flinkts/jobs/:job/log and /flinkts/log.
import { callRest } from '../rest-client.ts'
import { listOf, type RestAnswer } from './rest-answer.ts'

const LINES = 500

export async function readJobLog(address: string, jobId: string): Promise<string[]> {
  const { lines } = await callRest<RestAnswer>(address, { path: `/flinkts/jobs/${jobId}/log?tail=${LINES}` })
  return listOf(lines).map(String)
}

export async function readSessionLog(address: string): Promise<string[]> {
  const { lines } = await callRest<RestAnswer>(address, { path: `/flinkts/log?tail=${LINES}` })
  return listOf(lines).map(String)
}
