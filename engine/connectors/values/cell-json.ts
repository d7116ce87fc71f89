// Cells as JSON, so that constant rows can lie in a graph.
import { check } from '../../common/check.ts'
import type { Cell, PreciseTimestamp } from '../../types/record-batch.ts'
import type { Json } from '../connector.ts'

type Tagged = { readonly [tag: string]: Json }

function encodeNumber(value: number): Json {
  return Number.isFinite(value) && !Object.is(value, -0)
    ? value
    : { number: Object.is(value, -0) ? '-0' : String(value) }
}

/** What JSON has no form for is an object with one tag. */
export function encodeCell(cell: Cell): Json {
  if (cell === null || typeof cell === 'boolean' || typeof cell === 'string') return cell
  if (typeof cell === 'number') return encodeNumber(cell)
  if (typeof cell === 'bigint') return { bigint: String(cell) }
  if (cell instanceof Uint8Array) return { bytes: Buffer.from(cell).toString('hex') }
  if (cell instanceof Map) return { map: [...(cell as ReadonlyMap<Cell, Cell>)].map((entry) => entry.map(encodeCell)) }
  if (Array.isArray(cell)) return (cell as readonly Cell[]).map(encodeCell)
  const { millis, nanos } = cell as PreciseTimestamp
  return { timestamp: [millis, nanos] }
}

export function decodeCell(json: Json): Cell {
  if (json === null || typeof json !== 'object') return json
  if (Array.isArray(json)) return (json as readonly Json[]).map(decodeCell)
  const tagged = json as Tagged
  const [tag] = Object.keys(tagged)
  const value = tagged[tag!] as Json
  switch (tag) {
    case 'number':
      return Number(value)
    case 'bigint':
      return BigInt(value as string)
    case 'bytes':
      return new Uint8Array(Buffer.from(value as string, 'hex'))
    case 'map':
      return new Map(
        (value as readonly (readonly Json[])[]).map(([key, each]) => [decodeCell(key!), decodeCell(each!)]),
      )
    default: {
      check(tag === 'timestamp', `unknown cell tag ${tag}`)
      const [millis, nanos] = value as readonly number[]
      return { millis: millis!, nanos: nanos! }
    }
  }
}
