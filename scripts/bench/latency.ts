// End-to-end latency: a job that copies one topic to another; each record carries the time it was sent.
import { setTimeout as delay } from 'node:timers/promises'
import { parseBootstrapServers } from '../../engine/kafka/client/bootstrap-servers.ts'
import { createTopics } from '../../engine/kafka/client/admin.ts'
import { KafkaCluster } from '../../engine/kafka/client/kafka-cluster.ts'
import { PartitionFetcher } from '../../engine/kafka/client/partition-fetcher.ts'
import { Producer } from '../../engine/kafka/client/producer.ts'
import { RecordIndex } from '../../engine/kafka/protocol/record-index.ts'
import { systemClock } from '../../engine/time/clock.ts'
import type { BenchProject, ServiceAddresses } from './project.ts'

const JOB = `CREATE TABLE ticks (id BIGINT, sent DOUBLE) WITH ('connector'='kafka','properties.bootstrap.servers'='\${KAFKA}','topic'='ticks','scan.startup.mode'='earliest-offset','format'='json');
CREATE TABLE copies (id BIGINT, sent DOUBLE) WITH ('connector'='kafka','properties.bootstrap.servers'='\${KAFKA}','topic'='copies','format'='json');
INSERT INTO copies SELECT id, sent FROM ticks;`
const PER_SECOND = 1000
const WARM_UP = 3_000
const MEASURED = 10_000

async function send(producer: Producer): Promise<void> {
  const topic = await producer.topic('ticks')
  const startedAt = performance.now()
  for (let id = 0; id < WARM_UP + MEASURED;) {
    const due = Math.floor(((performance.now() - startedAt) * PER_SECOND) / 1000)
    for (; id < due && id < WARM_UP + MEASURED; id++) {
      topic.send(null, Buffer.from(`{"id":${id},"sent":${performance.now()}}`), systemClock.now())
    }
    await delay(1)
  }
  await producer.flush()
}

async function receive(cluster: KafkaCluster): Promise<number[]> {
  const fetcher = new PartitionFetcher(cluster)
  fetcher.assign([{ topic: 'copies', partition: 0, offset: 0 }])
  const index = new RecordIndex()
  const latencies: number[] = []
  while (latencies.length < WARM_UP + MEASURED) {
    for (const fetched of await fetcher.poll(500)) {
      const now = performance.now()
      for (const start of fetched.batchStarts) {
        index.read(fetched.bytes, start, fetched.fromOffset)
        for (let record = 0; record < index.count; record++) {
          const from = index.valueStart[record]!
          const text = Buffer.from(
            index.bytes.buffer,
            index.bytes.byteOffset + from,
            index.valueLength[record],
          ).toString()
          latencies.push(now - (JSON.parse(text) as { sent: number }).sent)
        }
      }
    }
  }
  fetcher.close()
  return latencies.slice(WARM_UP)
}

export async function measureLatency(project: BenchProject, services: ServiceAddresses): Promise<string> {
  const cluster = new KafkaCluster({
    bootstrapServers: parseBootstrapServers(services.kafka),
    clock: systemClock,
    random: Math.random,
  })
  await createTopics(cluster, [
    { name: 'ticks', partitions: 1 },
    { name: 'copies', partitions: 1 },
  ])
  const job = project.start('run', project.file('latency.sql', JOB), '--fresh', '--no-tui')
  await new Promise<void>((resolve) => job.stdout!.on('data', (text: Buffer) => text.includes('RUNNING') && resolve()))
  const producer = await Producer.open(cluster, { lingerMs: 0 })
  const [latencies] = await Promise.all([receive(cluster), send(producer)])
  await producer.close()
  cluster.close()
  job.kill('SIGINT')
  await new Promise((resolve) => job.once('exit', resolve))
  latencies.sort((a, b) => a - b)
  const at = (share: number): string => `${latencies[Math.floor(latencies.length * share)]!.toFixed(1)} ms`
  return `p50 ${at(0.5)}, p99 ${at(0.99)}, max ${latencies.at(-1)!.toFixed(1)} ms`
}
