import type { SessionJob } from '../../engine/host.ts'
import { callRest } from './rest-client.ts'

/** All jobs of the session, running and ended, with what only flinkts knows of them. Throws SESSION_UNREACHABLE. */
export function sessionJobs(restAddress: string): Promise<readonly SessionJob[]> {
  return callRest(restAddress, { path: '/flinkts/jobs' })
}
