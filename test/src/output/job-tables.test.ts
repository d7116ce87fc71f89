import { expect, it } from 'vitest'
import { stoppedJobLine } from '../../../src/output/job-tables.ts'

const job = { job: 'jobs/a.sql', jobId: 'c1', keepsState: true } as const
const late = { ...job, state: 'CRASHED', problem: 'not within 30 s' }

it.each([
  [{ ...job, state: 'STOPPED', savepoint: '/s/1' }, 'Stopped jobs/a.sql with savepoint /s/1.'],
  [{ ...job, keepsState: false }, 'Ended jobs/a.sql, which keeps no state.'],
  [{ ...job, state: 'FINISHED', problem: 'all sources of the job have finished' }, 'jobs/a.sql has FINISHED.'],
  [
    { ...late, nextRun: { kind: 'restore', location: '/c/chk-7', say: [] } } as const,
    'jobs/a.sql could not take a savepoint (not within 30 s): the next run resumes from its last checkpoint, /c/chk-7.',
  ],
  [
    { ...late, nextRun: { kind: 'fresh', location: undefined, say: [] } } as const,
    'jobs/a.sql could not take a savepoint (not within 30 s): the next run begins afresh, for it has no checkpoint.',
  ],
  [
    { ...late, nextRun: { kind: 'refused', location: undefined, say: ['chk-7 is torn'] } } as const,
    'jobs/a.sql could not take a savepoint (not within 30 s): the next run is refused: chk-7 is torn.',
  ],
])('says what down made of a job: %o', (stopped, line) => {
  expect(stoppedJobLine(stopped)).toBe(line)
})
