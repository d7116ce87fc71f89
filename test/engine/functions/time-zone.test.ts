import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createTimeZone } from '../../../engine/functions/time-zone.ts'

const HOUR = 3_600_000

function utc(text: string): number {
  return Date.parse(`${text}Z`)
}

describe('America/New_York', () => {
  const zone = createTimeZone('America/New_York')

  test('offsets around the transitions of 2024', () => {
    expect(zone.offsetAt(utc('2024-03-10T06:59:59.999'))).toBe(-5 * HOUR)
    expect(zone.offsetAt(utc('2024-03-10T07:00:00'))).toBe(-4 * HOUR)
    expect(zone.offsetAt(utc('2024-11-03T05:59:59.999'))).toBe(-4 * HOUR)
    expect(zone.offsetAt(utc('2024-11-03T06:00:00'))).toBe(-5 * HOUR)
  })

  test('a local time in the gap moves on, one in the overlap is the earlier', () => {
    expect(zone.toUtc(utc('2024-03-10T02:30:00'))).toBe(utc('2024-03-10T07:30:00'))
    expect(zone.toUtc(utc('2024-11-03T01:30:00'))).toBe(utc('2024-11-03T05:30:00'))
  })

  test('local mean time before 1883', () => {
    expect(zone.offsetAt(utc('1800-01-01T00:00:00'))).toBe(-(4 * 3600 + 56 * 60 + 2) * 1000)
  })
})

test('offsets agree with Intl at any time, in zones with odd rules', () => {
  const names = ['Europe/Berlin', 'Asia/Kolkata', 'Australia/Lord_Howe', 'Africa/Casablanca', 'America/St_Johns']
  fc.assert(
    fc.property(
      fc.constantFrom(...names),
      fc.integer({ min: utc('1940-01-01T00:00:00'), max: utc('2037-01-01T00:00:00') }),
      (name, instant) => {
        const whole = Math.floor(instant / 1000) * 1000
        const shown = new Intl.DateTimeFormat('sv-SE', {
          timeZone: name,
          dateStyle: 'short',
          timeStyle: 'medium',
        }).format(whole)
        expect(
          new Date(whole + createTimeZone(name).offsetAt(whole)).toISOString().slice(0, 19).replace('T', ' '),
        ).toBe(shown)
      },
    ),
    { numRuns: 60 },
  )
})

test('fixed offsets and unknown names', () => {
  expect(createTimeZone('UTC').offsetAt(0)).toBe(0)
  expect(createTimeZone('+05:30').offsetAt(0)).toBe(5.5 * HOUR)
  expect(createTimeZone('GMT-8').toUtc(0)).toBe(8 * HOUR)
  expect(() => createTimeZone('Nowhere/City')).toThrow('Unknown time-zone ID: Nowhere/City')
})
