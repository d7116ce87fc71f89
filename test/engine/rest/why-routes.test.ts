import { afterEach, beforeEach, expect, it } from 'vitest'
import type { WhyAnswer } from '../../../engine/diagnosis/finding.ts'
import { RestCluster } from '../../helpers/rest-cluster.ts'

let cluster: RestCluster
beforeEach(async () => {
  cluster = await RestCluster.start()
})
afterEach(() => cluster.stop())

async function why(jobId: string, query = ''): Promise<WhyAnswer> {
  const { status, body } = await cluster.call(`/flinkts/jobs/${jobId}/why${query}`)
  expect(status).toBe(200)
  return body as WhyAnswer
}

it('answers for a running job: every subtask was asked', async () => {
  const { master, record } = await cluster.runningJob()
  const answer = await why(master.jobId)
  expect(answer).toMatchObject({ job: master.jobId, name: record.jobName, status: 'RUNNING' })
  expect(answer.findings.length).toBeGreaterThan(0)
  expect(answer.findings.map(({ kind }) => kind)).not.toContain('unanswered')
})

it('answers for a failed one: the first cause', async () => {
  const { master } = await cluster.failedJob()
  const { status, findings } = await why(master.jobId)
  expect(status).toBe('FAILED')
  expect(findings[0]).toMatchObject({
    kind: 'job-status',
    severity: 'cause',
    text: 'the job has failed: the bad record',
    facts: { code: 'INTERNAL', message: 'the bad record' },
  })
  expect(findings[0]!.details).toContain('error code: INTERNAL, in Source: in -> boom -> out: Writer (1/1)')
})

it('says of a record whether the job reads its topic at all', async () => {
  const { master } = await cluster.runningJob()
  const { findings } = await why(master.jobId, '?record=rides:0:1')
  expect(findings[0]).toMatchObject({ kind: 'record', facts: { state: 'not-read-by-job' } })
})

it.each([
  ['?operator=nothing', 'the job has no operator'],
  ['?window=noon', 'is no time of a window'],
  ['?record=rides', 'names no record'],
])('refuses %s', async (query, message) => {
  const { master } = await cluster.runningJob()
  const { status, body } = await cluster.call(`/flinkts/jobs/${master.jobId}/why${query}`)
  expect(status).toBe(400)
  expect(JSON.stringify(body)).toContain(message)
})

it('knows no other job', async () => {
  expect((await cluster.call('/flinkts/jobs/abc/why')).status).toBe(404)
})
