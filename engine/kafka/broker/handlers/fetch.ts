// Fetch: batches as they lie in the files, after a long poll for `minBytes`.
import type {
  FetchRequest,
  FetchResponseAbortedTransactionInput,
  FetchResponsePartitionDataInput,
  ResponseInputByApi,
} from '../../protocol/schemas.ts'
import { batchHeaderBytes } from '../../protocol/record-batch.ts'
import type { KafkaErrorName } from '../../protocol/kafka-errors.ts'
import { leaderEpoch, type PartitionLog } from '../../log/partition-log.ts'
import type { ReadMemory } from '../../log/read-ahead.ts'
import { errorCode, type BrokerServices, type Handler } from '../broker-services.ts'
import type { FetchSession } from '../fetch-sessions.ts'
import { type FetchTarget } from '../fetch-sessions.ts'
import { waitForBytes, type AwaitedPartition } from '../fetch-wait.ts'
import type { Partition } from '../partition.ts'
import { isStorageError } from '../storage-errors.ts'

/** A partition that is asked for: found, or why not. */
type Source =
  | { readonly target: FetchTarget; readonly partition: Partition }
  | { readonly target: FetchTarget; readonly error: KafkaErrorName }

interface PartitionAnswer {
  readonly target: FetchTarget
  readonly data: FetchResponsePartitionDataInput
  readonly recordBytes: number
}

/** Kafka's fetch.max.bytes: an answer holds no more, whatever is asked for. */
const responseBytesMax = 55 * 1024 * 1024
const noRecords = Buffer.alloc(0)
const readCommitted = 1

export const fetch: Handler<'Fetch'> = async (services, request, { version, onSent, onClosed }) => {
  const kind = services.fetchSessions.resolve(request.sessionId, request.sessionEpoch)
  if (kind.kind === 'error') return { errorCode: errorCode(kind.error), responses: [] }
  const asked = targetsOf(request)
  let session: FetchSession | undefined
  let targets = asked
  if (kind.kind === 'incremental') {
    session = kind.session
    if (!services.fetchSessions.update(session, asked, forgottenKeys(request)))
      return { errorCode: errorCode('FETCH_SESSION_ID_NOT_FOUND'), responses: [] }
    targets = session.targets
  } else if (kind.kind === 'new-session' && version >= 7) session = services.fetchSessions.create(asked)
  const sources = targets.map((target) => findSource(services, target, version))
  const awaited = sources.map((source) => awaitedPartition(source, request.isolationLevel))
  const { minBytes, maxWaitMs } = request
  await waitForBytes(awaited, { minBytes, maxWaitMs, clock: services.clock, onClosed })
  // Topics may have gone while we waited.
  const answers = await readAll(
    services,
    targets.map((target) => findSource(services, target, version)),
    request,
    answerMemory(services, onSent),
  )
  const news = session === undefined ? answers : answers.filter((answer) => isNews(session, answer))
  const sent = kind.kind === 'incremental' ? news : answers
  return { errorCode: 0, sessionId: session?.id ?? 0, responses: groupByTopic(sent) }
}

/** Taken back when the answer is sent. */
function answerMemory({ buffers, readAhead }: BrokerServices, onSent: (callback: () => void) => void): ReadMemory {
  const adopt = (buffer: Buffer): void => onSent(() => buffers.giveBack(buffer))
  const allocate = (bytes: number): Buffer => {
    const buffer = buffers.take(bytes)
    adopt(buffer)
    return buffer
  }
  return { allocate, adopt, readAhead }
}

function targetsOf(request: FetchRequest): FetchTarget[] {
  return request.topics.flatMap(({ topic, topicId, partitions }) =>
    partitions.map((partition) => ({
      topic,
      topicId,
      partition: partition.partition,
      fetchOffset: Number(partition.fetchOffset),
      partitionMaxBytes: partition.partitionMaxBytes,
      currentLeaderEpoch: partition.currentLeaderEpoch,
      lastFetchedEpoch: partition.lastFetchedEpoch,
    })),
  )
}

function forgottenKeys(request: FetchRequest): { topic: string; topicId: string; partition: number }[] {
  return request.forgottenTopicsData.flatMap(({ topic, topicId, partitions }) =>
    partitions.map((partition) => ({ topic, topicId, partition })),
  )
}

function findSource(services: BrokerServices, target: FetchTarget, version: number): Source {
  const { topics } = services
  const topic = version >= 13 ? topics.byId(target.topicId) : topics.get(target.topic)
  if (topic === undefined) return { target, error: version >= 13 ? 'UNKNOWN_TOPIC_ID' : 'UNKNOWN_TOPIC_OR_PARTITION' }
  const partition = topic.partitions[target.partition]
  if (partition === undefined) return { target, error: 'UNKNOWN_TOPIC_OR_PARTITION' }
  if (target.currentLeaderEpoch > leaderEpoch) return { target, error: 'UNKNOWN_LEADER_EPOCH' }
  return { target, partition }
}

/** Errors are told at once. */
function awaitedPartition(source: Source, isolationLevel: number): AwaitedPartition {
  if ('error' in source) return { availableBytes: () => undefined, watch: () => () => {} }
  const { partition, target } = source
  const { log } = partition
  return {
    availableBytes: () =>
      log.isOpen
        ? log.availableBytes(target.fetchOffset, target.partitionMaxBytes, endOffsetOf(log, isolationLevel))
        : undefined,
    watch: (changed) => partition.watch(changed),
  }
}

/** What a reader may see ends here. */
function endOffsetOf(log: PartitionLog, isolationLevel: number): number {
  return isolationLevel === readCommitted ? log.lastStableOffset : log.logEndOffset
}

/** One after the other, so that the first ones fill the answer. The first batch comes however large it is. */
async function readAll(
  services: BrokerServices,
  sources: readonly Source[],
  { maxBytes, isolationLevel }: FetchRequest,
  memory: ReadMemory,
): Promise<PartitionAnswer[]> {
  const answers: PartitionAnswer[] = []
  let left = Math.min(maxBytes, responseBytesMax)
  let isEmpty = true
  for (const source of sources) {
    const answer = await readOne(services, source, { left, atLeastOne: isEmpty, isolationLevel, memory })
    answers.push(answer)
    if (services.turns.isOver) await services.turns.next()
    left = Math.max(left - answer.recordBytes, 0)
    if (answer.recordBytes > 0) isEmpty = false
  }
  return answers
}

interface ReadingRoom {
  readonly left: number
  readonly atLeastOne: boolean
  readonly isolationLevel: number
  readonly memory: ReadMemory
}

async function readOne(services: BrokerServices, source: Source, room: ReadingRoom): Promise<PartitionAnswer> {
  const { target } = source
  if ('error' in source) return failure(target, source.error)
  const { log } = source.partition
  const { logStartOffset, logEndOffset, lastStableOffset } = log
  if (target.lastFetchedEpoch > leaderEpoch) return failure(target, 'OFFSET_OUT_OF_RANGE')
  if (target.lastFetchedEpoch === leaderEpoch && target.fetchOffset > logEndOffset) return diverging(target, log)
  if (target.fetchOffset < logStartOffset || target.fetchOffset > logEndOffset)
    return failure(target, 'OFFSET_OUT_OF_RANGE')
  try {
    const bytesMax = Math.min(target.partitionMaxBytes, room.left, services.buffers.answerBytesMax)
    const endOffset = endOffsetOf(log, room.isolationLevel)
    const isFull = bytesMax < batchHeaderBytes && !room.atLeastOne
    const isBeforeEnd = target.fetchOffset < endOffset
    const aborted = room.isolationLevel === readCommitted ? abortedFor(target, log, bytesMax, room, endOffset) : null
    const records =
      isFull || !isBeforeEnd
        ? noRecords
        : await log.read(target.fetchOffset, bytesMax, room.atLeastOne, room.memory, endOffset)
    const isTooLarge = isBeforeEnd && bytesMax > 0 && records.length === 0
    const data = {
      partitionIndex: target.partition,
      errorCode: 0,
      highWatermark: BigInt(logEndOffset),
      lastStableOffset: BigInt(lastStableOffset),
      logStartOffset: BigInt(logStartOffset),
      // As in Kafka, none are listed where the first batch does not fit.
      abortedTransactions: isTooLarge ? null : aborted,
      records,
    }
    return { target, data, recordBytes: records.length }
  } catch (error) {
    if (!isStorageError(error)) throw error
    services.log(`fetch from ${source.partition.topic}-${target.partition} failed: ${error.message}`)
    return failure(target, 'KAFKA_STORAGE_ERROR')
  }
}

/** The reader has records of an epoch that this log does not have: it is told where the epoch ends (KIP-595). */
function diverging(target: FetchTarget, log: PartitionLog): PartitionAnswer {
  const data = {
    partitionIndex: target.partition,
    errorCode: 0,
    highWatermark: BigInt(log.logEndOffset),
    lastStableOffset: BigInt(log.lastStableOffset),
    logStartOffset: BigInt(log.logStartOffset),
    divergingEpoch: { epoch: leaderEpoch, endOffset: BigInt(log.logEndOffset) },
    abortedTransactions: null,
    records: noRecords,
  }
  return { target, data, recordBytes: 0 }
}

function abortedFor(
  { fetchOffset }: FetchTarget,
  log: PartitionLog,
  bytesMax: number,
  { atLeastOne }: ReadingRoom,
  endOffset: number,
): FetchResponseAbortedTransactionInput[] {
  return log
    .abortedForRead(fetchOffset, bytesMax, atLeastOne, endOffset)
    .map(({ producerId, firstOffset }) => ({ producerId: BigInt(producerId), firstOffset: BigInt(firstOffset) }))
}

function failure(target: FetchTarget, error: KafkaErrorName): PartitionAnswer {
  const data = {
    partitionIndex: target.partition,
    errorCode: errorCode(error),
    highWatermark: -1n,
    abortedTransactions: notFound.has(error) ? [] : null,
    records: noRecords,
  }
  return { target, data, recordBytes: 0 }
}

/** Answered without looking at a log; Kafka's answer has an empty list then. */
const notFound: ReadonlySet<KafkaErrorName> = new Set<KafkaErrorName>([
  'UNKNOWN_TOPIC_OR_PARTITION',
  'UNKNOWN_TOPIC_ID',
])

function isNews(session: FetchSession, { target, data, recordBytes }: PartitionAnswer): boolean {
  return session.isNews(target, {
    errorCode: data.errorCode,
    highWatermark: Number(data.highWatermark),
    logStartOffset: Number(data.logStartOffset ?? -1n),
    hasRecords: recordBytes > 0,
  })
}

function groupByTopic(answers: readonly PartitionAnswer[]): ResponseInputByApi['Fetch']['responses'] {
  const topics = new Map<string, { topic: string; topicId: string; partitions: FetchResponsePartitionDataInput[] }>()
  for (const { target, data } of answers) {
    const { topic, topicId } = target
    const key = `${topic} ${topicId}`
    let group = topics.get(key)
    if (group === undefined) topics.set(key, (group = { topic, topicId, partitions: [] }))
    group.partitions.push(data)
  }
  return [...topics.values()]
}
