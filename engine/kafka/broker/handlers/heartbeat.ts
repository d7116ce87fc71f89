// Heartbeat: the member lives, and hears of a rebalance.
import { errorCode, type Handler } from '../broker-services.ts'

export const heartbeat: Handler<'Heartbeat'> = async (services, request) => {
  const { groupId, memberId, groupInstanceId, generationId } = request
  if (groupId === '') return { errorCode: errorCode('INVALID_GROUP_ID') }
  const error = await services.groups.heartbeat(groupId, { memberId, groupInstanceId, generationId })
  return { errorCode: errorCode(error) }
}
