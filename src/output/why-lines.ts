// A diagnosis as text: a line for each finding, below it what else is known and what to do.
import type { WhyAnswer } from '../services/why/why-question.ts'

const MARKS = { cause: 'CAUSE', warning: 'warning', note: 'note' } as const
const MARK_WIDTH = 9

export function renderFinding({ severity, text, details }: WhyAnswer['findings'][number]): string {
  const indent = ' '.repeat(MARK_WIDTH)
  return [`${MARKS[severity].padEnd(MARK_WIDTH)}${text}`, ...details.map((line) => `${indent}${line}`)].join('\n')
}

export function renderWhy({ name, status, findings }: WhyAnswer): string {
  return [`${name} is ${status}`, ...findings.map(renderFinding)].join('\n')
}
