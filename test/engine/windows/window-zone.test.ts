import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createTimeZone } from '../../../engine/functions/time-zone.ts'
import { createWindowZone, utcWindowZone } from '../../../engine/windows/window-zone.ts'

const newYork = createWindowZone(createTimeZone('America/New_York'))
const HOUR = 3_600_000

describe('windows in a zone', () => {
  it('fire an hour of the spring gap when it is skipped', () => {
    // 2024-03-10 02:00 does not exist in New York: 02:00 … 02:59 fire at 03:00 EDT = 07:00 UTC
    const skipped = Date.UTC(2024, 2, 10, 2, 30)
    expect(newYork.toTimerInstant(skipped)).toBe(Date.UTC(2024, 2, 10, 7))
  })

  it('fire the doubled hour of autumn after its second pass', () => {
    // 2024-11-03 01:00 comes at 05:00 and again at 06:00 UTC
    expect(newYork.toTimerInstant(Date.UTC(2024, 10, 3, 1, 30))).toBe(Date.UTC(2024, 10, 3, 6, 30))
    expect(newYork.progress(Date.UTC(2024, 10, 3, 5, 30))).toBe(Date.UTC(2024, 10, 3, 1) - 1)
  })

  it('have fired exactly what their timers allow', () => {
    const changes = [Date.UTC(2024, 2, 10, 7), Date.UTC(2024, 10, 3, 6), Date.UTC(2024, 6, 1)]
    fc.assert(
      fc.property(fc.constantFrom(...changes), fc.integer({ min: -4 * HOUR, max: 4 * HOUR }), (change, offset) => {
        const instant = change + offset
        const fired = newYork.progress(instant)
        expect(newYork.toTimerInstant(fired)).toBeLessThanOrEqual(instant)
        expect(newYork.toTimerInstant(fired + 1)).toBeGreaterThan(instant)
      }),
    )
  })

  it('are the instants themselves in UTC', () => {
    expect([utcWindowZone.toLocal(5), utcWindowZone.progress(5), utcWindowZone.toTimerInstant(5)]).toEqual([5, 5, 5])
  })
})
