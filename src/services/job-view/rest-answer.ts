// Reading answers of a REST API that may be another release's: what is missing or of another kind is left out, never thrown.

export type RestAnswer = Readonly<Record<string, unknown>>

export function objectOf(value: unknown): RestAnswer {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as RestAnswer) : {}
}

export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

export function objectsOf(value: unknown): readonly RestAnswer[] {
  return listOf(value).map(objectOf)
}

/** Also of a number written as text, as metrics are. */
export function numberOf(value: unknown): number | undefined {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
  return typeof number === 'number' && !Number.isNaN(number) ? number : undefined
}

export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

/** Of a time or duration where -1 (Flink's word for "not yet") is none. */
export function sinceEpochOf(value: unknown): number | undefined {
  const number = numberOf(value)
  return number === undefined || number < 0 ? undefined : number
}

/** ms since 1970. Flink's Long.MIN_VALUE (none yet) is undefined, its Long.MAX_VALUE (the input has ended) Infinity. */
export function watermarkOf(value: unknown): number | undefined {
  const watermark = numberOf(value)
  if (watermark === undefined || watermark < -8.64e15) return undefined
  return watermark > 8.64e15 ? Infinity : watermark
}
