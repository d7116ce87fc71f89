// ListGroups: all groups, or those of some states and types.
import type { Handler } from '../broker-services.ts'
import { groupStateOf } from '../groups/group-coordinator.ts'

export const listGroups: Handler<'ListGroups'> = (services, request) => {
  const states = request.statesFilter.map((state) => state.toLowerCase())
  const types = request.typesFilter.map((type) => type.toLowerCase())
  const isWanted = (wanted: readonly string[], value: string): boolean =>
    wanted.length === 0 || wanted.includes(value.toLowerCase())
  return {
    errorCode: 0,
    groups: services.groups
      .list()
      .map((group) => ({
        groupId: group.groupId,
        protocolType: group.type === 'consumer' ? 'consumer' : (group.protocolType ?? ''),
        groupState: groupStateOf(group),
        groupType: group.type,
      }))
      .filter(({ groupState, groupType }) => isWanted(states, groupState) && isWanted(types, groupType)),
  }
}
