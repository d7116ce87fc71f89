import { expect, it } from 'vitest'
import { localTimeZone } from '../../../engine/common/local-time-zone.ts'

it.each([
  [{}, 'UTC'],
  [{ 'table.local-time-zone': 'default' }, 'UTC'],
  [{ 'table.local-time-zone': 'Europe/Berlin' }, 'Europe/Berlin'],
])('the zone of %j is %s', (configuration: Record<string, string>, zone) => {
  expect(localTimeZone(configuration)).toBe(zone)
})
