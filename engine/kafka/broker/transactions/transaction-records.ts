// What the coordinator leaves in `__transaction_state`, in Kafka's own format (TransactionLogKey, TransactionLogValue 1),
// so that tools which read that topic understand ours. Offsets that wait for the end of a transaction are a tagged field of
// our own, which they pass over: Kafka keeps those in `__consumer_offsets`.
//
//   key   = version int16 (0), transactional id
//   value = version int16 (1), then the fields; null removes the id
import { compileMessageCodec } from '../../protocol/message-codec.ts'
import { MessageReader } from '../../protocol/message-reader.ts'
import type { FieldSchema } from '../../protocol/message-schema.ts'
import type { KeyAndValue } from '../state-log.ts'
import { transactionStates, type PartitionOfTransaction, type Transaction } from './transaction.ts'
import { encodeVersioned, field } from '../state-record.ts'

export interface TransactionRecord {
  readonly transactionalId: string
  /** Null: the id is forgotten. */
  readonly transaction: Transaction | null
}

const keyVersion = 0
const valueVersion = 1

const tagged = (tag: number): Partial<FieldSchema> => ({ tag, tagged: [1, 32767], versions: [1, 32767] })
const int64Tagged = (name: string, tag: number): FieldSchema => field(name, 'int64', { ...tagged(tag), default: -1n })

const keyCodec = compileMessageCodec(
  'TransactionLogKey',
  { validVersions: [0, 0], flexibleFrom: 32767, fields: [field('transactionalId', 'string')] },
  keyVersion,
)
const valueCodec = compileMessageCodec(
  'TransactionLogValue',
  {
    validVersions: [0, 1],
    flexibleFrom: 1,
    fields: [
      field('producerId', 'int64'),
      int64Tagged('previousProducerId', 0),
      int64Tagged('nextProducerId', 1),
      field('producerEpoch', 'int16'),
      field('transactionTimeoutMs', 'int32'),
      field('transactionStatus', 'int8'),
      field('transactionPartitions', 'struct', {
        array: true,
        nullable: [0, 32767],
        fields: [field('topic', 'string'), field('partitionIds', 'int32', { array: true })],
      }),
      field('transactionLastUpdateTimestampMs', 'int64'),
      field('transactionStartTimestampMs', 'int64'),
      field('clientTransactionVersion', 'int16', tagged(2)),
      field('lastProducerEpoch', 'int16', { ...tagged(1000), default: -1 }),
      field('pendingOffsets', 'struct', {
        array: true,
        ...tagged(1001),
        fields: [
          field('groupId', 'string'),
          field('topic', 'string'),
          field('partition', 'int32'),
          field('offset', 'int64'),
          field('leaderEpoch', 'int32'),
          field('metadata', 'string'),
        ],
      }),
    ],
  },
  valueVersion,
)

interface ValueFields {
  readonly producerId: bigint
  readonly previousProducerId: bigint
  readonly nextProducerId: bigint
  readonly producerEpoch: number
  readonly transactionTimeoutMs: number
  readonly transactionStatus: number
  readonly transactionPartitions: readonly { readonly topic: string; readonly partitionIds: readonly number[] }[] | null
  readonly transactionLastUpdateTimestampMs: bigint
  readonly transactionStartTimestampMs: bigint
  readonly clientTransactionVersion: number
  readonly lastProducerEpoch: number
  readonly pendingOffsets: readonly {
    readonly groupId: string
    readonly topic: string
    readonly partition: number
    readonly offset: bigint
    readonly leaderEpoch: number
    readonly metadata: string
  }[]
}

export function encodeTransactionRecord({ transactionalId, transaction }: TransactionRecord): KeyAndValue {
  return {
    key: encodeVersioned(keyVersion, keyCodec.encode, { transactionalId }),
    value: transaction && encodeVersioned(valueVersion, valueCodec.encode, valueOf(transaction)),
  }
}

/** Undefined for keys of kinds that we do not write. */
export function decodeTransactionRecord({ key, value }: KeyAndValue): TransactionRecord | undefined {
  const reader = new MessageReader(key)
  if (reader.int16() !== keyVersion) return undefined
  const { transactionalId } = keyCodec.decode(reader) as { transactionalId: string }
  if (value === null) return { transactionalId, transaction: null }
  const fields = valueCodec.decode(new MessageReader(value, 2)) as ValueFields
  return { transactionalId, transaction: transactionOf(transactionalId, fields) }
}

function valueOf(transaction: Transaction): ValueFields {
  return {
    producerId: BigInt(transaction.producerId),
    previousProducerId: BigInt(transaction.previousProducerId),
    nextProducerId: BigInt(transaction.nextProducerId),
    producerEpoch: transaction.producerEpoch,
    transactionTimeoutMs: transaction.timeoutMs,
    transactionStatus: transactionStates.indexOf(transaction.state),
    transactionPartitions: transaction.partitions.length === 0 ? null : partitionsByTopic(transaction.partitions),
    transactionLastUpdateTimestampMs: BigInt(transaction.updatedAtMs),
    transactionStartTimestampMs: BigInt(transaction.startedAtMs),
    clientTransactionVersion: transaction.isVersion2 ? 2 : 0,
    lastProducerEpoch: transaction.lastProducerEpoch,
    pendingOffsets: transaction.pendingOffsets.map((offset) => ({ ...offset, offset: BigInt(offset.offset) })),
  }
}

export function partitionsByTopic(
  partitions: readonly PartitionOfTransaction[],
): { topic: string; partitionIds: number[] }[] {
  const topics = new Map<string, number[]>()
  for (const { topic, partition } of partitions) {
    const ids = topics.get(topic)
    if (ids === undefined) topics.set(topic, [partition])
    else ids.push(partition)
  }
  return [...topics].map(([topic, partitionIds]) => ({ topic, partitionIds }))
}

function transactionOf(transactionalId: string, fields: ValueFields): Transaction {
  return {
    transactionalId,
    state: transactionStates[fields.transactionStatus] ?? 'Empty',
    producerId: Number(fields.producerId),
    previousProducerId: Number(fields.previousProducerId),
    nextProducerId: Number(fields.nextProducerId),
    producerEpoch: fields.producerEpoch,
    lastProducerEpoch: fields.lastProducerEpoch,
    timeoutMs: fields.transactionTimeoutMs,
    partitions: (fields.transactionPartitions ?? []).flatMap(({ topic, partitionIds }) =>
      partitionIds.map((partition) => ({ topic, partition })),
    ),
    pendingOffsets: fields.pendingOffsets.map((offset) => ({ ...offset, offset: Number(offset.offset) })),
    startedAtMs: Number(fields.transactionStartTimestampMs),
    updatedAtMs: Number(fields.transactionLastUpdateTimestampMs),
    isVersion2: fields.clientTransactionVersion >= 2,
  }
}
