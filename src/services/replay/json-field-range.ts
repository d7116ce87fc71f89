// Where the value of a field stands in JSON text, found over bytes: what surrounds it is kept as it was written.

export interface ByteRange {
  readonly start: number
  readonly end: number
}

const [quote, backslash, colon, comma] = [0x22, 0x5c, 0x3a, 0x2c]
const [openBrace, closeBrace, openBracket, closeBracket] = [0x7b, 0x7d, 0x5b, 0x5d]

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09
}

function skipSpace(bytes: Uint8Array, at: number): number {
  while (isSpace(bytes[at])) at++
  return at
}

/** Behind the closing quote; the text's end where there is none. */
function skipString(bytes: Uint8Array, at: number): number {
  for (at++; at < bytes.length && bytes[at] !== quote; at++) if (bytes[at] === backslash) at++
  return Math.min(at + 1, bytes.length)
}

function skipValue(bytes: Uint8Array, at: number): number {
  if (bytes[at] === quote) return skipString(bytes, at)
  if (bytes[at] !== openBrace && bytes[at] !== openBracket) {
    while (at < bytes.length && ![comma, closeBrace, closeBracket].includes(bytes[at]!) && !isSpace(bytes[at])) at++
    return at
  }
  let depth = 0
  while (at < bytes.length) {
    const byte = bytes[at]!
    if (byte === quote) {
      at = skipString(bytes, at)
      continue
    }
    if (byte === openBrace || byte === openBracket) depth++
    else if ((byte === closeBrace || byte === closeBracket) && --depth === 0) return at + 1
    at++
  }
  return at
}

function textOf(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('utf8')
}

function isNamed(bytes: Uint8Array, start: number, end: number, name: string): boolean {
  const text = textOf(bytes, start, end)
  if (!text.includes('\\')) return text.slice(1, -1) === name
  try {
    return JSON.parse(text) === name
  } catch {
    return false
  }
}

/** The value at `path` (`['a', 'b']` is b in the object a); undefined where there is none, or the text is no object. */
export function jsonFieldRange(bytes: Uint8Array, path: readonly string[], from = 0): ByteRange | undefined {
  const [name, ...rest] = path
  let at = skipSpace(bytes, from)
  if (bytes[at] !== openBrace) return undefined
  let found: ByteRange | undefined
  for (at = skipSpace(bytes, at + 1); bytes[at] === quote; at = skipSpace(bytes, at + 1)) {
    const keyStart = at
    at = skipString(bytes, at)
    const keyEnd = at
    at = skipSpace(bytes, at)
    if (bytes[at] !== colon) return undefined
    const start = skipSpace(bytes, at + 1)
    at = skipValue(bytes, start)
    // of fields with the same name the last one counts, as it does for JSON.parse
    if (isNamed(bytes, keyStart, keyEnd, name!))
      found = rest.length === 0 ? { start, end: at } : jsonFieldRange(bytes, rest, start)
    at = skipSpace(bytes, at)
    if (bytes[at] !== comma) break
  }
  return bytes[at] === closeBrace ? found : undefined
}
