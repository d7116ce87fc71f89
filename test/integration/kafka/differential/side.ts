// One of the two brokers that a history is applied to: what was learned from it (ids, epochs, sequences), and its answers in
// a form in which those of two brokers can be compared: ids are named by what they belong to, times of now have no value.
import { RawClient } from '../../../engine/kafka/broker/raw-client.ts'
import { kafkaErrorCodes } from '../../../../engine/kafka/protocol/kafka-errors.ts'
import type { ApiName, RequestInputByApi, ResponseByApi } from '../../../../engine/kafka/protocol/schemas.ts'
import {
  batchEndAt,
  hasLogAppendTime,
  isControlBatch,
  readBatchHeader,
} from '../../../../engine/kafka/protocol/record-batch.ts'
import { markerIn } from '../../../../engine/kafka/log/transaction-marker.ts'
import { recordsIn } from '../../../engine/kafka/log/log-fixture.ts'

export interface SideProducer {
  readonly transactionalId: string | null
  producerId: bigint
  producerEpoch: number
  /** By topic and partition: what comes next. */
  readonly sequences: Map<string, number>
}

/** Histories write records of about this time. */
export const historyTimeMs = 1_700_000_000_000
const dayMs = 24 * 60 * 60 * 1000

const errorNames = new Map<number, string>(Object.entries(kafkaErrorCodes).map(([name, code]) => [code, name]))

/** What a coordinator says while it is busy with what came before. */
const passingErrors: ReadonlySet<number> = new Set([
  kafkaErrorCodes.COORDINATOR_LOAD_IN_PROGRESS,
  kafkaErrorCodes.COORDINATOR_NOT_AVAILABLE,
  kafkaErrorCodes.NOT_COORDINATOR,
  kafkaErrorCodes.CONCURRENT_TRANSACTIONS,
])
const attemptsMax = 200

/** Not compared: texts, and what says how a broker is, not what it holds. */
const ignoredFields: ReadonlySet<string> = new Set([
  'throttleTimeMs',
  'errorMessage',
  'message',
  'host',
  'port',
  'clusterId',
  'nodeEndpoints',
  'sessionId',
  'clientHost',
  'batchIndexErrorMessage',
])

export class Side {
  readonly prefix: string
  readonly producers = new Map<number, SideProducer>()
  readonly topicIds = new Map<string, string>()
  private readonly address: { readonly host: string; readonly port: number }
  private readonly connections = new Map<string, Promise<RawClient>>()
  private readonly names = new Map<string, string>()

  constructor(bootstrap: string, prefix: string) {
    const colon = bootstrap.lastIndexOf(':')
    this.address = { host: bootstrap.slice(0, colon), port: Number(bootstrap.slice(colon + 1)) }
    this.prefix = prefix
  }

  topic(index: number): string {
    return `${this.prefix}-t${index}`
  }

  group(index: number): string {
    return `${this.prefix}-g${index}`
  }

  producer(slot: number): SideProducer {
    const known = this.producers.get(slot)
    if (known !== undefined) return known
    const producer: SideProducer = {
      transactionalId: slot === 0 ? null : `${this.prefix}-x${slot}`,
      producerId: -1n,
      producerEpoch: -1,
      sequences: new Map(),
    }
    this.producers.set(slot, producer)
    return producer
  }

  /** From now on `id` is shown as `name`. */
  name(id: string | bigint, name: string): void {
    if (id !== '' && id !== -1n && !this.names.has(String(id))) this.names.set(String(id), name)
  }

  nameOf(id: string | bigint): string {
    return this.names.get(String(id)) ?? `unnamed`
  }

  /** Asks again while the coordinator is busy. A connection that is closed instead of an answer gives undefined. */
  async ask<Api extends ApiName>(
    api: Api,
    version: number,
    request: RequestInputByApi[Api],
    connection = 'main',
  ): Promise<ResponseByApi[Api] | undefined> {
    for (let attempt = 1; ; attempt++) {
      const answer = await this.askOnce(api, version, request, connection)
      if (attempt === attemptsMax || !isPassing(answer)) return answer
      await pause(Math.min(attempt, 20))
    }
  }

  close(): void {
    for (const connection of this.connections.values()) void connection.then((client) => client.close())
  }

  /** What may be compared with the other side. */
  canonical(value: unknown, field = ''): unknown {
    if (value instanceof Uint8Array)
      return field === 'records' ? this.batches(Buffer.from(value)) : bytesText(value).replaceAll(this.prefix, '')
    if (typeof value === 'bigint') return this.canonicalNumber(Number(value), field)
    if (typeof value === 'number') return this.canonicalNumber(value, field)
    if (typeof value === 'string') return this.canonicalText(value, field)
    if (Array.isArray(value)) return value.map((each) => this.canonical(each, field)).sort(byText)
    if (value === null || typeof value !== 'object') return value
    return Object.fromEntries(
      Object.entries(value)
        .filter(([name]) => !ignoredFields.has(name))
        .map(([name, inner]) => [name, this.canonical(inner, name)]),
    )
  }

  private canonicalNumber(value: number, field: string): unknown {
    if (/errorCode$/i.test(field)) return errorNames.get(value) ?? value
    if (field === 'producerId' && value > 0) return this.nameOf(BigInt(value))
    return timeText(value)
  }

  private canonicalText(value: string, field: string): string {
    if (/memberId$|^leader$/i.test(field) && value !== '') return this.nameOf(value)
    if (field === 'topicId' && !/^A+$/.test(value)) return this.nameOf(value)
    return value.replaceAll(this.prefix, '')
  }

  private batches(bytes: Buffer): unknown[] {
    const batches: unknown[] = []
    for (let at = 0, next; (next = batchEndAt(bytes, at, bytes.length)) >= 0; at = next) {
      const header = readBatchHeader(bytes, at)
      const { baseTimestamp, maxTimestamp, producerId, recordCount, lastOffsetDelta } = header
      const batch = bytes.subarray(at, next)
      const records = isControlBatch(header)
        ? markerIn(batch, header)
        : recordsIn(batch).map((record) => ({
            ...record,
            timestamp: timeText(hasLogAppendTime(header) ? maxTimestamp : record.timestamp),
          }))
      batches.push({
        base: header.baseOffset,
        last: lastOffsetDelta,
        count: recordCount,
        attributes: header.attributes,
        leaderEpoch: header.partitionLeaderEpoch,
        times: [timeText(baseTimestamp), timeText(maxTimestamp)],
        producer: producerId < 0 ? 'none' : this.nameOf(BigInt(producerId)),
        epoch: header.producerEpoch,
        sequence: header.baseSequence,
        records: Array.isArray(records) ? records : { ...records, producerId: undefined },
      })
    }
    return batches
  }

  private async askOnce<Api extends ApiName>(
    api: Api,
    version: number,
    request: RequestInputByApi[Api],
    connection: string,
  ): Promise<ResponseByApi[Api] | undefined> {
    let client = this.connections.get(connection)
    if (client === undefined) this.connections.set(connection, (client = RawClient.connect(this.address)))
    try {
      return await (await client).ask(api, version, request, 'raw')
    } catch (error) {
      if (!(error as Error).message.startsWith('the connection was closed')) throw error
      this.connections.delete(connection)
      return undefined
    }
  }
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

function isPassing(value: unknown): boolean {
  if (value === null || typeof value !== 'object' || value instanceof Uint8Array) return false
  return Object.entries(value).some(([field, inner]) =>
    /errorCode$/i.test(field) ? passingErrors.has(inner as number) : isPassing(inner),
  )
}

function timeText(value: number): number | string {
  if (Math.abs(value - historyTimeMs) < dayMs) return `t+${value - historyTimeMs}`
  return Math.abs(value - Date.now()) < 30 * dayMs ? 'now' : value
}

function bytesText(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1')
}

/** The order inside arrays does not matter. */
function byText(a: unknown, b: unknown): number {
  const [left, right] = [JSON.stringify(a) ?? '', JSON.stringify(b) ?? '']
  return left < right ? -1 : left > right ? 1 : 0
}
