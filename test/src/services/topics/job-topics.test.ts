import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { fileSystemStorage } from '../../../../engine/checkpoint/file-system-storage.ts'
import { JobManager, type ManagedJob } from '../../../../engine/cluster/job-manager.ts'
import { createLocalLauncher } from '../../../../engine/cluster/local-launcher.ts'
import { createDefaultEnvironment } from '../../../../engine/task/default-environment.ts'
import { systemClock } from '../../../../engine/time/clock.ts'
import { planSqlFile } from '../../../../src/services/plan-sql.ts'
import { readJobTopics } from '../../../../src/services/topics/job-topics.ts'
import { freePort } from '../../../helpers/free-port.ts'
import { startTestKafka, type TestKafka } from '../../../helpers/kafka.ts'
import { until } from '../../../helpers/rest-cluster.ts'

let kafka: TestKafka
beforeAll(async () => {
  kafka = await startTestKafka()
})
afterAll(() => kafka.stop())

async function runningJob(text: string): Promise<ManagedJob> {
  const directory = await mkdtemp(join(tmpdir(), 'flinkts-topics-'))
  const environment = createDefaultEnvironment()
  const jobManager = new JobManager({
    directory,
    environment,
    launcher: createLocalLauncher(environment, fileSystemStorage),
    storage: fileSystemStorage,
    taskManagers: 1,
    slotsPerTaskManager: 2,
  })
  onTestFinished(async () => {
    await jobManager.close()
    await rm(directory, { recursive: true })
  })
  await jobManager.start()
  const addresses = { kafka: kafka.bootstrap, postgres: undefined }
  const [planned] = planSqlFile({ text, file: 'job.sql', addresses, configuration: { 'parallelism.default': '1' } })
  return jobManager.submit(planned!.graph)
}

const tableOf = (name: string, topic: string, servers = '${KAFKA}'): string =>
  `CREATE TABLE ${name} (a INT) WITH ('connector' = 'kafka', 'topic' = '${topic}', 'format' = 'json',
    'properties.bootstrap.servers' = '${servers}', 'scan.startup.mode' = 'earliest-offset');`

test('tells offsets of the topics that a job reads and writes, and how far it has read', async () => {
  const [read, written] = [await kafka.createTopic(2), await kafka.createTopic()]
  await kafka.produce(read, [{ value: '{"a":1}' }, { value: '{"a":2}' }, { value: '{"a":3}', partition: 1 }])
  const job = await runningJob(
    `${tableOf('r', read)} ${tableOf('w', written)} INSERT INTO w SELECT a FROM r WHERE a <> 2;`,
  )
  let topics = await readJobTopics(job)
  const deadline = systemClock.now() + 20_000
  const isRead = (): boolean =>
    topics.topics[0]!.partitions.every(({ position, latestOffset }) => position === latestOffset)
  while (!isRead() && systemClock.now() < deadline) topics = await readJobTopics(job)
  const { bootstrap: bootstrapServers } = kafka
  const partition = { earliestOffset: 0 }
  expect(topics).toEqual({
    at: expect.any(Number) as number,
    topics: [
      {
        name: read,
        role: 'source',
        bootstrapServers,
        partitions: [
          { ...partition, partition: 0, latestOffset: 2, position: 2 },
          { ...partition, partition: 1, latestOffset: 1, position: 1 },
        ],
      },
      {
        name: written,
        role: 'sink',
        bootstrapServers,
        partitions: [{ ...partition, partition: 0, latestOffset: 2, position: undefined }],
      },
    ],
  })
  expect(Math.abs(systemClock.now() - topics.at)).toBeLessThan(20_000)
})

test('a cluster that does not answer is a problem of its own topics only', async () => {
  const topic = await kafka.createTopic()
  const dead = `127.0.0.1:${await freePort()}`
  const job = await runningJob(`${tableOf('r', topic)} ${tableOf('w', topic, dead)} INSERT INTO w SELECT a FROM r;`)
  await until(() => job.master.records.length > 0, 'the job')
  const { topics } = await readJobTopics(job)
  expect(topics).toMatchObject([
    { name: topic, role: 'source', bootstrapServers: kafka.bootstrap, partitions: [{ latestOffset: 0 }] },
    { name: topic, role: 'sink', bootstrapServers: dead, partitions: [], problem: expect.any(String) as string },
  ])
  expect(topics[0]!.problem).toBeUndefined()
})
