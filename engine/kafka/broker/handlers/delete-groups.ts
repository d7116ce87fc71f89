// DeleteGroups: groups without members, with their offsets.
import { errorCode, type Handler } from '../broker-services.ts'

export const deleteGroups: Handler<'DeleteGroups'> = (services, request) => ({
  throttleTimeMs: 0,
  results: request.groupsNames.map((groupId) => ({ groupId, errorCode: errorCode(services.groups.delete(groupId)) })),
})
