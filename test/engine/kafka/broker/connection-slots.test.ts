import { expect, test } from 'vitest'
import { ConnectionSlots } from '../../../../engine/kafka/broker/connection-slots.ts'

function slotsOf(maxConnections: number, maxConnectionsPerIp = 1000) {
  const slots = new ConnectionSlots({ maxConnections, maxConnectionsPerIp })
  const events: string[] = []
  const applicant = (name: string, address = '10.0.0.1') => ({
    address,
    admit: () => void events.push(`+${name}`),
    refuse: () => void events.push(`-${name}`),
  })
  return { slots, events, applicant }
}

test('who comes when all slots are taken waits, first come, first served, unless it leaves before', () => {
  const { slots, events, applicant } = slotsOf(2)
  const [a, b, c, d, e] = ['a', 'b', 'c', 'd', 'e'].map((name) => applicant(name)) as [
    ReturnType<typeof applicant>,
    ...ReturnType<typeof applicant>[],
  ]
  for (const client of [a, b, c, d, e]) slots.apply(client!)
  expect(events).toEqual(['+a', '+b'])
  slots.leave(c!)
  slots.leave(a)
  expect(events).toEqual(['+a', '+b', '+d'])
  slots.leave(a)
  slots.leave(c!)
  expect(events).toEqual(['+a', '+b', '+d'])
  slots.leave(b!)
  expect(events).toEqual(['+a', '+b', '+d', '+e'])
})

test('an address has so many and no more; others are not concerned', () => {
  const { slots, events, applicant } = slotsOf(10, 2)
  const [a, b, c, other] = [applicant('a'), applicant('b'), applicant('c'), applicant('other', '10.0.0.2')]
  for (const client of [a, b, c, other]) slots.apply(client)
  slots.leave(c)
  slots.leave(a)
  slots.apply(applicant('d'))
  slots.apply(applicant('e'))
  expect(events).toEqual(['+a', '+b', '-c', '+other', '+d', '-e'])
})

test('no more than 1,024 wait', () => {
  const { slots, events, applicant } = slotsOf(1)
  for (let i = 0; i < 1026; i++) slots.apply(applicant(String(i)))
  expect(events).toEqual(['+0', '-1025'])
})
