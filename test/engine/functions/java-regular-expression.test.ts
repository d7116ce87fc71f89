import { describe, expect, test } from 'vitest'
import { compileJavaPattern, compileLike, compileSimilar } from '../../../engine/functions/java-regular-expression.ts'

describe('Java patterns', () => {
  test.each([
    ['a\\Z', 'a\n', true],
    ['a$', 'a\n', true],
    ['\\Aab\\z', 'ab', true],
    ['\\Qa.b\\E', 'a.b', true],
    ['\\Qa.b\\E', 'axb', false],
    ['(?i)ABC', 'xabc', true],
    ['^\\p{Alpha}+$', 'abc', true],
    ['^\\p{Alpha}+$', 'äbc', false],
    ['^[\\p{Digit}x]+$', '12x', true],
    ['^\\p{L}+$', 'äbc', true],
    ['[]a]', ']', true],
    ['\\h', '\u00a0', true],
  ])('%s on %j', (pattern, text, matches) => {
    expect(compileJavaPattern(pattern).test(text)).toBe(matches)
  })

  test.each(['a++', '(?>a)', '[a&&b]', '[a[b]]', 'a(?i)b'])('%s is refused by name', (pattern) => {
    expect(() => compileJavaPattern(pattern)).toThrow('does not support')
  })

  test('what is no pattern in Java either is a syntax error', () => {
    expect(() => compileJavaPattern('(')).toThrow(SyntaxError)
  })
})

describe('LIKE', () => {
  test.each([
    ['abc', 'abc', true],
    ['abc', 'abcd', false],
    ['h%', 'hello', true],
    ['%lo', 'hello', true],
    ['%ell%', 'hello', true],
    ['h_llo', 'hello', true],
    ['h_llo', 'h😀llo', true],
    ['h%o', 'hell\no', true],
    ['%', '', true],
    ['_', '', false],
    ['%%', 'x', true],
    ['a-b/c%d.e', 'a-b/cXd.e', true],
    ['a.c', 'abc', false],
  ])('%s on %j', (pattern, text, matches) => {
    expect(compileLike(pattern, undefined)(text)).toBe(matches)
  })

  test('escapes', () => {
    expect(compileLike('10!%', '!')('10%')).toBe(true)
    expect(compileLike('10!%', '!')('10x')).toBe(false)
    expect(() => compileLike('1!0', '!')).toThrow('Invalid escape sequence')
    expect(() => compileLike('10', 'ab')).toThrow('Invalid escape character')
  })
})

test('SIMILAR TO', () => {
  expect(compileSimilar('[0-9]+', undefined)('123')).toBe(true)
  expect(compileSimilar('[0-9]+', undefined)('a123')).toBe(false)
  expect(compileSimilar('(a|b)%', undefined)('bcd')).toBe(true)
  expect(compileSimilar('a.c', undefined)('abc')).toBe(false)
  expect(compileSimilar('[[:ALPHA:]]_', undefined)('a1')).toBe(true)
})
