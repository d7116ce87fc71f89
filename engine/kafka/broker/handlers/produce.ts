// Produce: one batch per partition. Stored means acknowledged: there are no followers to wait for.
import { checkProduced, type RefusedBatch } from '../../log/batch-validation.ts'
import type { AppendedBatch } from '../../log/partition-log.ts'
import type { KafkaErrorName } from '../../protocol/kafka-errors.ts'
import { attributesAt, batchHeaderBytes, isTransactional } from '../../protocol/record-batch.ts'
import type { ProduceRequest, ProduceResponsePartitionProduceResponseInput } from '../../protocol/schemas.ts'
import { closeConnection, errorCode, noResponse, type BrokerServices, type Handler } from '../broker-services.ts'
import { isStorageError } from '../storage-errors.ts'
import { topicConfig } from '../topic-config.ts'
import type { Topic } from '../topics.ts'

type PartitionAnswer = ProduceResponsePartitionProduceResponseInput

/** Only the admin client, under this client id, may write to internal topics. */
const adminClientId = '__admin_client'

export const produce: Handler<'Produce'> = (services, request, context) => {
  const { version } = context
  const requestError = requestErrorOf(request)
  let failed = requestError !== undefined
  const responses = request.topicData.map(({ name, topicId, partitionData }) => {
    const topic = version >= 13 ? services.topics.byId(topicId) : services.topics.get(name)
    const partitionResponses = partitionData.map(({ index, records }): PartitionAnswer => {
      const outcome =
        requestError === undefined
          ? append(services, { topic, index, records, acks: request.acks, ...context })
          : { error: requestError, message: requestError }
      if (outcome.error !== 'NONE') failed = true
      return partitionAnswer(index, outcome, topic?.partitions[index]?.log.logStartOffset ?? -1)
    })
    return { name, topicId, partitionResponses }
  })
  if (request.acks === 0) return failed ? closeConnection : noResponse
  return { responses }
}

function requestErrorOf(request: ProduceRequest): Exclude<KafkaErrorName, 'NONE'> | undefined {
  if (request.acks < -1 || request.acks > 1) return 'INVALID_REQUIRED_ACKS'
  if (request.transactionalId !== null) return undefined
  const isAnyTransactional = request.topicData.some(({ partitionData }) =>
    partitionData.some(({ records }) => hasTransactionalBit(records)),
  )
  return isAnyTransactional ? 'TRANSACTIONAL_ID_AUTHORIZATION_FAILED' : undefined
}

function hasTransactionalBit(records: Uint8Array | null): boolean {
  return (
    records !== null && records.length >= batchHeaderBytes && isTransactional({ attributes: attributesAt(records, 0) })
  )
}

interface BatchToAppend {
  readonly topic: Topic | undefined
  readonly index: number
  readonly records: Uint8Array | null
  readonly acks: number
  readonly version: number
  readonly clientId: string
}

function append(services: BrokerServices, batch: BatchToAppend): AppendedBatch | RefusedBatch {
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
  if (hasTransactionalBit(records))
    return { error: 'INVALID_TXN_STATE', message: 'this broker does not support transactions' }
  if (batch.acks === -1 && Number(topicConfig(topic.configs, 'min.insync.replicas')) > 1)
    return { error: 'NOT_ENOUGH_REPLICAS', message: 'min.insync.replicas is above 1, and this is the only replica' }
  try {
    const appended = partition.log.append(records!, services.clock.now())
    if (appended.error === 'NONE' && !appended.duplicate) partition.changed()
    return appended
  } catch (error) {
    if (!isStorageError(error)) throw error
    services.log(`produce to ${topic.name}-${index} failed: ${error.message}`)
    return { error: 'KAFKA_STORAGE_ERROR', message: error.message }
  }
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
}

function partitionAnswer(
  index: number,
  outcome: AppendedBatch | RefusedBatch,
  logStartOffset: number,
): PartitionAnswer {
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
    errorMessage: outcome.message,
    recordErrors: (outcome.recordErrors ?? []).map(({ batchIndex, message }) => ({
      batchIndex,
      batchIndexErrorMessage: message,
    })),
  }
}
