// JoinGroup: answered when the group's members have all come, or the rebalance time-out is over.
import type { ResponseInputByApi } from '../../protocol/schemas.ts'
import { errorCode, type Handler } from '../broker-services.ts'
import type { JoinReply } from '../groups/classic-group.ts'
import { refusedJoin } from '../groups/classic-group.ts'

export const joinGroup: Handler<'JoinGroup'> = async (services, request, context) => {
  const { version, clientId, clientHost } = context
  const { groupId, memberId, groupInstanceId, sessionTimeoutMs } = request
  const { groupMinSessionTimeoutMs, groupMaxSessionTimeoutMs } = services.settings
  if (groupId === '') return responseOf(refusedJoin('INVALID_GROUP_ID', memberId), version)
  if (sessionTimeoutMs < groupMinSessionTimeoutMs || sessionTimeoutMs > groupMaxSessionTimeoutMs)
    return responseOf(refusedJoin('INVALID_SESSION_TIMEOUT', memberId), version)
  const reply = await services.groups.join(groupId, {
    memberId,
    groupInstanceId,
    clientId,
    clientHost,
    sessionTimeoutMs,
    rebalanceTimeoutMs: version === 0 ? sessionTimeoutMs : request.rebalanceTimeoutMs,
    protocolType: request.protocolType,
    // Kept for as long as the member lives: not as views into the frame.
    protocols: request.protocols.map(({ name, metadata }) => ({ name, metadata: Uint8Array.from(metadata) })),
    requireKnownMemberId: version >= 4,
    maySkipAssignment: version >= 9,
  })
  return responseOf(reply, version)
}

function responseOf(reply: JoinReply, version: number): ResponseInputByApi['JoinGroup'] {
  return {
    errorCode: errorCode(reply.error),
    generationId: reply.generationId,
    protocolType: reply.protocolType,
    // Null is possible from version 7 on.
    protocolName: reply.protocolName ?? (version < 7 ? '' : null),
    leader: reply.leaderId,
    ...(version >= 9 ? { skipAssignment: reply.skipAssignment } : {}),
    memberId: reply.memberId,
    members: reply.members.map(({ memberId, groupInstanceId, metadata }) => ({ memberId, groupInstanceId, metadata })),
  }
}
