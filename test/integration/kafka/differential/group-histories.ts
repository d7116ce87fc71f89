// What random histories of classic groups are made of.
import type { Histories } from './history.ts'
import {
  describeGroup,
  groupSteps,
  GroupSide,
  startGroupStep,
  untilGroupsAreWritten,
  type GroupStep,
} from './group-operations.ts'
import { initProducers } from './transaction-operations.ts'
import { createTopic } from './topic-operations.ts'
import type { Side } from './side.ts'

const groupSides = new WeakMap<Side, GroupSide>()

function groupSideOf(side: Side): GroupSide {
  let group = groupSides.get(side)
  if (group === undefined) groupSides.set(side, (group = new GroupSide(side)))
  return group
}

export const groupHistories: Histories<GroupStep> = {
  steps: groupSteps,
  prepare: async (side) => {
    await createTopic(side, side.topic(0), 1)
    await initProducers(side)
  },
  run: (side, step) => Promise.resolve(startGroupStep(groupSideOf(side), step) ? 'sent' : undefined),
  waitingFor: (side) => [...groupSideOf(side).waiting].sort().join(),
  untilVisible: untilGroupsAreWritten,
  observe: async (side) => {
    const group = groupSideOf(side)
    const described = await describeGroup(group)
    const seen = { answers: side.canonical(group.answers), group: described }
    group.answers = {}
    return seen
  },
  stepsMax: 25,
  runs: 12,
}
