// Functions that take strings apart and put them together. Positions and lengths count code points, from 1.
import type { Cell } from '../types/record-batch.ts'
import type { ScalarFunctions } from './function-context.ts'
import { printf } from './printf.ts'

const SURROGATE = /[\ud800-\udfff]/

/** The code points; strings without surrogates, nearly all, are indexed as they are. */
function pointsOf(text: string): string | string[] {
  return SURROGATE.test(text) ? [...text] : text
}

function joinPoints(points: string | string[]): string {
  return typeof points === 'string' ? points : points.join('')
}

export function codePointLength(text: string): number {
  return pointsOf(text).length
}

export function substring(text: string, position: number, length = Infinity): string {
  const points = pointsOf(text)
  const start = position > 0 ? position - 1 : position < 0 ? points.length + position : 0
  if (start < 0 || length <= 0) return ''
  return joinPoints(points.slice(start, start + length))
}

/** The 1-based position of the n-th occurrence at or after `start`; 0 where there is none. */
function positionOf(part: string, text: string, start = 1, occurrence = 1): number {
  if (start < 1 || occurrence < 1) return 0
  let from = typeof pointsOf(text) === 'string' ? start - 1 : substring(text, 1, start - 1).length
  for (let found = 1; from <= text.length; found++) {
    const index = text.indexOf(part, from)
    if (index < 0) return 0
    if (found === occurrence) return codePointLength(text.slice(0, index)) + 1
    from = index + 1
  }
  return 0
}

function pad(text: string, length: number, padding: string, side: 'left' | 'right'): string | null {
  if (length < 0 || padding === '') return null
  const points = pointsOf(text)
  if (points.length >= length) return joinPoints(points.slice(0, length))
  const missing = length - points.length
  const unit = pointsOf(padding)
  const fill = joinPoints(pointsOf(padding.repeat(Math.ceil(missing / unit.length))).slice(0, missing))
  return side === 'left' ? fill + text : text + fill
}

function trim(text: string, characters: string, side: 'BOTH' | 'LEADING' | 'TRAILING'): string {
  const set = new Set(characters)
  const points = [...text]
  let start = 0
  let end = points.length
  if (side !== 'TRAILING') while (start < end && set.has(points[start]!)) start++
  if (side !== 'LEADING') while (end > start && set.has(points[end - 1]!)) end--
  return points.slice(start, end).join('')
}

/** Letters and digits are ASCII only, as in Flink. */
function initCap(text: string): string {
  let result = ''
  let inWord = false
  for (const char of text) {
    const isWordChar = /[A-Za-z0-9]/.test(char)
    result += isWordChar ? (inWord ? char.toLowerCase() : char.toUpperCase()) : char
    inWord = isWordChar
  }
  return result
}

function translate(text: string, from: string, to: string): string {
  const target = [...to]
  const replacements = new Map<string, string>()
  ;[...from].forEach((char, index) => {
    if (!replacements.has(char)) replacements.set(char, target[index] ?? '')
  })
  return [...text].map((char) => replacements.get(char) ?? char).join('')
}

function overlay(text: string, replacement: string, start: number, length: number): string {
  const points = [...text]
  if (start <= 0 || start > points.length) return text
  const end = length < 0 || start - 1 + length > points.length ? points.length : start - 1 + length
  return points.slice(0, start - 1).join('') + replacement + points.slice(end).join('')
}

function splitIndex(text: string, separator: string, index: number): string | null {
  if (index < 0 || separator === '') return null
  return text.split(separator)[index] ?? null
}

function chr(code: number | bigint): string {
  return code < 0 ? '' : String.fromCharCode(Number(BigInt(code) & 0xffn))
}

const utf8 = new TextEncoder()

export const stringFunctions: ScalarFunctions = {
  upper: () => (text: string) => text.toUpperCase(),
  lower: () => (text: string) => text.toLowerCase(),
  initCap: () => initCap,
  charLength: () => codePointLength,
  substring: () => substring,
  left: () => (text: string, length: number) => (length <= 0 ? '' : substring(text, 1, length)),
  right: () => (text: string, length: number) => {
    if (length <= 0) return ''
    const points = pointsOf(text)
    return joinPoints(points.slice(Math.max(0, points.length - length)))
  },
  position: () => (part: string, text: string) => positionOf(part, text),
  instr: () => (text: string, part: string, start?: number, occurrence?: number) =>
    positionOf(part, text, start, occurrence),
  locate: () => (part: string, text: string, start?: number) => positionOf(part, text, start),
  leftPad: () => (text: string, length: number, padding: string) => pad(text, length, padding, 'left'),
  rightPad: () => (text: string, length: number, padding: string) => pad(text, length, padding, 'right'),
  trim: ({ options }) => {
    const side = options.side as 'BOTH' | 'LEADING' | 'TRAILING'
    return (text: string, characters = ' ') => trim(text, characters, side)
  },
  reverse: () => (text: string) => [...text].reverse().join(''),
  repeat: () => (text: string, count: number) => text.repeat(Math.max(0, count)),
  replace: () => (text: string, search: string, replacement: string) =>
    search === '' ? text : text.replaceAll(search, () => replacement),
  translate: () => translate,
  overlay: () => (text: string, replacement: string, start: number, length?: number) =>
    overlay(text, replacement, start, length ?? codePointLength(replacement)),
  concatenate: () => (left: string, right: string) => left + right,
  concat:
    () =>
    (...texts: string[]) =>
      texts.join(''),
  concatWithSeparator:
    () =>
    (separator: string | null, ...texts: (string | null)[]) =>
      separator === null ? null : texts.filter((text) => text !== null).join(separator),
  startsWith: ({ operandTypes }) =>
    operandTypes[0]!.kind === 'VARBINARY' || operandTypes[0]!.kind === 'BINARY'
      ? (bytes: Uint8Array, start: Uint8Array) => start.every((byte, index) => bytes[index] === byte)
      : (text: string, start: string) => text.startsWith(start),
  endsWith: ({ operandTypes }) =>
    operandTypes[0]!.kind === 'VARBINARY' || operandTypes[0]!.kind === 'BINARY'
      ? (bytes: Uint8Array, end: Uint8Array) =>
          end.length <= bytes.length && end.every((byte, index) => bytes[bytes.length - end.length + index] === byte)
      : (text: string, end: string) => text.endsWith(end),
  ascii: () => (text: string) => (text === '' ? 0 : utf8.encode(text)[0]!),
  chr: () => chr,
  splitIndex: ({ operandTypes }) =>
    operandTypes[1]!.kind === 'INTEGER'
      ? (text: string, code: number, index: number) =>
          code > 255 || code < 1 ? null : splitIndex(text, String.fromCharCode(code), index)
      : splitIndex,
  split: () => (text: string, separator: string) => (separator === '' ? [...text] : text.split(separator)),
  elt:
    () =>
    (index: number | bigint | null, ...texts: Cell[]) =>
      index === null || index < 1 || index > texts.length ? null : texts[Number(index) - 1]!,
  printf,
  isAlpha: () => (text: string) => /^\p{L}+$/u.test(text),
  isDigit: () => (text: string) => /^\p{Nd}+$/u.test(text),
  isDecimal: () => (text: string) => /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(text),
  btrim:
    () =>
    (text: string, characters = ' ') =>
      trim(text, characters, 'BOTH'),
  ltrim:
    () =>
    (text: string, characters = ' ') =>
      trim(text, characters, 'LEADING'),
  rtrim:
    () =>
    (text: string, characters = ' ') =>
      trim(text, characters, 'TRAILING'),
}
