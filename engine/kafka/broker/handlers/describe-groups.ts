// DescribeGroups: state and members of classic groups. One that does not exist, or speaks the new protocol, is Dead.
import type { DescribeGroupsResponseDescribedGroupInput } from '../../protocol/schemas.ts'
import { errorCode, type Handler } from '../broker-services.ts'
import { memberMetadata, type ClassicGroup } from '../groups/classic-group.ts'
import { groupOperations, operationsUnknown } from './authorized-operations.ts'

type GroupAnswer = DescribeGroupsResponseDescribedGroupInput

export const describeGroups: Handler<'DescribeGroups'> = (services, request, { version }) => ({
  groups: request.groups.map((groupId): GroupAnswer => {
    const group = services.groups.get(groupId)
    if (group?.type !== 'classic') return deadGroup(groupId, version, group !== undefined)
    const operations = request.includeAuthorizedOperations ? groupOperations : operationsUnknown
    return { ...describe(group), ...(version >= 3 ? { authorizedOperations: operations } : {}) }
  }),
})

function deadGroup(groupId: string, version: number, isConsumerGroup: boolean): GroupAnswer {
  const errorMessage = isConsumerGroup ? `Group ${groupId} is not a classic group.` : `Group ${groupId} not found.`
  const error = version < 6 ? { errorCode: 0 } : { errorCode: errorCode('GROUP_ID_NOT_FOUND'), errorMessage }
  return { ...error, groupId, groupState: 'Dead', protocolType: '', protocolData: '', members: [] }
}

function describe(group: ClassicGroup): GroupAnswer {
  const isStable = group.state === 'Stable'
  return {
    errorCode: 0,
    groupId: group.groupId,
    groupState: group.state,
    protocolType: group.protocolType ?? '',
    protocolData: isStable ? (group.protocolName ?? '') : '',
    members: [...group.members.values()].map((member) => ({
      memberId: member.memberId,
      groupInstanceId: member.groupInstanceId,
      clientId: member.clientId,
      clientHost: member.clientHost,
      memberMetadata: isStable ? memberMetadata(member, group.protocolName) : new Uint8Array(0),
      memberAssignment: member.assignment,
    })),
  }
}
