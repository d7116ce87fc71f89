// SyncGroup: the leader brings the assignment, everybody gets a part.
import { errorCode, type Handler } from '../broker-services.ts'

export const syncGroup: Handler<'SyncGroup'> = async (services, request, { version }) => {
  const { groupId, protocolType, protocolName } = request
  if (groupId === '') return { errorCode: errorCode('INVALID_GROUP_ID'), assignment: new Uint8Array(0) }
  if (version >= 5 && (protocolType === null || protocolName === null))
    return { errorCode: errorCode('INCONSISTENT_GROUP_PROTOCOL'), assignment: new Uint8Array(0) }
  const reply = await services.groups.sync(groupId, {
    memberId: request.memberId,
    groupInstanceId: request.groupInstanceId,
    generationId: request.generationId,
    protocolType,
    protocolName,
    assignments: new Map(
      request.assignments.map(({ memberId, assignment }) => [memberId, Uint8Array.from(assignment)]),
    ),
  })
  return {
    errorCode: errorCode(reply.error),
    protocolType: reply.protocolType,
    protocolName: reply.protocolName,
    assignment: reply.assignment,
  }
}
