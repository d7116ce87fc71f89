// How documents of a topic are laid out: which bytes stand between their values. Producers write the same keys in the
// same order with the same white space, so a decoder for the layout compares those bytes and reads only values.
import { JsonSyntaxError, Token, type JsonTokenizer } from './json-tokenizer.ts'

export interface JsonLayoutEntry {
  /** The bytes from the end of the value before (or the document's start) to this value: `,"name":`. */
  readonly literal: Uint8Array
  /** Index of the field the value belongs to; -1: the value is passed over. */
  readonly field: number
}

export interface JsonLayout {
  readonly entries: readonly JsonLayoutEntry[]
  /** The bytes behind the last value up to and with the closing brace. */
  readonly tail: Uint8Array
}

const ENTRIES_MAX = 256
const LITERAL_LENGTH_MAX = 512

/**
 * The layout of a document that the general decoder has accepted; undefined where it has none worth a decoder of its own
 * (root arrays, repeated keys, very wide objects, documents that the decoder left in the middle).
 */
export function learnJsonLayout(
  tokens: JsonTokenizer,
  bytes: Buffer,
  start: number,
  end: number,
  fieldIndexes: ReadonlyMap<string, number>,
): JsonLayout | undefined {
  try {
    return readLayout(tokens, bytes, start, end, fieldIndexes)
  } catch (error) {
    if (error instanceof JsonSyntaxError) return undefined
    throw error
  }
}

function readLayout(
  tokens: JsonTokenizer,
  bytes: Buffer,
  start: number,
  end: number,
  fieldIndexes: ReadonlyMap<string, number>,
): JsonLayout | undefined {
  tokens.reset(bytes, start, end)
  if (tokens.nextToken() !== Token.START_OBJECT) return undefined
  const entries: JsonLayoutEntry[] = []
  const seen = new Set<number>()
  let behindValue = start
  while (tokens.nextToken() === Token.FIELD_NAME) {
    const field = fieldIndexes.get(tokens.text()) ?? -1
    if (field >= 0 && seen.has(field)) return undefined
    seen.add(field)
    const token = tokens.nextToken()
    const isContainer = token === Token.START_OBJECT || token === Token.START_ARRAY
    const valueStart = isContainer ? tokens.position - 1 : tokens.tokenStart - (token === Token.STRING ? 1 : 0)
    const literal = Uint8Array.from(bytes.subarray(behindValue, valueStart))
    if (literal.length > LITERAL_LENGTH_MAX || entries.length === ENTRIES_MAX) return undefined
    entries.push({ literal, field })
    tokens.skipChildren()
    behindValue = tokens.position
  }
  return { entries, tail: Uint8Array.from(bytes.subarray(behindValue, tokens.position)) }
}

export function layoutsEqual(left: JsonLayout, right: JsonLayout): boolean {
  return (
    left.entries.length === right.entries.length &&
    Buffer.compare(left.tail, right.tail) === 0 &&
    left.entries.every((entry, index) => Buffer.compare(entry.literal, right.entries[index]!.literal) === 0)
  )
}
