// Writes rows as JSON records. At least once: what is not acknowledged when `flush` ends fails the job.
import { ByteWriter } from '../../formats/byte-writer.ts'
import { JsonEncoder } from '../../formats/json/json-encoder.ts'
import type { KafkaCluster } from '../../kafka/client/kafka-cluster.ts'
import { Producer, type TopicProducer } from '../../kafka/client/producer.ts'
import type { RecordHeader } from '../../kafka/protocol/record-index.ts'
import { millisOf, type Timestamp } from '../../functions/timestamp.ts'
import { types, type RowType } from '../../types/logical-type.ts'
import { getCell, type Cell, type RecordBatch } from '../../types/record-batch.ts'
import type { RuntimeContext, SinkSpec, SinkWriter } from '../connector.ts'
import type { KafkaSinkSettings, RecordPartSettings } from './kafka-settings.ts'
import { openCluster } from './open-cluster.ts'

/** A trickle goes out at once; under load batches fill while the one before is on the wire. */
const LINGER_MS = 1

const NO_BYTES = new Uint8Array(0)

export class KafkaWriter implements SinkWriter {
  readonly #settings: KafkaSinkSettings
  readonly #type: RowType
  readonly #context: RuntimeContext
  readonly #cluster: KafkaCluster
  readonly #valueEncoder: JsonEncoder
  readonly #keyEncoder: JsonEncoder | undefined
  readonly #value = new ByteWriter()
  readonly #key = new ByteWriter(1024)
  readonly #timestampColumn: number
  readonly #headersColumn: number
  #producer: Producer | undefined
  #topic: TopicProducer | undefined

  constructor(spec: SinkSpec, context: RuntimeContext) {
    const settings = spec.settings as unknown as KafkaSinkSettings
    this.#settings = settings
    this.#type = spec.consumedType
    this.#context = context
    this.#cluster = openCluster(settings.connection, context)
    this.#valueEncoder = createEncoder(settings.value, spec.consumedType)
    this.#keyEncoder = settings.key === null ? undefined : createEncoder(settings.key, spec.consumedType)
    const metadataStart = spec.consumedType.fields.length - settings.metadataKeys.length
    const columnOf = (key: string): number => {
      const index = settings.metadataKeys.indexOf(key)
      return index < 0 ? -1 : metadataStart + index
    }
    this.#timestampColumn = columnOf('timestamp')
    this.#headersColumn = columnOf('headers')
  }

  async open(): Promise<void> {
    const { signal } = this.#context
    const { compression, topic } = this.#settings
    this.#producer = await Producer.open(this.#cluster, { compression, lingerMs: LINGER_MS }, signal)
    this.#topic = await this.#producer.topic(topic, signal)
  }

  write(batch: RecordBatch): void {
    const topic = this.#topic!
    const [value, key] = [this.#value, this.#key]
    const now = this.#context.clock.now()
    const isPlain = this.#headersColumn < 0 && this.#settings.partitioner !== 'fixed'
    for (let row = 0; row < batch.rowCount; row++) {
      value.length = 0
      key.length = 0
      this.#valueEncoder.encode(batch, row, value)
      this.#keyEncoder?.encode(batch, row, key)
      const keyLength = this.#keyEncoder === undefined ? -1 : key.length
      const timestamp = this.#timestampColumn < 0 ? now : this.#timestampOf(batch, row, now)
      if (isPlain) topic.sendRange(key.bytes, 0, keyLength, value.bytes, 0, value.length, timestamp)
      else this.#sendWithHeaders(batch, row, timestamp)
    }
  }

  #sendWithHeaders(batch: RecordBatch, row: number, timestamp: number): void {
    const topic = this.#topic!
    const key = this.#keyEncoder === undefined ? null : this.#key.bytes.subarray(0, this.#key.length)
    const value = this.#value.bytes.subarray(0, this.#value.length)
    const partition = this.#settings.partitioner === 'fixed' ? this.#context.subtaskIndex % topic.partitions : undefined
    topic.send(key, value, timestamp, this.#headersOf(batch, row), partition)
  }

  #cell(batch: RecordBatch, column: number, row: number): Cell {
    return getCell(this.#type.fields[column]!.type, batch.columns[column]!, row)
  }

  #timestampOf(batch: RecordBatch, row: number, now: number): number {
    const cell = this.#cell(batch, this.#timestampColumn, row)
    return cell === null ? now : millisOf(cell as Timestamp)
  }

  #headersOf(batch: RecordBatch, row: number): RecordHeader[] {
    const cell = this.#headersColumn < 0 ? null : this.#cell(batch, this.#headersColumn, row)
    if (cell === null) return []
    return [...(cell as ReadonlyMap<Cell, Cell>)]
      .filter(([name]) => name !== null)
      .map(([name, value]) => ({ key: name as string, value: (value as Uint8Array | null) ?? NO_BYTES }))
  }

  isAvailable(): boolean {
    return this.#producer!.isAvailable()
  }

  available(): Promise<void> {
    return this.#producer!.available(this.#context.signal)
  }

  owedForMs(): number | undefined {
    return this.#producer!.owedForMs()
  }

  flush(): Promise<void> {
    return this.#producer!.flush(this.#context.signal)
  }

  /** Everything was flushed before, or the job has failed: nothing is waited for. */
  close(): Promise<void> {
    this.#cluster.close()
    return Promise.resolve()
  }
}

function createEncoder(part: RecordPartSettings, type: RowType): JsonEncoder {
  const fields = part.columns.map((column, index) => ({ name: part.names[index]!, type: type.fields[column]!.type }))
  return new JsonEncoder(types.row(fields), part.json, part.columns)
}
