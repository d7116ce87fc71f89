import { expect, it } from 'vitest'
import { renderJobEvent } from '../../../src/output/job-lines.ts'

it.each([
  ['submitted', 'hourly submitted as job c1'],
  ['attached', 'hourly is job c1'],
] as const)('a job that was %s is said to be so', (kind, line) => {
  expect(renderJobEvent('hourly', { kind, jobId: 'c1', name: 'hourly' })).toBe(line)
})
