import { FlinktsError } from '../../../engine/host.ts'
import type { RunnableJob } from '../run-job.ts'
import type { Session } from '../session/open-session.ts'
import { startDetached, type DetachedJob } from './start-detached.ts'

function checkDetachable(jobs: readonly RunnableJob[]): void {
  const shows = jobs.find(({ showsRows }) => showsRows)
  if (shows !== undefined) {
    throw new FlinktsError('OPTION_INVALID', `${shows.name} is a SELECT: detached, nobody would see its rows`, {
      fix: 'Leave --detach out, or INSERT the rows INTO a table.',
    })
  }
  const waits = jobs.slice(0, -1).find(({ waitsForEnd }) => waitsForEnd)
  if (waits !== undefined) {
    throw new FlinktsError('OPTION_INVALID', `the next job begins when ${waits.name} has ended (table.dml-sync)`, {
      fix: 'Leave --detach out, or set table.dml-sync to false.',
    })
  }
}

/** Submits the jobs in order; each runs, or has ended, when the next is submitted. Throws the first one's failure. */
export async function runDetached(
  jobs: readonly RunnableJob[],
  session: Session,
  notice: (line: string) => void,
): Promise<DetachedJob[]> {
  checkDetachable(jobs)
  const started: DetachedJob[] = []
  for (const job of jobs) {
    started.push(await startDetached(session.restAddress, await job.submit({ detached: true }), notice))
  }
  return started
}
