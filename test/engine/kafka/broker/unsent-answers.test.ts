import { expect, test } from 'vitest'
import { UnsentAnswers } from '../../../../engine/kafka/broker/unsent-answers.ts'

test('beyond the bound the answer that has not moved for longest is closed, and no other', () => {
  const unsent = new UnsentAnswers(100)
  const closed: string[] = []
  const answer = (name: string) => ({ close: () => void closed.push(name) })
  const [a, b, c, d] = ['a', 'b', 'c', 'd'].map(answer) as [{ close: () => void }, ...{ close: () => void }[]]
  unsent.moved(a, 40)
  unsent.moved(b!, 40)
  unsent.moved(a, 30)
  unsent.moved(c!, 30)
  expect([closed, unsent.totalBytes]).toEqual([[], 100])
  unsent.moved(d!, 1)
  expect([closed, unsent.totalBytes]).toEqual([['b'], 61])
  unsent.settled(b!)
  unsent.settled(a)
  expect(unsent.totalBytes).toBe(31)
})

test('a single answer above the bound goes out all the same, alone', () => {
  const unsent = new UnsentAnswers(100)
  const closed: string[] = []
  unsent.moved({ close: () => void closed.push('small') }, 10)
  unsent.moved({ close: () => void closed.push('large') }, 500)
  expect([closed, unsent.totalBytes]).toEqual([['small'], 500])
})
