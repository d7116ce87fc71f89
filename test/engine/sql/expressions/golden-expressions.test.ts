import { describe, expect, test } from 'vitest'
import { typeToString } from '../../../../engine/types/logical-type.ts'
import { evaluateCase, readExpressionCases, type Outcome, type RecordedExpression } from './golden-case.ts'

function isClose(expected: string | null, actual: string | null, type: string): boolean {
  if (expected === actual) return true
  if (expected === null || actual === null || !/^(FLOAT|DOUBLE)/.test(type)) return false
  const [first, second] = [Number(expected), Number(actual)]
  const tolerance = type.startsWith('FLOAT') ? 1e-6 : 1e-12
  return Math.abs(first - second) <= tolerance * Math.max(Math.abs(first), Math.abs(second))
}

/** What differs, in words; undefined where nothing does. */
function difference(expected: RecordedExpression, actual: Outcome): string | undefined {
  if (expected.error !== undefined) {
    const phrase = expected.error.message.split('\n')[0]!.replace(/\.$/, '').slice(0, 40)
    if (actual.error?.phase !== expected.error.phase || !actual.error.message.includes(phrase)) {
      return `expected ${expected.error.phase} error "${expected.error.message}", got ${JSON.stringify(actual)}`
    }
    return undefined
  }
  if (actual.error !== undefined) return `failed: ${actual.error.phase} ${actual.error.message}`
  if (actual.type !== expected.type) return `expected type ${expected.type}, got ${actual.type}`
  const values = Array.isArray(expected.value) ? expected.value : [expected.value ?? null]
  const same =
    values.length === actual.values!.length &&
    values.every((value, row) => isClose(value, actual.values![row]!, expected.type!))
  return same ? undefined : `expected ${JSON.stringify(values)}, got ${JSON.stringify(actual.values)}`
}

describe.each(readExpressionCases().map((each) => [each.id, each] as const))('%s', (_, golden) => {
  test.each(golden.expressions.map((each) => [each.sql, each] as const))('%s', (sql, expected) => {
    expect(difference(expected, evaluateCase(golden, sql, typeToString))).toBeUndefined()
  })
})
