import { expect, it } from 'vitest'
import { lostJob, type SeenJob } from '../../../src/workshop/job-end.ts'

const job = (jobId: string, status: SeenJob['status'], endedAt?: number): SeenJob => ({
  jobId,
  name: jobId,
  status,
  endedAt,
})
const KNOWN_UNTIL = 100

it.each<[string, SeenJob[], string | undefined]>([
  ['of a job that has failed', [job('a', 'FAILED', 101)], 'a'],
  ['of one that somebody has cancelled', [job('a', 'CANCELED', 101)], 'a'],
  ['not of one that goes on', [job('a', 'RESTARTING')], undefined],
  ['not of one that is still being ended', [job('a', 'FAILING')], undefined],
  ['not of one that has finished', [job('a', 'FINISHED', 101)], undefined],
  ['not of one that the check itself has cancelled', [job('own', 'CANCELED', 101)], undefined],
  ['of one that the check wanted to cancel and that failed', [job('own', 'FAILED', 101)], 'own'],
  ['not of one that the check may know of', [job('a', 'FAILED', 100)], undefined],
  ['not as long as another runs', [job('a', 'FAILED', 101), job('b', 'RUNNING')], undefined],
  ['when the other has ended', [job('a', 'FAILED', 101), job('b', 'FINISHED', 120)], 'a'],
  ['of the last', [job('a', 'FAILED', 101), job('b', 'CANCELED', 120)], 'b'],
  ['of the one that is news', [job('a', 'FAILED', 101), job('b', 'CANCELED', 90)], 'a'],
])('a check that waits is told %s', (_what, jobs, told) => {
  expect(lostJob({ endedJobs: new Set(['own']) }, jobs, KNOWN_UNTIL)?.jobId).toBe(told)
})
