import { expect, it } from 'vitest'
import { findJob } from '../../../../src/services/jobs/find-job.ts'
import { findRunningJob, type ProjectJob } from '../../../../src/services/jobs/project-jobs.ts'

function job(key: string, jobId: string, more: Partial<ProjectJob> = {}): ProjectJob {
  return {
    key,
    jobId: jobId.padEnd(32, '0'),
    name: key,
    state: 'STOPPED',
    stateSince: undefined,
    running: false,
    attached: false,
    transient: false,
    startedAt: 0,
    endedAt: 1,
    outcome: undefined,
    nextRun: undefined,
    record: undefined,
    ...more,
  }
}

const hourly = job('jobs/hourly-revenue.sql', 'aab4')
const daily = job('daily totals', 'aab5')
const jobs = [hourly, daily, job('jobs/a.sql', 'c1'), job('other/a.ts', 'c2')]

it.each([
  ['jobs/hourly-revenue.sql', hourly],
  ['hourly-revenue', hourly],
  ['hourly-revenue.sql', hourly],
  ['daily totals', daily],
  ['aab5', daily],
  [hourly.jobId, hourly],
])('finds %s', (name, found) => {
  expect(findJob(jobs, name)).toBe(found)
})

it('names the nearest where there is none, and all', () => {
  expect(() => findJob(jobs, 'hourly-revnue')).toThrow(
    expect.objectContaining({
      code: 'JOB_NOT_FOUND',
      fix: expect.stringMatching(/Did you mean 'hourly-revenue'\? .*daily totals/) as string,
    }),
  )
  expect(() => findJob([], 'a')).toThrow(expect.objectContaining({ fix: 'The project has no jobs yet.' }))
})

it('names the first ten of many, and how all are listed', () => {
  const many = Array.from({ length: 12 }, (_, index) => job(`job-${index}`, `${index}`))
  const ten = Array.from({ length: 10 }, (_, index) => `job-${index}`).join(', ')
  const fix = `${ten} and 2 more: \`flinkts jobs list\` shows all.`
  expect(() => findJob(many, 'nothing')).toThrow(expect.objectContaining({ fix: `The project's jobs are ${fix}` }))
  const named = many.map((each) => ({ ...each, name: 'totals' }))
  expect(() => findJob(named, 'totals')).toThrow(expect.objectContaining({ fix: `Use one of these: ${fix}` }))
})

it('asks which of several is meant', () => {
  expect(() => findJob(jobs, 'a')).toThrow(
    expect.objectContaining({ message: "'a' is the name of 2 jobs", fix: 'Use one of these: jobs/a.sql, other/a.ts.' }),
  )
  expect(() => findJob([job('x', 'abcd1'), job('y', 'abcd2')], 'abcd')).toThrow(/name of 2 jobs/)
})

it('means the one that runs among runs of one name', () => {
  const runs = [job('x', '1', { transient: true }), job('x', '2', { transient: true, running: true })]
  expect(findJob(runs, 'x')).toBe(runs[1])
})

it('refuses to stop what does not run, and names what does', () => {
  const running = job('b', 'd', { running: true, state: 'RUNNING' })
  const all = { jobs: [...jobs, running], restAddress: 'http://127.0.0.1:1', problems: [] }
  expect(() => findRunningJob(all, 'hourly-revenue')).toThrow(
    expect.objectContaining({
      message: "job 'jobs/hourly-revenue.sql' is not running: it is STOPPED",
      fix: 'Running are b.',
    }),
  )
  expect(findRunningJob(all, 'b')).toMatchObject({ key: 'b', restAddress: 'http://127.0.0.1:1' })
})
