// Base64 as Jackson reads it (MIME-NO-LINEFEEDS): the standard alphabet, padding required, white space between quads
// allowed.

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/

/** The bytes; undefined where the text is not base64. */
export function decodeJsonBase64(text: string): Uint8Array | undefined {
  // eslint-disable-next-line no-control-regex -- white space is everything up to the blank, as in Jackson
  const compact = text.replace(/[\u0000-\u0020]+/g, '')
  if (!BASE64.test(compact)) return undefined
  return new Uint8Array(Buffer.from(compact, 'base64'))
}
