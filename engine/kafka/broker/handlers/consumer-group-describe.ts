// ConsumerGroupDescribe (KIP-848): groups of the new protocol with epochs, assignments and targets.
import type {
  ConsumerGroupDescribeResponseDescribedGroupInput,
  ConsumerGroupDescribeResponseMemberInput,
} from '../../protocol/schemas.ts'
import { errorCode, type BrokerServices, type Handler } from '../broker-services.ts'
import { consumerGroupState, type ConsumerGroup, type ConsumerGroupMember } from '../groups/consumer-group.ts'
import { topicIdPartitionsOf, type PartitionsByTopic } from '../groups/partitions-by-topic.ts'
import { preferredAssignor, targetOf } from '../groups/target-assignment.ts'
import { groupOperations, operationsUnknown } from './authorized-operations.ts'

const memberTypes = { classic: 0, consumer: 1 } as const

export const consumerGroupDescribe: Handler<'ConsumerGroupDescribe'> = (services, request, { version }) => ({
  throttleTimeMs: 0,
  groups: request.groupIds.map((groupId) => {
    const group = services.groups.get(groupId)
    if (group?.type !== 'consumer') return unknownGroup(groupId, group !== undefined)
    const authorizedOperations = request.includeAuthorizedOperations ? groupOperations : operationsUnknown
    return { ...describe(services, group, version), authorizedOperations }
  }),
})

function unknownGroup(groupId: string, isClassic: boolean): ConsumerGroupDescribeResponseDescribedGroupInput {
  return {
    errorCode: errorCode('GROUP_ID_NOT_FOUND'),
    errorMessage: isClassic ? `Group ${groupId} is not a consumer group.` : `Group ${groupId} not found.`,
    groupId,
    groupState: '',
    groupEpoch: 0,
    assignmentEpoch: 0,
    assignorName: '',
    members: [],
  }
}

function describe(
  services: BrokerServices,
  group: ConsumerGroup,
  version: number,
): ConsumerGroupDescribeResponseDescribedGroupInput {
  return {
    errorCode: 0,
    groupId: group.groupId,
    groupState: consumerGroupState(group),
    groupEpoch: group.groupEpoch,
    assignmentEpoch: group.targetEpoch,
    assignorName: preferredAssignor(group),
    members: [...group.members.values()].map((member) => describeMember(services, group, member, version)),
  }
}

function describeMember(
  services: BrokerServices,
  group: ConsumerGroup,
  member: ConsumerGroupMember,
  version: number,
): ConsumerGroupDescribeResponseMemberInput {
  const { memberId, instanceId, rackId, memberEpoch, clientId, clientHost, classic } = member
  return {
    memberId,
    instanceId,
    rackId,
    memberEpoch,
    clientId,
    clientHost,
    subscribedTopicNames: member.subscribedTopicNames,
    subscribedTopicRegex: member.subscribedTopicRegex,
    assignment: { topicPartitions: named(services, member.assigned) },
    targetAssignment: { topicPartitions: named(services, targetOf(group, memberId)) },
    ...(version >= 1 ? { memberType: classic === null ? memberTypes.consumer : memberTypes.classic } : {}),
  }
}

/** Topics that are gone have no name any more and are left out. */
function named(services: BrokerServices, sets: PartitionsByTopic) {
  return topicIdPartitionsOf(sets).flatMap(({ topicId, partitions }) => {
    const topicName = services.topics.byId(topicId)?.name
    return topicName === undefined ? [] : [{ topicId, topicName, partitions }]
  })
}
