// LeaveGroup: one member up to version 2, any number from 3 on.
import { errorCode, type Handler } from '../broker-services.ts'

export const leaveGroup: Handler<'LeaveGroup'> = async (services, request, { version }) => {
  const { groupId } = request
  if (groupId === '') return { errorCode: errorCode('INVALID_GROUP_ID') }
  const members =
    version < 3
      ? [{ memberId: request.memberId, groupInstanceId: null }]
      : request.members.map(({ memberId, groupInstanceId }) => ({ memberId, groupInstanceId }))
  const errors = await services.groups.leave(groupId, { members })
  if (version < 3) return { errorCode: errorCode(errors[0]!) }
  return {
    errorCode: 0,
    members: members.map((member, index) => ({ ...member, errorCode: errorCode(errors[index]!) })),
  }
}
