// Findings as text: a line each, and below it what to do.
import type { Finding } from '../services/doctor/finding.ts'

const MARKS = { ok: 'ok', warning: 'WARNING', broken: 'BROKEN' } as const
const STATE_WIDTH = 9

export function renderFindings(findings: readonly Finding[]): string {
  const width = Math.max(...findings.map(({ check }) => check.length)) + 2
  const lines = findings.flatMap(({ check, state, message, fix }) => [
    `${MARKS[state].padEnd(STATE_WIDTH)}${check.padEnd(width)}${message.split('\n').join(`\n${' '.repeat(STATE_WIDTH + width)}`)}`,
    ...(fix === undefined ? [] : [`${' '.repeat(STATE_WIDTH + width)}→ ${fix}`]),
  ])
  const count = (state: Finding['state']): number => findings.filter((finding) => finding.state === state).length
  const [problems, warnings] = [count('broken'), count('warning')]
  const plural = (number: number, noun: string): string => `${number} ${noun}${number === 1 ? '' : 's'}`
  const end =
    problems + warnings === 0
      ? 'All is well.'
      : `${plural(problems, 'problem')}, ${plural(warnings, 'warning')}, ${count('ok')} fine.`
  return [...lines, '', end].join('\n')
}
