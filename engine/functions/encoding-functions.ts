// Base64, hexadecimal, URLs and character sets.
import { MAX_LENGTH } from '../types/logical-type.ts'
import { bytesToHex } from './cast-to-string.ts'
import { fail } from './evaluation-error.ts'
import type { ScalarFunctions } from './function-context.ts'
import type { Int64 } from './int64.ts'

const utf8Encoder = new TextEncoder()

function charsetOf(name: string): { encoding: BufferEncoding; swap: boolean; mark: boolean } {
  switch (name.toUpperCase().replaceAll('_', '-')) {
    case 'UTF-8':
    case 'UTF8':
      return { encoding: 'utf8', swap: false, mark: false }
    case 'US-ASCII':
    case 'ISO-8859-1':
      return { encoding: 'latin1', swap: false, mark: false }
    case 'UTF-16LE':
      return { encoding: 'utf16le', swap: false, mark: false }
    case 'UTF-16BE':
      return { encoding: 'utf16le', swap: true, mark: false }
    case 'UTF-16':
      return { encoding: 'utf16le', swap: true, mark: true }
    default:
      return fail(`Unsupported character set '${name}'`)
  }
}

function encode(text: string, charset: string): Uint8Array {
  const { encoding, swap, mark } = charsetOf(charset)
  const bytes = Buffer.from(mark ? `\ufeff${text}` : text, encoding)
  // plain Uint8Array: the canonical form
  return new Uint8Array(swap ? bytes.swap16() : bytes)
}

function decode(bytes: Uint8Array, charset: string): string {
  const { encoding, swap } = charsetOf(charset)
  const copy = Buffer.from(bytes)
  const text = (swap ? copy.swap16() : copy).toString(encoding)
  return text.startsWith('\ufeff') ? text.slice(1) : text
}

function unhex(text: string): Uint8Array | null {
  const even = text.length % 2 === 0 ? text : `0${text}`
  return /^[0-9a-fA-F]*$/.test(even) ? new Uint8Array(Buffer.from(even, 'hex')) : null
}

/** java.net.URLEncoder: a blank is `+`, and of the punctuation only `.-*_` stays. */
function urlEncode(text: string): string {
  return encodeURIComponent(text)
    .replace(/[!'()~]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%20', '+')
}

function urlDecode(text: string): string | null {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return null
  }
}

const URL_PARTS =
  /^([A-Za-z][A-Za-z0-9+.-]*):(?:\/\/(([^@/?#]*)@)?([^:/?#]*)(?::(\d+))?)?([^?#]*)(?:\?([^#]*))?(?:#(.*))?$/

function parseUrl(url: string, part: string, key?: string): string | null {
  const match = URL_PARTS.exec(url)
  if (match === null) return null
  const [, protocol = '', , userInfo, host = '', port, path = '', query, reference] = match
  switch (part) {
    case 'HOST':
      return host
    case 'PATH':
      return path
    case 'QUERY':
      if (key === undefined) return query ?? null
      return (
        query
          ?.split('&')
          .find((pair) => pair.startsWith(`${key}=`))
          ?.slice(key.length + 1) ?? null
      )
    case 'REF':
      return reference ?? null
    case 'PROTOCOL':
      return protocol
    case 'FILE':
      return query === undefined ? path : `${path}?${query}`
    case 'AUTHORITY':
      return (userInfo === undefined ? '' : `${userInfo}@`) + host + (port === undefined ? '' : `:${port}`)
    case 'USERINFO':
      return userInfo ?? null
    default:
      return null
  }
}

export const encodingFunctions: ScalarFunctions = {
  toBase64: ({ operandTypes }) =>
    operandTypes[0]!.kind === 'CHAR' || operandTypes[0]!.kind === 'VARCHAR'
      ? (text: string) => Buffer.from(text, 'utf8').toString('base64')
      : (bytes: Uint8Array) => Buffer.from(bytes).toString('base64'),
  fromBase64: () => (text: string) => Buffer.from(text, 'base64').toString('utf8'),
  hex: ({ operandTypes }) =>
    operandTypes[0]!.kind === 'CHAR' || operandTypes[0]!.kind === 'VARCHAR'
      ? (text: string) => bytesToHex(utf8Encoder.encode(text)).toUpperCase()
      : (value: Int64) => BigInt.asUintN(64, BigInt(value)).toString(16).toUpperCase(),
  unhex: () => unhex,
  binary: () => (value: Int64) => BigInt.asUintN(64, BigInt(value)).toString(2),
  encode: () => encode,
  decode: () => decode,
  urlEncode: () => urlEncode,
  urlDecode: () => urlDecode,
  parseUrl: () => parseUrl,
  octetLength: () => (value: string | Uint8Array) =>
    Math.min(MAX_LENGTH, typeof value === 'string' ? utf8Encoder.encode(value).length : value.length),
}
