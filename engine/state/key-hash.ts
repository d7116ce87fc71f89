// The hash of a key: one function for state and for the keyed exchange, so that a key's rows meet its state. Stable over
// processes and releases: key groups in checkpoints depend on it. Murmur3's mixing over 32-bit words.
import { loadGenerated } from '../common/load-generated.ts'
import type { LogicalType } from '../types/logical-type.ts'
import { columnStorage, type Cell, type Column, type PreciseTimestamp } from '../types/record-batch.ts'

/** The hash (int32) of the key at a row of the key columns. NULL is a key, NaN equals NaN, -0 differs from 0, as in Flink. */
export type KeyHasher = (keys: readonly Column[], row: number) => number
/** Hashes of rows 0 … rowCount − 1 into `hashes`. */
export type BatchKeyHasher = (keys: readonly Column[], rowCount: number, hashes: Int32Array) => void

const float64 = new Float64Array(1)
const words = new Int32Array(float64.buffer)

function mix(hash: number, word: number): number {
  const mixed = Math.imul(hash ^ Math.imul(word, 0xcc9e2d51), 0x1b873593)
  return (mixed << 13) | (mixed >>> 19)
}

function hashNumber(value: number): number {
  if (value !== value) return 0x7ff80000
  float64[0] = value
  return mix(words[0]!, words[1]!)
}

/** Over UTF-16 units. */
function hashString(value: string): number {
  let hash = value.length
  for (let index = 0; index < value.length; index++) {
    hash = Math.imul(hash ^ value.charCodeAt(index), 0x5bd1e995)
    hash ^= hash >>> 15
  }
  return hash
}

function hashExact(value: bigint | PreciseTimestamp): number {
  if (typeof value !== 'bigint') return mix(hashNumber(value.millis), value.nanos)
  let hash = value < 0n ? 1 : 0
  for (let rest = value < 0n ? -value : value; rest > 0n; rest >>= 32n)
    hash = mix(hash, Number(BigInt.asIntN(32, rest)))
  return hash
}

/** Any cell; equal cells have equal hashes. Entries of maps are summed up, for they have no order. */
function hashCell(value: Cell): number {
  if (value === null) return 0x6e756c6c
  switch (typeof value) {
    case 'number':
      return hashNumber(value)
    case 'string':
      return hashString(value)
    case 'boolean':
      return value ? 1 : 2
    case 'bigint':
      return hashExact(value)
    default:
      return hashObject(value)
  }
}

function hashObject(value: Exclude<Cell, null | boolean | number | bigint | string>): number {
  if (value instanceof Uint8Array) return value.reduce(mix, value.length)
  if (Array.isArray(value))
    return (value as readonly Cell[]).reduce<number>((hash, item) => mix(hash, hashCell(item)), 7)
  if (value instanceof Map) {
    let sum = value.size
    for (const [key, item] of value as ReadonlyMap<Cell, Cell>) sum = (sum + mix(hashCell(key), hashCell(item))) | 0
    return sum
  }
  return hashExact(value as PreciseTimestamp)
}

/** What generated key code calls. */
export const keyHashSupport = { float64, words, hashString, hashExact, hashCell }

/**
 * Statements that mix the key component `index` into the local `h`. Reads the locals `u<i>` (1 where NULL), `a<i>` (the
 * value; NaN where exact) and `x<i>[r]`.
 */
function componentHash(type: LogicalType, index: number): string {
  const value = `a${index}`
  const mixIn = (word: string): string =>
    `h = Math.imul(h ^ Math.imul(${word}, 0xcc9e2d51), 0x1b873593); h = (h << 13) | (h >>> 19);`
  switch (columnStorage(type)) {
    case 'uint8':
    case 'int32':
      return mixIn(`${value} ^ u${index} << 30`)
    case 'float32':
      return doubleHash(index, mixIn)
    case 'float64':
      if (type.kind === 'DOUBLE') return doubleHash(index, mixIn)
      return `if (${value} === ${value}) { ${mixIn(`${value} | 0`)} ${mixIn(`((${value} / 4294967296) | 0) ^ u${index} << 30`)} }
        else { ${mixIn(`hashExact(x${index}[r])`)} }`
    case 'object':
      if (type.kind === 'CHAR' || type.kind === 'VARCHAR')
        return mixIn(`u${index} === 1 ? 0x6e756c6c : hashString(${value})`)
      return mixIn(`hashCell(${value})`)
  }
}

function doubleHash(index: number, mixIn: (word: string) => string): string {
  return `if (a${index} === a${index}) {
      float64[0] = a${index}; ${mixIn('words[0]')} ${mixIn(`words[1] ^ u${index} << 30`)}
    } else { ${mixIn('0x7ff80000')} }`
}

/** Declares the locals of the input key columns: `v<i>`, `n<i>`, `x<i>`. */
export function declareKeyInputs(types: readonly LogicalType[]): string {
  return types
    .map(
      (_, index) =>
        `const v${index} = keys[${index}].values, n${index} = keys[${index}].nulls, x${index} = keys[${index}].exact;`,
    )
    .join('\n')
}

/** Loads row `r` into `u<i>` and `a<i>`. NULL rows read as 0 (objects: null). */
export function loadKey(types: readonly LogicalType[]): string {
  return types
    .map((type, index) => {
      const nothing = columnStorage(type) === 'object' ? 'null' : '0'
      return `const u${index} = n${index} !== undefined && n${index}[r] !== 0 ? 1 : 0;
        const a${index} = u${index} === 1 ? ${nothing} : v${index}[r];`
    })
    .join('\n')
}

/** Computes the hash of the loaded key into the local `h`, finalised as murmur3 does. */
export function hashKeyCode(types: readonly LogicalType[]): string {
  return `h = ${types.length};
    ${types.map(componentHash).join('\n')}
    h ^= h >>> 16; h = Math.imul(h, 0x85ebca6b); h ^= h >>> 13; h = Math.imul(h, 0xc2b2ae35); h ^= h >>> 16;`
}

type SupportFactory<T> = (support: typeof keyHashSupport) => T
const DESTRUCTURE = '({ float64, words, hashString, hashExact, hashCell }) =>'

export function createKeyHasher(types: readonly LogicalType[]): KeyHasher {
  const code = `${DESTRUCTURE} (keys, r) => { let h; ${declareKeyInputs(types)} ${loadKey(types)} ${hashKeyCode(types)} return h }`
  return loadGenerated<SupportFactory<KeyHasher>>(code)(keyHashSupport)
}

export function createBatchKeyHasher(types: readonly LogicalType[]): BatchKeyHasher {
  const code = `${DESTRUCTURE} (keys, rowCount, hashes) => {
    let h; ${declareKeyInputs(types)}
    for (let r = 0; r < rowCount; r++) { ${loadKey(types)} ${hashKeyCode(types)} hashes[r] = h } }`
  return loadGenerated<SupportFactory<BatchKeyHasher>>(code)(keyHashSupport)
}
