// The topics of a check: made anew, filled and read.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, extname, join } from 'node:path'
import {
  ANYTHING,
  COUNT,
  createTopics,
  deleteTopics,
  FlinktsError,
  listOffsets,
  POSITIVE,
  Producer,
  systemClock,
  TEXT,
  TEXTS_BY_NAME,
  type OptionRules,
} from '../../engine/host.ts'
import { consumeRecords, type ConsumedRecord } from '../services/consume-records.ts'
import type { OffsetSpec } from '../services/offset-spec.ts'
import { produceEvents } from '../services/produce-events.ts'
import { planProduce } from '../services/produce/plan-produce.ts'
import { openTopic } from '../services/produce/open-topic.ts'
import { expectTopic, withCluster } from '../services/topics/read-topics.ts'
import { expectLabOptions } from './expect-lab-options.ts'
import { until, type LabContext } from './lab-context.ts'
import type {
  ConsumeRange,
  Lab,
  PartitionOffsets,
  ProduceFile,
  ProduceRecords,
  RecordToProduce,
  TopicOptions,
  TopicRecord,
} from './lab.ts'

const TOPIC_LIMIT_MS = 15_000

const topicOptions: OptionRules<TopicOptions> = { partitions: POSITIVE, config: TEXTS_BY_NAME }
const fileParts: OptionRules<ProduceFile> = {
  file: TEXT,
  key: TEXT,
  skip: COUNT,
  count: COUNT,
  partition: COUNT,
  timeColumn: TEXT,
}
const recordsParts: OptionRules<ProduceRecords> = {
  records: { expected: 'a list of objects', holds: (value) => Array.isArray(value) },
}
/** Keys and values of other types are written as JSON. */
const recordParts: OptionRules<RecordToProduce> = {
  key: ANYTHING,
  value: ANYTHING,
  partition: COUNT,
  timestamp: COUNT,
}
const consumeRange: OptionRules<ConsumeRange> = { partition: COUNT, from: COUNT, limit: COUNT }

/** A Kafka that is not ours deletes in the background: until then the name is taken. */
async function makeTopic({ kafka, signal }: LabContext, name: string, options: TopicOptions = {}): Promise<void> {
  expectLabOptions('lab.topic', options, topicOptions)
  const { partitions = 1, config = {} } = options
  await withCluster(kafka, async (cluster) => {
    const present = await cluster.topics(null, signal)
    if (present.some((topic) => topic.name === name)) await deleteTopics(cluster, [name])
    await until(
      async () => {
        const [made] = await createTopics(cluster, [{ name, partitions, configs: config }], signal)
        return made!.created
      },
      { what: `topic ${name} made anew`, limitMs: TOPIC_LIMIT_MS, signal, because: 'Kafka has not deleted it yet.' },
    )
  })
}

/** A copy of the file without its first lines, but for the header of a CSV file. The caller removes its folder. */
function withoutFirst(path: string, count: number): string {
  const lines = readFileSync(path, 'utf8').split('\n')
  const header = extname(path).toLowerCase() === '.csv' ? lines.splice(0, 1) : []
  const copy = join(mkdtempSync(join(tmpdir(), 'flinkts-produce-')), basename(path))
  writeFileSync(copy, [...header, ...lines.slice(count)].join('\n'))
  return copy
}

async function produceFile(
  { kafka, signal }: LabContext,
  topic: string,
  path: string,
  { key, skip = 0, count, partition, timeColumn, file }: ProduceFile,
): Promise<number> {
  const rest = skip > 0 ? withoutFirst(path, skip) : path
  try {
    const flags = { file: rest, key, count, partition, 'time-column': timeColumn }
    const plan = await planProduce(flags, { topic, topicKey: undefined })
    const { records, notices } = await produceEvents({ ...plan, connection: kafka, signal })
    if (timeColumn !== undefined && notices.length > 0)
      throw new FlinktsError('OPTION_INVALID', `${file}: ${notices[0]}`, {
        fix: "Make the topic with config: { 'retention.ms': '-1' }.",
      })
    return records
  } finally {
    if (rest !== path) rmSync(dirname(rest), { recursive: true, force: true })
  }
}

function isComplete(record: object): record is RecordToProduce {
  return Object.hasOwn(record, 'value')
}

function bytesOf(value: unknown): Uint8Array | null {
  if (value === null || value === undefined) return null
  return Buffer.from(typeof value === 'string' ? value : JSON.stringify(value))
}

function expectProduce(what: ProduceFile | ProduceRecords): void {
  if (!('records' in what) || 'file' in what) return expectLabOptions('lab.produce', what, fileParts, ['file'])
  expectLabOptions('lab.produce', what, recordsParts)
  for (const record of what.records)
    if (isComplete(record)) expectLabOptions('lab.produce: a record with a value', record, recordParts)
}

async function produceRecords(
  { kafka, signal }: LabContext,
  name: string,
  { records }: ProduceRecords,
): Promise<number> {
  await withCluster(kafka, async (cluster) => {
    const producer = await Producer.open(cluster, {}, signal)
    const { topic } = await openTopic(cluster, producer, name, signal)
    for (const record of records) {
      if (!producer.isAvailable()) await producer.available(signal)
      const { key, value, partition, timestamp }: RecordToProduce = isComplete(record) ? record : { value: record }
      topic.send(bytesOf(key), bytesOf(value), timestamp ?? systemClock.now(), undefined, partition)
    }
    await producer.close(signal)
  })
  return records.length
}

async function readOffsets({ kafka, signal }: LabContext, name: string): Promise<PartitionOffsets[]> {
  return withCluster(kafka, async (cluster) => {
    const { partitions } = await expectTopic(cluster, name)
    const ask = (at: 'earliest' | 'latest') =>
      listOffsets(
        cluster,
        partitions.map(({ partition }) => ({ topic: name, partition, at })),
        { signal },
      )
    const [earliest, latest] = await Promise.all([ask('earliest'), ask('latest')])
    return partitions
      .map(({ partition }, index) => ({
        partition,
        earliest: earliest[index]?.offset ?? 0,
        latest: latest[index]?.offset ?? 0,
      }))
      .sort((left, right) => left.partition - right.partition)
  })
}

function parsed(value: Uint8Array | null): unknown {
  if (value === null) return null
  const text = Buffer.from(value).toString('utf8')
  try {
    return JSON.parse(text) as unknown
  } catch {
    return text
  }
}

function recordOf({ partition, offset, timestamp, key, value }: ConsumedRecord): TopicRecord {
  const keyText = key === null ? null : Buffer.from(key).toString('utf8')
  return { partition, offset, timestamp, key: keyText, value: parsed(value) }
}

async function readRecords(context: LabContext, topic: string, range: ConsumeRange = {}): Promise<TopicRecord[]> {
  expectLabOptions('lab.consume', range, consumeRange)
  const { partition, from, limit = Infinity } = range
  const held = await readOffsets(context, topic)
  const wanted = held.filter((each) => partition === undefined || each.partition === partition)
  const spec: OffsetSpec =
    from === undefined
      ? { kind: 'earliest' }
      : {
          kind: 'offsets',
          topic: undefined,
          offsets: new Map(
            wanted.map((each) => [each.partition, Math.min(Math.max(from, each.earliest), each.latest)]),
          ),
        }
  const records: TopicRecord[] = []
  const chunks = consumeRecords({
    connection: context.kafka,
    topic,
    from: spec,
    until: { kind: 'latest' },
    partitions: partition === undefined ? undefined : [partition],
    signal: context.signal,
    notice: () => undefined,
  })
  for await (const chunk of chunks) for (const record of chunk) records.push(recordOf(record))
  context.signal.throwIfAborted()
  records.sort((left, right) => left.partition - right.partition || left.offset - right.offset)
  return records.slice(0, limit)
}

export function topicCalls(
  context: LabContext,
  data: (name: string) => string,
): Pick<Lab, 'topic' | 'produce' | 'consume' | 'offsets'> {
  return {
    topic: (name, options) => makeTopic(context, name, options),
    async produce(topic, what) {
      expectProduce(what)
      const records = await ('file' in what
        ? produceFile(context, topic, data(what.file), what)
        : produceRecords(context, topic, what))
      return { records }
    },
    consume: (topic, range) => readRecords(context, topic, range),
    offsets: (topic) => readOffsets(context, topic),
  }
}
