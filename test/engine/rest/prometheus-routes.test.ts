import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { prometheusText, type Sample } from '../../../engine/rest/prometheus-text.ts'
import { parsePrometheus, type ParsedSample } from '../../helpers/parse-prometheus.ts'
import { RestCluster, until } from '../../helpers/rest-cluster.ts'

let cluster: RestCluster
beforeEach(async () => {
  cluster = await RestCluster.start()
})
afterEach(() => cluster.stop())

async function scrape(): Promise<ParsedSample[]> {
  const response = await fetch(`${cluster.address}/metrics`)
  expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
  return parsePrometheus(await response.text())
}

describe('metrics for Prometheus', () => {
  it('have the names and labels of Flink’s reporter', async () => {
    const job = await cluster.runningJob()
    await until(
      () => job.master.records.reduce((all, { figures }) => all + (figures?.numRecordsOut ?? 0), 0) >= 800,
      'all rows',
    )
    const samples = await scrape()
    const of = (name: string): ParsedSample[] => samples.filter((sample) => sample.name === name)
    const { jobId } = job.master
    expect(of('flink_jobmanager_numRunningJobs').map(({ value }) => value)).toEqual([1])
    expect(of('flink_jobmanager_job_numberOfCompletedCheckpoints')[0]).toMatchObject({
      labels: { job_id: jobId, job_name: job.record.jobName },
    })
    expect(of('flink_taskmanager_Status_JVM_Memory_Heap_Used')[0]!.labels).toMatchObject({ tm_id: 'taskmanager-1' })
    const read = of('flink_taskmanager_job_task_numRecordsIn').filter(
      ({ labels }) => labels['task_name'] === 'Source: in',
    )
    expect(read.map(({ value }) => value)).toEqual([400, 400])
    expect(read.map(({ labels }) => labels['subtask_index'])).toEqual(['0', '1'])
    const watermarks = of('flink_taskmanager_job_task_operator_currentInputWatermark')
    expect(new Set(watermarks.map(({ labels }) => labels['operator_name']))).toEqual(new Set(['sum', 'out: Writer']))
    const [first] = watermarks
    for (const label of [
      'host',
      'tm_id',
      'job_id',
      'job_name',
      'task_id',
      'task_name',
      'task_attempt_id',
      'task_attempt_num',
      'subtask_index',
      'operator_id',
      'operator_name',
    ])
      expect(first!.labels, label).toHaveProperty(label)
  })

  it('name nothing of a job that has ended', async () => {
    await cluster.failedJob()
    expect((await scrape()).filter(({ name }) => name.includes('_job_'))).toEqual([])
  })
})

describe('the text format', () => {
  it('can be parsed whatever names, labels and values are', () => {
    const sample: fc.Arbitrary<Sample> = fc.record({
      name: fc.string({ minLength: 1 }),
      help: fc.string(),
      labels: fc.dictionary(fc.constantFrom('a', 'job_name', 'x-y'), fc.string({ unit: 'grapheme' })),
      value: fc.double(),
    })
    fc.assert(
      fc.property(fc.array(sample), (samples) => {
        const parsed = parsePrometheus(prometheusText(samples))
        expect(parsed.length).toBeLessThanOrEqual(samples.length)
        for (const { labels } of samples) {
          const wanted = Object.entries(labels).map(([name, text]) => [name.replace('-', '_'), text])
          expect(parsed.some((one) => wanted.every(([name, text]) => one.labels[name!] === text))).toBe(true)
        }
      }),
    )
  })

  it('writes a family’s samples together and no sample twice', () => {
    const sample = (name: string, tm: string, value: number): Sample => ({ name, help: 'h', labels: { tm }, value })
    const text = prometheusText([
      sample('a.b', '1', 1),
      sample('c', '1', 2),
      sample('a_b', '2', 3),
      sample('a b', '1', 4),
    ])
    expect(text).toBe(
      '# HELP a_b h\n# TYPE a_b gauge\na_b{tm="1"} 1\na_b{tm="2"} 3\n# HELP c h\n# TYPE c gauge\nc{tm="1"} 2\n',
    )
  })
})
