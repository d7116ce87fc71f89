import { expect, test } from 'vitest'
import { FetchSessions } from '../../../../engine/kafka/broker/fetch-sessions.ts'

const targets = (count: number, from = 0) =>
  Array.from({ length: count }, (_, i) => ({
    topic: 't',
    topicId: '',
    partition: from + i,
    fetchOffset: 0,
    partitionMaxBytes: 1,
    currentLeaderEpoch: -1,
    lastFetchedEpoch: -1,
  }))

function sessionsOf(sessionsMax: number, partitionsMax: number) {
  const clock = { timeMs: 0, monotonicMs: () => clock.timeMs }
  let id = 0
  return { clock, sessions: new FetchSessions({ clock, randomInt31: () => ++id, sessionsMax, partitionsMax }) }
}

test('a session in use keeps its place: who comes when all are taken gets none', () => {
  const { clock, sessions } = sessionsOf(2, 100)
  const [first, second] = [sessions.create(targets(1))!, sessions.create(targets(1))!]
  expect(sessions.create(targets(1))).toBeUndefined()
  clock.timeMs = 100_000
  expect(sessions.resolve(first.id, 1).kind).toBe('incremental')
  clock.timeMs = 120_000
  const third = sessions.create(targets(1))!
  expect(sessions.resolve(second.id, 1)).toEqual({ kind: 'error', error: 'FETCH_SESSION_ID_NOT_FOUND' })
  expect([sessions.resolve(first.id, 2).kind, sessions.resolve(third.id, 1).kind]).toEqual([
    'incremental',
    'incremental',
  ])
})

test('the partitions of all sessions together are bounded, also where sessions grow or shrink', () => {
  const { clock, sessions } = sessionsOf(1000, 100)
  const first = sessions.create(targets(60))!
  expect(sessions.create(targets(41))).toBeUndefined()
  expect(sessions.update(first, [], targets(50))).toBe(true)
  const second = sessions.create(targets(41))!
  expect(sessions.update(first, targets(49, 100), [])).toBe(true)
  expect(sessions.update(second, targets(1, 100), [])).toBe(false)
  expect(sessions.resolve(second.id, 1)).toEqual({ kind: 'error', error: 'FETCH_SESSION_ID_NOT_FOUND' })
  expect(sessions.create(targets(42))).toBeUndefined()
  expect(sessions.resolve(first.id, -1).kind).toBe('sessionless')
  expect(sessions.create(targets(100))).toBeDefined()
  clock.timeMs = 120_000
  expect(sessions.create(targets(100))).toBeDefined()
  expect(sessions.create(targets(1))).toBeUndefined()
})
