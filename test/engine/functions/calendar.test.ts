import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  addMonths,
  civilFromDays,
  daysFromCivil,
  formatDate,
  isoDayOfWeek,
  isoWeek,
} from '../../../engine/functions/calendar.ts'

test('days and dates agree with JavaScript, which has the same calendar', () => {
  fc.assert(
    fc.property(fc.integer({ min: -719162, max: 2932896 }), (days) => {
      const date = new Date(days * 86_400_000)
      const civil = civilFromDays(days)
      expect(civil).toEqual({ year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() })
      expect(daysFromCivil(civil.year, civil.month, civil.day)).toBe(days)
      expect(isoDayOfWeek(days) % 7).toBe(date.getUTCDay())
      expect(formatDate(days)).toBe(date.toISOString().slice(0, 10))
    }),
  )
})

test('a month too short takes its last day', () => {
  const leapDay = daysFromCivil(2024, 2, 29)
  expect(formatDate(addMonths(leapDay, 12))).toBe('2025-02-28')
  expect(formatDate(addMonths(daysFromCivil(2024, 1, 31), -1))).toBe('2023-12-31')
  expect(formatDate(addMonths(daysFromCivil(2024, 3, 31), -25))).toBe('2022-02-28')
})

test('ISO weeks', () => {
  expect(isoWeek(daysFromCivil(2024, 12, 30))).toEqual({ week: 1, year: 2025 })
  expect(isoWeek(daysFromCivil(2021, 1, 3))).toEqual({ week: 53, year: 2020 })
})
