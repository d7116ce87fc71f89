import { expect, it } from 'vitest'
import { PendingTrend } from '../../../engine/cluster/pending-trend.ts'
import type { SubtaskMetrics } from '../../../engine/task/subtask-metrics.ts'

const metrics = (subtaskIndex: number, operators: Record<string, number>): SubtaskMetrics =>
  ({ vertexId: 'v', subtaskIndex, operators }) as unknown as SubtaskMetrics

it('remembers what lay unread about ten seconds ago, over all subtasks', () => {
  const trend = new PendingTrend()
  expect(trend.before('v')).toBeUndefined()
  trend.add(metrics(0, { 'Calc[2].numRecordsIn': 3 }), 0)
  expect(trend.before('v')).toBeUndefined()
  for (let second = 0; second < 30; second++) {
    trend.add(metrics(0, { 'rides[1].pendingRecords': 100 + second }), second * 1000)
    trend.add(metrics(1, { 'rides[1].pendingRecords': 10 }), second * 1000 + 500)
    trend.add(metrics(1, { 'rides[1].pendingRecords': 9999 }), second * 1000 + 600)
  }
  expect(trend.before('v')).toEqual({ at: 20_500, pending: 130 })
  trend.clear()
  expect(trend.before('v')).toBeUndefined()
})
