// DeleteGroups: groups without members, with their offsets.
import { errorCode, type Handler } from '../broker-services.ts'

export const deleteGroups: Handler<'DeleteGroups'> = (services, request) => ({
  throttleTimeMs: 0,
  results: [...new Set(request.groupsNames)].map((groupId) => {
    const error = services.groups.delete(groupId)
    if (error === 'NONE') services.transactions.forgetOffsets((offset) => offset.groupId === groupId)
    return { groupId, errorCode: errorCode(error) }
  }),
})
