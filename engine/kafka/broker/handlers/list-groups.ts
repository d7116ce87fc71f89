// ListGroups: all groups, or those of some states and types.
import type { Handler } from '../broker-services.ts'

const classicType = 'classic'

export const listGroups: Handler<'ListGroups'> = (services, request) => {
  const states = request.statesFilter.map((state) => state.toLowerCase())
  const types = request.typesFilter.map((type) => type.toLowerCase())
  const isWanted = (wanted: readonly string[], value: string): boolean =>
    wanted.length === 0 || wanted.includes(value.toLowerCase())
  return {
    errorCode: 0,
    groups: services.groups
      .list()
      .filter(({ state }) => isWanted(states, state) && isWanted(types, classicType))
      .map(({ groupId, protocolType, state }) => ({
        groupId,
        protocolType: protocolType ?? '',
        groupState: state,
        groupType: classicType,
      })),
  }
}
