// DescribeQuorum (KIP-595): this node is the only voter of the metadata partition, and leads it. What Kafka counts in
// offsets of its metadata log is counted in bytes of the journal here.
import { errorCode, type Handler } from '../broker-services.ts'
import { zeroUuid } from '../../protocol/message-schema.ts'

const metadataTopic = '__cluster_metadata'
const quorumLeaderEpoch = 1

export const describeQuorum: Handler<'DescribeQuorum'> = (services, request, { version, listener }) => {
  const { nodeId } = services.node
  const isMetadataPartition =
    request.topics.length === 1 &&
    request.topics[0]!.topicName === metadataTopic &&
    request.topics[0]!.partitions.length === 1 &&
    request.topics[0]!.partitions[0]!.partitionIndex === 0
  const unknown = {
    errorCode: errorCode('UNKNOWN_TOPIC_OR_PARTITION'),
    leaderId: 0,
    leaderEpoch: 0,
    highWatermark: 0n,
    currentVoters: [],
    observers: [],
  }
  const nowMs = BigInt(Math.trunc(services.clock.now()))
  const endOffset = BigInt(services.metadata.sizeBytes)
  const self = {
    replicaId: nodeId,
    ...(version >= 2 ? { replicaDirectoryId: zeroUuid } : {}),
    logEndOffset: endOffset,
    ...(version >= 1 ? { lastFetchTimestamp: nowMs, lastCaughtUpTimestamp: nowMs } : {}),
  }
  const known = {
    errorCode: 0,
    leaderId: nodeId,
    leaderEpoch: quorumLeaderEpoch,
    highWatermark: endOffset,
    currentVoters: [self],
    observers: [],
  }
  const { name, host, port } = listener
  return {
    errorCode: 0,
    topics: request.topics.map(({ topicName, partitions }) => ({
      topicName,
      partitions: partitions.map(({ partitionIndex }) => ({
        partitionIndex,
        ...(isMetadataPartition ? known : unknown),
      })),
    })),
    ...(version >= 2 && isMetadataPartition ? { nodes: [{ nodeId, listeners: [{ name, host, port }] }] } : {}),
  }
}
