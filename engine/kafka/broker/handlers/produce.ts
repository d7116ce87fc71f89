// Produce: one batch per partition. Stored means acknowledged: there are no followers to wait for.
import { checkProduced, isCorrupt, type RefusedBatch } from '../../log/batch-validation.ts'
import type { AppendedBatch } from '../../log/partition-log.ts'
import { recompressBatch } from '../../log/recompress-batch.ts'
import type { CompressionType } from '../../protocol/compression.ts'
import type { KafkaErrorName } from '../../protocol/kafka-errors.ts'
import {
  batchHeaderBytes,
  batchSizeAt,
  isTransactional,
  readBatchHeader,
  type RecordBatchHeader,
} from '../../protocol/record-batch.ts'
import type {
  ProduceRequest,
  ProduceResponsePartitionProduceResponseInput,
  ProduceResponseTopicProduceResponseInput,
} from '../../protocol/schemas.ts'
import { closeConnection, errorCode, noResponse, type BrokerServices, type Handler } from '../broker-services.ts'
import type { Partition } from '../partition.ts'
import { isStorageError } from '../storage-errors.ts'
import type { Topic } from '../topics.ts'

/** KIP-890: Produce adds the partition itself; one version earlier clients know the error that asks for an abort. */
const [abortableKnownFrom, implicitAddFrom] = [11, 12] as const

type TopicAnswer = ProduceResponseTopicProduceResponseInput
type PartitionAnswer = ProduceResponsePartitionProduceResponseInput

/** Only the admin client, under this client id, may write to internal topics. */
const adminClientId = '__admin_client'

export const produce: Handler<'Produce'> = async (services, request, context) => {
  const { version } = context
  const { turns } = services
  const requestError = requestErrorOf(request)
  let failed = requestError !== undefined
  const responses: TopicAnswer[] = []
  for (const { name, topicId, partitionData } of request.topicData) {
    const partitionResponses: PartitionAnswer[] = []
    for (const { index, records } of partitionData) {
      if (turns.isOver) await turns.next()
      const topic = version >= 13 ? services.topics.byId(topicId) : services.topics.get(name)
      const compression = topic === undefined ? 'producer' : services.topics.configOf(topic, 'compression.type')
      const kept =
        compression === 'producer' ? records : await recompressed(services, topic!, records, compression, version)
      const outcome =
        requestError === undefined
          ? append(services, { topic, index, records: kept, request, ...context })
          : { error: requestError, message: requestError }
      if (outcome.error !== 'NONE') failed = true
      partitionResponses.push(partitionAnswer(index, outcome, topic?.partitions[index]?.log.logStartOffset ?? -1))
    }
    responses.push({ name, topicId, partitionResponses })
  }
  if (request.acks === 0) return failed ? closeConnection : noResponse
  return { responses }
}

/** As `compression.type` wants it. What cannot be stored stays as it is: `append` says why. */
async function recompressed(
  services: BrokerServices,
  topic: Topic,
  records: Uint8Array | null,
  wanted: string,
  version: number,
): Promise<Uint8Array | null> {
  const bytes = records === null ? null : asBuffer(records)
  if (bytes === null || checkProduced(bytes, version) !== undefined) return records
  const batch = wholeBatch(bytes)
  if (batch.length > Number(services.topics.configOf(topic, 'max.message.bytes'))) return records
  const type = wanted === 'uncompressed' ? 'none' : (wanted as CompressionType)
  return recompressBatch(batch, type, await services.compressors.get(type))
}

/** What is wrong with the request is answered for every partition of it. */
function requestErrorOf(request: ProduceRequest): Exclude<KafkaErrorName, 'NONE'> | undefined {
  for (const { partitionData } of request.topicData)
    for (const { records } of partitionData) {
      if (records !== null && isCorrupt(records)) return 'CORRUPT_MESSAGE'
      if (transactionalHeader(records) === undefined) continue
      if (request.transactionalId === null) return 'TRANSACTIONAL_ID_AUTHORIZATION_FAILED'
      return acksErrorOf(request)
    }
  return acksErrorOf(request)
}

function acksErrorOf({ acks }: ProduceRequest): 'INVALID_REQUIRED_ACKS' | undefined {
  return acks < -1 || acks > 1 ? 'INVALID_REQUIRED_ACKS' : undefined
}

function transactionalHeader(records: Uint8Array | null): RecordBatchHeader | undefined {
  if (records === null || records.length < batchHeaderBytes) return undefined
  const header = readBatchHeader(records, 0)
  return isTransactional(header) ? header : undefined
}

interface BatchToAppend {
  readonly topic: Topic | undefined
  readonly index: number
  readonly records: Uint8Array | null
  readonly request: ProduceRequest
  readonly version: number
  readonly clientId: string
}

/** What the log itself refuses for what is in the batch is answered with where the log starts. */
type Outcome = AppendedBatch | (RefusedBatch & { readonly logStartOffset?: number })

const withoutLogStart: ReadonlySet<KafkaErrorName> = new Set<KafkaErrorName>([
  'MESSAGE_TOO_LARGE',
  'RECORD_LIST_TOO_LARGE',
  'CORRUPT_MESSAGE',
  'KAFKA_STORAGE_ERROR',
])

function withLogStart(outcome: AppendedBatch | RefusedBatch, logStartOffset: number): Outcome {
  return outcome.error === 'NONE' || withoutLogStart.has(outcome.error) ? outcome : { ...outcome, logStartOffset }
}

function append(services: BrokerServices, batch: BatchToAppend): Outcome {
  const { topic, index, version } = batch
  if (topic === undefined) {
    const error = version >= 13 ? 'UNKNOWN_TOPIC_ID' : 'UNKNOWN_TOPIC_OR_PARTITION'
    return { error, message: 'the topic does not exist' }
  }
  const partition = topic.partitions[index]
  if (partition === undefined)
    return { error: 'UNKNOWN_TOPIC_OR_PARTITION', message: `topic ${topic.name} has no partition ${index}` }
  const records = batch.records === null ? null : asBuffer(batch.records)
  const refused = checkProduced(records, version)
  if (refused !== undefined) return refused
  if (topic.isInternal && batch.clientId !== adminClientId)
    return { error: 'INVALID_TOPIC_EXCEPTION', message: `cannot append to internal topic ${topic.name}` }
  if (batch.request.acks === -1 && Number(services.topics.configOf(topic, 'min.insync.replicas')) > 1)
    return { error: 'NOT_ENOUGH_REPLICAS', message: 'min.insync.replicas is above 1, and this is the only replica' }
  try {
    const outside = transactionRefusal(services, batch, partition)
    if (outside !== undefined) return outside
    const appended = partition.log.append(wholeBatch(records!), services.clock.now())
    if (appended.error === 'NONE' && !appended.duplicate) partition.changed()
    return withLogStart(appended, partition.log.logStartOffset)
  } catch (error) {
    if (!isStorageError(error)) throw error
    services.log(`produce to ${topic.name}-${index} failed: ${error.message}`)
    return { error: 'KAFKA_STORAGE_ERROR', message: error.message }
  }
}

/** A transactional batch must be part of its producer's transaction: it was added before or, by newer clients, is now. */
function transactionRefusal(
  { transactions }: BrokerServices,
  { request, records, version }: BatchToAppend,
  { topic, index, log }: Partition,
): RefusedBatch | undefined {
  const header = transactionalHeader(records)
  if (header === undefined || header.producerId < 0 || request.transactionalId === null) return undefined
  const { producerId, producerEpoch } = header
  if (log.producerState.hasTransaction(producerId, producerEpoch)) return undefined
  log.producerState.firstAttempt(header, version >= implicitAddFrom)
  const partition = { topic, partition: index }
  const error =
    version >= implicitAddFrom
      ? transactions.addPartitions(request.transactionalId, { producerId, producerEpoch }, [partition])
      : transactions.verify(request.transactionalId, { producerId, producerEpoch }, partition)
  if (error === 'NONE') return undefined
  return { error: producerError(error, version), message: `the partition is not part of the transaction: ${error}` }
}

/** The coordinator's errors in words that producers of that version understand. */
function producerError(error: Exclude<KafkaErrorName, 'NONE'>, version: number): Exclude<KafkaErrorName, 'NONE'> {
  if (error === 'PRODUCER_FENCED') return 'INVALID_PRODUCER_EPOCH'
  if (error === 'TRANSACTION_ABORTABLE' && version < abortableKnownFrom) return 'INVALID_TXN_STATE'
  if (error === 'CONCURRENT_TRANSACTIONS' && version < implicitAddFrom) return 'NOT_ENOUGH_REPLICAS'
  return error
}

/** Without the beginning of another one. */
function wholeBatch(records: Buffer): Buffer {
  return records.subarray(0, batchSizeAt(records, 0))
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
}

function partitionAnswer(index: number, outcome: Outcome, logStartOffset: number): PartitionAnswer {
  if (outcome.error === 'NONE')
    return {
      index,
      errorCode: 0,
      baseOffset: BigInt(outcome.baseOffset),
      logAppendTimeMs: BigInt(outcome.logAppendTimeMs),
      logStartOffset: BigInt(logStartOffset),
    }
  return {
    index,
    errorCode: errorCode(outcome.error),
    baseOffset: -1n,
    logStartOffset: BigInt(outcome.logStartOffset ?? -1),
    errorMessage: outcome.message,
    recordErrors: (outcome.recordErrors ?? []).map(({ batchIndex, message }) => ({
      batchIndex,
      batchIndexErrorMessage: message,
    })),
  }
}
