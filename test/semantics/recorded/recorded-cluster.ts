// What a recorded case runs against: the embedded Kafka broker in this process, and PostgreSQL where a case asks for it.
import type { QueryResultRow } from 'pg'
import { startBroker, type RunningBroker } from '../../../engine/broker.ts'
import { createTopics } from '../../../engine/kafka/client/admin.ts'
import { parseBootstrapServers } from '../../../engine/kafka/client/bootstrap-servers.ts'
import { KafkaCluster } from '../../../engine/kafka/client/kafka-cluster.ts'
import { listOffsets } from '../../../engine/kafka/client/list-offsets.ts'
import { PartitionFetcher } from '../../../engine/kafka/client/partition-fetcher.ts'
import { Producer } from '../../../engine/kafka/client/producer.ts'
import { RecordIndex } from '../../../engine/kafka/protocol/record-index.ts'
import { systemClock } from '../../../engine/time/clock.ts'
import { startTestPostgres, type TestPostgres } from '../../helpers/postgres.ts'
import { encodeText, type ExpectedKafkaRecord, type RecordedRecord, type Value } from './recorded-case.ts'

const BASE_TIMESTAMP = 1_700_000_000_000
const HOUR_MS = 3_600_000

export class RecordedCluster {
  readonly bootstrap: string
  readonly #broker: RunningBroker
  readonly #kafka: KafkaCluster
  readonly #producer: Producer
  #postgres: Promise<TestPostgres> | undefined

  private constructor(broker: RunningBroker, kafka: KafkaCluster, producer: Producer) {
    this.bootstrap = broker.bootstrap
    this.#broker = broker
    this.#kafka = kafka
    this.#producer = producer
  }

  static async start(): Promise<RecordedCluster> {
    const broker = await startBroker()
    const kafka = new KafkaCluster({
      bootstrapServers: parseBootstrapServers(broker.bootstrap),
      clock: systemClock,
      random: Math.random,
    })
    return new RecordedCluster(broker, kafka, await Producer.open(kafka, { lingerMs: 0 }))
  }

  async createTopics(topics: readonly { readonly name: string; readonly partitions: number }[]): Promise<void> {
    if (topics.length === 0) return
    // the cases' timestamps lie in 2023: nothing may be old enough to be deleted
    await createTopics(
      this.#kafka,
      topics.map((topic) => ({ ...topic, configs: { 'retention.ms': '-1' } })),
    )
  }

  async produce(topic: string, records: readonly RecordedRecord[]): Promise<void> {
    const target = await this.#producer.topic(topic)
    records.forEach((record, index) => {
      const value = record.value_hex === undefined ? encodeText(record.value) : Buffer.from(record.value_hex, 'hex')
      const key = record.key_hex === undefined ? encodeText(record.key) : Buffer.from(record.key_hex, 'hex')
      const headers = Object.entries(record.headers ?? {}).map(([name, text]) => ({
        key: name,
        value: text === null ? null : Buffer.from(text),
      }))
      target.send(key, value, record.timestamp ?? BASE_TIMESTAMP + index, headers, record.partition ?? 0)
    })
    await this.#producer.flush()
  }

  /** All records of partition 0. */
  async read(topic: string): Promise<ExpectedKafkaRecord[]> {
    const [latest] = await listOffsets(this.#kafka, [{ topic, partition: 0, at: 'latest' }])
    const end = Number(latest!.offset)
    const fetcher = new PartitionFetcher(this.#kafka, { fetchWaitMsMax: 50 })
    const index = new RecordIndex({ timestamps: true, keys: true, headers: true })
    const records: ExpectedKafkaRecord[] = []
    fetcher.assign([{ topic, partition: 0, offset: 0 }])
    for (let next = 0; next < end;) {
      for (const fetched of await fetcher.poll(10_000)) {
        for (const start of fetched.batchStarts) {
          index.read(fetched.bytes, start, fetched.fromOffset)
          for (let at = 0; at < index.count; at++) records.push(recordAt(index, at))
        }
        next = fetched.nextOffset
      }
    }
    fetcher.close()
    return records
  }

  /** Started when the first case asks for it. */
  postgres(): Promise<TestPostgres> {
    this.#postgres ??= startTestPostgres()
    return this.#postgres
  }

  async stop(): Promise<void> {
    await this.#producer.close()
    this.#kafka.close()
    await this.#broker.stop()
    await (await this.#postgres)?.stop()
  }
}

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function textOf(bytes: Uint8Array | null): Value {
  if (bytes === null) return null
  try {
    return strictUtf8.decode(bytes)
  } catch {
    return `hex:${Buffer.from(bytes).toString('hex')}`
  }
}

function recordAt(index: RecordIndex, at: number): ExpectedKafkaRecord {
  const range = (start: number, length: number): Uint8Array | null =>
    length < 0 ? null : index.bytes.subarray(start, start + length)
  const headers = index.headersOf(at)
  const timestamp = index.timestampOf(at)
  // the recording kept timestamps that SQL had set: those far from the present
  const isSet = Math.abs(timestamp - Date.now()) > HOUR_MS
  return {
    key: textOf(range(index.keyStart[at]!, index.keyLength[at]!)),
    value: textOf(range(index.valueStart[at]!, index.valueLength[at]!)),
    ...(headers.length === 0
      ? {}
      : { headers: Object.fromEntries(headers.map(({ key, value }) => [key, textOf(value)])) }),
    ...(isSet ? { timestamp } : {}),
  }
}

/** A cell as Python's str() shows psycopg's value. */
function pythonText(value: string | null, type: string): Value {
  if (value === null) return null
  if (type === 'boolean') return value === 'true' ? 'True' : 'False'
  if (type === 'bytea') return `hex:${value.slice(2)}`
  if (type.startsWith('timestamp') || type.startsWith('time')) {
    return value.replace(/\.(\d+)/, (_, fraction: string) => `.${fraction.padEnd(6, '0')}`)
  }
  return value
}

export async function readPostgresTable(postgres: TestPostgres, table: string): Promise<Value[][]> {
  const columns = await postgres.query<{ column_name: string; data_type: string } & QueryResultRow>(
    `SELECT column_name, data_type FROM information_schema.columns WHERE table_name = '${table}' ORDER BY ordinal_position`,
  )
  const select = columns.map(({ column_name: name }, index) => `"${name}"::text AS c${index}`).join(', ')
  const rows = await postgres.query<Record<string, string | null>>(`SELECT ${select} FROM ${table}`)
  return rows.map((row) => columns.map(({ data_type: type }, index) => pythonText(row[`c${index}`] ?? null, type)))
}
