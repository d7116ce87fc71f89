// Finds fields in JSON bytes without parsing the rest, so that one value can be read or replaced and all others keep
// their spelling.

const [QUOTE, COMMA, COLON, BACKSLASH, OPEN_OBJECT, CLOSE_OBJECT, OPEN_ARRAY, CLOSE_ARRAY] = [
  34, 44, 58, 92, 123, 125, 91, 93,
] as const
const SPACE = 32

function skipSpace(bytes: Uint8Array, at: number, end: number): number {
  while (at < end && bytes[at]! <= SPACE) at++
  return at
}

/** Behind the closing quote of the string that begins at `at`. */
function skipString(bytes: Uint8Array, at: number, end: number): number {
  for (at++; at < end && bytes[at] !== QUOTE; at++) if (bytes[at] === BACKSLASH) at++
  return at + 1
}

/** Behind the value that begins at `at`. */
function skipValue(bytes: Uint8Array, at: number, end: number): number {
  if (bytes[at] === QUOTE) return skipString(bytes, at, end)
  let depth = 0
  while (at < end) {
    const byte = bytes[at]!
    if (byte === QUOTE) {
      at = skipString(bytes, at, end)
      continue
    }
    if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) depth++
    else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) {
      if (depth === 0) return at
      if (--depth === 0) return at + 1
    } else if (depth === 0 && (byte === COMMA || byte <= SPACE)) return at
    at++
  }
  return at
}

function isName(bytes: Uint8Array, start: number, end: number, name: Uint8Array): boolean {
  if (end - start !== name.length) return false
  for (let i = 0; i < name.length; i++) if (bytes[start + i] !== name[i]) return false
  return true
}

/** `a.b` as the names that lead there; field names with dots cannot be told. */
export function fieldPath(text: string): Uint8Array[] {
  return text.split('.').map((name) => Buffer.from(JSON.stringify(name).slice(1, -1)))
}

/** Where the last found value lies. */
export class JsonField {
  start = 0
  end = 0

  /** Looks in the JSON object of bytes `start` to `end`; anything but an object has no fields. */
  find(bytes: Uint8Array, start: number, end: number, path: readonly Uint8Array[]): boolean {
    let at = start
    for (const name of path) {
      at = skipSpace(bytes, at, end)
      if (bytes[at] !== OPEN_OBJECT || at >= end) return false
      at = this.valueOf(bytes, at + 1, end, name)
      if (at < 0) return false
    }
    this.start = at
    this.end = Math.min(end, skipValue(bytes, at, end))
    return this.end > at
  }

  /** Where the value of this name begins in an object; -1: it has none. The last one of several counts, as in JavaScript. */
  private valueOf(bytes: Uint8Array, at: number, end: number, name: Uint8Array): number {
    let found = -1
    for (;;) {
      at = skipSpace(bytes, at, end)
      if (bytes[at] === COMMA) at = skipSpace(bytes, at + 1, end)
      if (at >= end || bytes[at] !== QUOTE) return found
      const nameEnd = skipString(bytes, at, end)
      const matches = isName(bytes, at + 1, nameEnd - 1, name)
      at = skipSpace(bytes, nameEnd, end)
      if (bytes[at] !== COLON) return found
      at = skipSpace(bytes, at + 1, end)
      if (matches) found = at
      at = skipValue(bytes, at, end)
    }
  }
}
