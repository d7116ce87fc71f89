// From one group protocol to the other while members live (KIP-848, `group.consumer.migration.policy`): a classic group
// becomes a consumer group when the first member of the new protocol joins, and a classic one again when the last leaves.
// The classic side of a member travels along: its protocols, and its assignment as bytes.
import { decodeVersionedMessage, encodeVersionedMessage } from '../../protocol/messages.ts'
import { electProtocol, emptyGroup, memberMetadata, type ClassicGroup, type GroupMember } from './classic-group.ts'
import {
  emptyConsumerGroup,
  emptyConsumerGroupMember,
  GroupRefusal,
  type ConsumerGroup,
  type ConsumerGroupMember,
  type TopicsView,
} from './consumer-group.ts'
import { noPartitions, partitionsOf, topicIdPartitionsOf, type PartitionsByTopic } from './partitions-by-topic.ts'

/** The protocol type of classic groups that assign partitions to consumers: only these can go over. */
export const consumerProtocolType = 'consumer'

export interface ConsumerSubscription {
  readonly version: number
  readonly topicNames: readonly string[]
  readonly owned: PartitionsByTopic
  readonly rackId: string | null
}

/** Throws where the bytes are none. */
export function subscriptionOf(metadata: Uint8Array, topics: TopicsView): ConsumerSubscription {
  const { version, message } = decodeVersionedMessage('ConsumerProtocolSubscription', metadata)
  const { topics: topicNames, ownedPartitions, rackId } = message
  return {
    version,
    topicNames: [...new Set(topicNames)].sort(),
    owned: byTopicId(ownedPartitions, topics),
    rackId: rackId === '' ? null : rackId,
  }
}

/** In the version that the member's subscription came in. */
export function encodeAssignment(
  partitions: PartitionsByTopic,
  subscription: ConsumerSubscription,
  topics: TopicsView,
): Uint8Array {
  const assignedPartitions = topicIdPartitionsOf(partitions).flatMap(({ topicId, partitions: ofTopic }) => {
    const topic = topics.nameOf(topicId)
    return topic === undefined ? [] : [{ topic, partitions: ofTopic }]
  })
  const version = Math.min(subscription.version, assignmentVersionMax)
  return encodeVersionedMessage('ConsumerProtocolAssignment', version, { assignedPartitions, userData: null })
}

const assignmentVersionMax = 3

function byTopicId(
  partitions: readonly { readonly topic: string; readonly partitions: readonly number[] }[],
  topics: TopicsView,
): PartitionsByTopic {
  return partitionsOf(
    partitions.flatMap(({ topic, partitions: ofTopic }) => {
      const known = topics.get(topic)
      return known === undefined ? [] : [{ topicId: known.topicId, partitions: ofTopic }]
    }),
  )
}

/** The classic group as a consumer group: everybody as after the last classic rebalance, in its generation as epoch. */
export function upgradeOf(group: ClassicGroup, topics: TopicsView): ConsumerGroup {
  const members = new Map<string, ConsumerGroupMember>()
  const target = new Map<string, PartitionsByTopic>()
  try {
    for (const classic of group.members.values()) {
      const member = upgradedMember(classic, group, topics)
      members.set(member.memberId, member)
      target.set(member.memberId, member.assigned)
    }
  } catch {
    throw new GroupRefusal(
      'GROUP_ID_NOT_FOUND',
      `Cannot upgrade classic group ${group.groupId} to consumer group because the embedded consumer protocol is malformed.`,
    )
  }
  const { groupId, generationId } = group
  return { ...emptyConsumerGroup(groupId), groupEpoch: generationId, targetEpoch: generationId, members, target }
}

function upgradedMember(member: GroupMember, group: ClassicGroup, topics: TopicsView): ConsumerGroupMember {
  const metadata = memberMetadata(member, group.protocolName ?? member.protocols[0]?.name ?? '')
  const subscription = subscriptionOf(metadata, topics)
  const { memberId, groupInstanceId, clientId, clientHost, sessionTimeoutMs, rebalanceTimeoutMs, protocols } = member
  return {
    ...emptyConsumerGroupMember(memberId),
    instanceId: groupInstanceId,
    rackId: subscription.rackId,
    clientId,
    clientHost,
    rebalanceTimeoutMs,
    subscribedTopicNames: subscription.topicNames,
    classic: { sessionTimeoutMs, protocols },
    memberEpoch: group.generationId,
    previousMemberEpoch: group.generationId,
    assigned: assignedOf(member, topics),
  }
}

function assignedOf(member: GroupMember, topics: TopicsView): PartitionsByTopic {
  if (member.assignment.length === 0) return noPartitions
  const { message } = decodeVersionedMessage('ConsumerProtocolAssignment', member.assignment)
  return byTopicId(message.assignedPartitions, topics)
}

/** The consumer group, all of whose members speak the classic protocol, as a classic one. Assignments are those of the target. */
export function downgradeOf(group: ConsumerGroup, topics: TopicsView): ClassicGroup {
  const members = [...group.members.values()].map((member) =>
    downgradedMember(member, group.target.get(member.memberId) ?? noPartitions, topics),
  )
  return {
    ...emptyGroup(group.groupId),
    state: 'Stable',
    generationId: group.groupEpoch,
    protocolType: consumerProtocolType,
    protocolName: electProtocol(members),
    leaderId: members[0]!.memberId,
    members: new Map(members.map((member) => [member.memberId, member])),
  }
}

function downgradedMember(member: ConsumerGroupMember, target: PartitionsByTopic, topics: TopicsView): GroupMember {
  const { memberId, instanceId, clientId, clientHost, rebalanceTimeoutMs } = member
  const { sessionTimeoutMs, protocols } = member.classic!
  return {
    memberId,
    groupInstanceId: instanceId,
    clientId,
    clientHost,
    sessionTimeoutMs,
    rebalanceTimeoutMs,
    protocols,
    assignment: encodeAssignment(target, subscriptionOf(protocols[0]!.metadata, topics), topics),
    joining: undefined,
    syncing: undefined,
    isNew: false,
  }
}
