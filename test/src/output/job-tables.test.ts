import { expect, it } from 'vitest'
import { renderJobDetails, stoppedJobLine } from '../../../src/output/job-tables.ts'
import type { ProjectJob } from '../../../src/services/jobs/project-jobs.ts'

const job = { job: 'jobs/a.sql', jobId: 'c1', keepsState: true } as const
const late = { ...job, state: 'SUSPENDED', problem: 'not within 30 s' }

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

const started = Date.parse('2025-11-01T12:00:00Z')
const shown: ProjectJob = {
  key: 'jobs/a.sql',
  name: 'a',
  jobId: 'c1',
  state: 'RESTARTING',
  stateSince: started + 3_600_000,
  running: true,
  attached: false,
  transient: false,
  startedAt: started,
  endedAt: undefined,
  outcome: undefined,
  nextRun: undefined,
  record: undefined,
}

it.each<[Partial<ProjectJob>, RegExp]>([
  [{}, /^jobs\/a\.sql {2}RESTARTING for 7\.7 s, started 2025-11-01/],
  [
    { state: 'STOPPED', running: false, stateSince: undefined, endedAt: started + 12_300 },
    /^jobs\/a\.sql {2}STOPPED after 12\.3 s, started 2025-11-01/,
  ],
])('says for how long a job has been in its state, or after which time it ended: %o', (more, line) => {
  const now = started + 3_607_700
  const details = { job: { ...shown, ...more }, now, lastSnapshot: undefined, failures: [], refusedStart: undefined }
  expect(renderJobDetails(details)).toMatch(line)
})
