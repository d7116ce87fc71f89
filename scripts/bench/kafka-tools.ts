// Apache Kafka's performance tools, which measure both brokers alike. FLINKTS_KAFKA_TOOLS names the folder of Kafka's jars.
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { packageFolder } from './project.ts'

const LIMIT_MS = 300_000

export type Acks = '1' | 'all'

/** The output of a Java program: a class of Kafka's jars, or a source file. */
export async function java(main: string, args: readonly string[]): Promise<string> {
  const libs = process.env['FLINKTS_KAFKA_TOOLS']
  const { stdout } = await promisify(execFile)('java', ['-Xmx512M', '-cp', `${libs}/*`, main, ...args], {
    timeout: LIMIT_MS,
    maxBuffer: 64 << 20,
  })
  return stdout
}

function figure(text: string, pattern: RegExp): number {
  const match = pattern.exec(text)
  if (match === null) throw new Error(`no figure in: ${text}`)
  return Number(match[1])
}

/** Records per second that kafka-producer-perf-test gets acknowledged. */
export async function producePerSecond(
  bootstrap: string,
  { topic, records, recordBytes, acks }: { topic: string; records: number; recordBytes: number; acks: Acks },
): Promise<number> {
  const what = ['--topic', topic, '--num-records', String(records), '--record-size', String(recordBytes)]
  const how = ['--throughput', '-1', '--producer-props', `bootstrap.servers=${bootstrap}`, `acks=${acks}`]
  const report = await java('org.apache.kafka.tools.ProducerPerformance', [...what, ...how])
  return figure(report.trim().split('\n').at(-1)!, /sent, ([\d.]+) records\/sec/)
}

/** Records per second that kafka-consumer-perf-test reads, without the time its group takes to form. */
export async function consumePerSecond(bootstrap: string, topic: string, records: number): Promise<number> {
  const what = ['--bootstrap-server', bootstrap, '--topic', topic, '--messages', String(records), '--hide-header']
  const columns = (await java('org.apache.kafka.tools.ConsumerPerformance', what))
    .trim()
    .split('\n')
    .at(-1)!
    .split(', ')
  const [read, perSecond] = [Number(columns[4]), Number(columns[9])]
  if (!(read >= records)) throw new Error(`${read} of ${records} records were read from ${topic}`)
  return perSecond
}

export interface Latency {
  readonly p50Ms: number
  readonly p99Ms: number
}

/** One record at a time, from before it is sent until it was read. */
export async function endToEndLatency(bootstrap: string, topic: string, records: number): Promise<Latency> {
  const report = await java(`${packageFolder}scripts/bench/LatencyPerformance.java`, [
    bootstrap,
    topic,
    String(records),
  ])
  return { p50Ms: figure(report, /p50 ([\d.]+)/), p99Ms: figure(report, /p99 ([\d.]+)/) }
}

/** Transactions per second of one producer: ten records in each, committed before the next begins. */
export async function transactionsPerSecond(bootstrap: string, topic: string, transactions: number): Promise<number> {
  const source = `${packageFolder}scripts/bench/TransactionPerformance.java`
  return figure(await java(source, [bootstrap, topic, String(transactions), '10']), /([\d.]+) transactions\/sec/)
}
