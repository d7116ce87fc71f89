import { expect, it } from 'vitest'
import { decideStart } from '../../../engine/cluster/decide-start.ts'
import { saysFresh } from '../../../src/workshop/lab-jobs.ts'

it('what the restart rule says of a fresh start is no news to a learner; everything else is', () => {
  const facts = {
    ending: { kind: 'stopped', savepoint: '/savepoint-1' },
    checkpoint: '/chk-1',
    corrupt: [],
    checkpointing: true,
    appendSinks: ['trips'],
  } as const
  const { say } = decideStart(facts, { fresh: true })
  expect(say).toHaveLength(2)
  expect(say.filter(saysFresh)).toEqual(say)
  expect(decideStart(facts, {}).say.filter(saysFresh)).toEqual([])
  expect(saysFresh('GROUP BY has window_start but not window_end')).toBe(false)
})
