import { expect, it } from 'vitest'
import { renderWhy } from '../../../src/output/why-lines.ts'

it('shows findings one below the other, with what else is known', () => {
  const findings = [
    {
      kind: 'watermark-held',
      severity: 'cause',
      text: 'rides-1 holds it back',
      details: ['for 4 s', 'wait'],
      facts: {},
    },
    { kind: 'windows', severity: 'note', text: 'one window is open', details: [], facts: {} },
  ] as const
  expect(renderWhy({ job: 'a'.repeat(32), name: 'hourly', status: 'RUNNING', findings })).toBe(
    [
      'hourly is RUNNING',
      'CAUSE    rides-1 holds it back',
      '         for 4 s',
      '         wait',
      'note     one window is open',
    ].join('\n'),
  )
})
