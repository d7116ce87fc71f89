// The orders are those of a HashMap of Java 17.
import { expect, test } from 'vitest'
import { inJavaHashOrder } from '../../../../../engine/kafka/broker/groups/java-hash-order.ts'

const names = 'sticky range roundrobin cooperative-sticky sessioned compatible default eager stream uniform other a b'

test('keys are in the order of their hashes', () => {
  expect(inJavaHashOrder(['sticky', 'roundrobin', 'cooperative-sticky', 'range'])).toEqual([
    'sticky',
    'range',
    'roundrobin',
    'cooperative-sticky',
  ])
  expect(inJavaHashOrder(['größe😀', 'y', 'x', 'ärger'])).toEqual(['größe😀', 'ärger', 'x', 'y'])
})

test('keys of one bucket are in the order of their coming', () => {
  const colliding = ['stream', 'sessioned', 'cooperative-sticky', 'cooperative', 'range']
  expect(inJavaHashOrder(colliding)).toEqual(['stream', 'range', 'sessioned', 'cooperative-sticky', 'cooperative'])
})

test('more than twelve keys have more buckets', () => {
  expect(inJavaHashOrder(names.split(' ')).join(' ')).toBe(
    'a other b eager range roundrobin cooperative-sticky sessioned uniform compatible default stream sticky',
  )
})
