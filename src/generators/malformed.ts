// Records that are wrong on purpose: what a job meets sooner or later.

/** In the order of `malformed`'s drawing: cut off in the middle, JSON whose field has another type, no bytes, not UTF-8. */
export const malformations = ['cut', 'wrongType', 'empty', 'notUtf8'] as const
export type Malformation = (typeof malformations)[number]

const noBytes = new Uint8Array(0)
/** Never part of UTF-8. */
const NOT_UTF8 = 0xff

function isJson(bytes: Uint8Array): boolean {
  try {
    JSON.parse(Buffer.from(bytes).toString())
    return true
  } catch {
    return false
  }
}

function cut(value: Uint8Array, random: () => number): Uint8Array {
  const begun = value.slice(0, 1 + Math.floor(random() * Math.max(0, value.length - 1)))
  // The beginning of a number is a number.
  return begun.length === 0 || isJson(begun) ? Buffer.from('{"cut') : begun
}

function wrongType(value: Uint8Array, random: () => number): Uint8Array {
  let parsed: unknown
  try {
    parsed = JSON.parse(Buffer.from(value).toString())
  } catch {
    parsed = undefined
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) return Buffer.from('"unexpected"')
  const record = parsed as Record<string, unknown>
  const numbers = Object.keys(record).filter((name) => typeof record[name] === 'number')
  const names = numbers.length > 0 ? numbers : Object.keys(record)
  if (names.length === 0) return Buffer.from('"unexpected"')
  const name = names[Math.floor(random() * names.length)]!
  return Buffer.from(JSON.stringify({ ...record, [name]: numbers.length > 0 ? 'not a number' : { unexpected: [1] } }))
}

function notUtf8(value: Uint8Array, random: () => number): Uint8Array {
  const bytes = value.length === 0 ? Buffer.alloc(1) : Buffer.from(value)
  bytes[Math.floor(random() * bytes.length)] = NOT_UTF8
  return bytes
}

/** The value, spoilt. */
export function malformed(kind: Malformation, value: Uint8Array, random: () => number): Uint8Array {
  switch (kind) {
    case 'cut':
      return cut(value, random)
    case 'wrongType':
      return wrongType(value, random)
    case 'empty':
      return noBytes
    case 'notUtf8':
      return notUtf8(value, random)
  }
}
