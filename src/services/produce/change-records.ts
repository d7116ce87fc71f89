// What the command line changes in records on their way: fields that are set, the key, values left out, malformed ones.
import { FlinktsError } from '../../../engine/host.ts'
import { malformations, malformed, type EventBatch } from '../../generators/index.ts'
import { fieldPath, JsonField } from './json-fields.ts'

export interface FieldOverride {
  /** `a.b` is field b of the object a. */
  readonly field: string
  /** JSON. */
  readonly value: string
}

export interface RecordChanges {
  /** In this order. The first record with a value must have every field; later ones without it stay as they are. */
  readonly set: readonly FieldOverride[]
  /** Field that becomes the key, a text without its quotes, anything else as JSON spells it; null is no key. */
  readonly keyField: string | undefined
  /** Every value becomes null: tombstones of the keys. */
  readonly nullValues: boolean
  /** Share of the records to be spoilt, 0 to 1. */
  readonly badShare: number
}

const NULL = Buffer.from('null')
const [QUOTE, BACKSLASH] = [34, 92]

interface PreparedOverride {
  readonly field: string
  readonly path: readonly Uint8Array[]
  readonly value: Uint8Array
}

export class RecordChanger {
  /** Records that kept a value because they lack a field to be set. */
  unsetCount = 0
  private readonly overrides: readonly PreparedOverride[]
  private readonly keyField: string | undefined
  private readonly keyPath: readonly Uint8Array[]
  private readonly changes: RecordChanges
  private readonly random: () => number
  private readonly titleOf: (origin: number) => string
  private readonly found = new JsonField()
  private isFirst = true

  /** `titleOf` names a record by its origin. */
  constructor(changes: RecordChanges, random: () => number, titleOf: (origin: number) => string) {
    this.changes = changes
    this.random = random
    this.titleOf = titleOf
    this.overrides = changes.set.map(({ field, value }) => ({
      field,
      path: fieldPath(field),
      value: Buffer.from(value),
    }))
    this.keyField = changes.keyField
    this.keyPath = changes.keyField === undefined ? [] : fieldPath(changes.keyField)
  }

  /** Throws OPTION_INVALID for a field that is not there. */
  change(batch: EventBatch): void {
    const { badShare, nullValues } = this.changes
    if (batch.count === 0) return
    for (const override of this.overrides) this.set(batch, override)
    if (this.keyField !== undefined) this.takeKeys(batch)
    if (nullValues) batch.valueLength.fill(-1, 0, batch.count)
    if (badShare > 0) this.spoil(batch)
    this.isFirst &&= batch.valueLength.subarray(0, batch.count).every((length) => length < 0)
  }

  private set(batch: EventBatch, { field, path, value }: PreparedOverride): void {
    const { out } = batch
    let isFirst = this.isFirst
    for (let index = 0; index < batch.count; index++) {
      if (batch.valueLength[index]! < 0) continue // a tombstone has no fields
      if (!this.find(batch, index, path)) {
        if (isFirst) throw this.missing(batch, index, field, '--set')
        this.unsetCount++
        continue
      }
      isFirst = false
      const [start, end] = [out.length, batch.valueStart[index]! + batch.valueLength[index]!]
      out.raw(out.bytes, batch.valueStart[index], this.found.start)
      out.raw(value)
      out.raw(out.bytes, this.found.end, end)
      batch.setValueFrom(index, start)
    }
  }

  private takeKeys(batch: EventBatch): void {
    const { out } = batch
    for (let index = 0; index < batch.count; index++) {
      if (!this.find(batch, index, this.keyPath)) throw this.missing(batch, index, this.keyField!, 'the key')
      const { start, end } = this.found
      const keyStart = out.length
      const raw = out.bytes.subarray(start, end)
      if (raw[0] !== QUOTE) {
        if (NULL.equals(raw)) batch.keyLength[index] = -1
        else {
          out.raw(out.bytes, start, end)
          batch.setKeyFrom(index, keyStart)
        }
        continue
      }
      if (raw.includes(BACKSLASH)) out.utf8(JSON.parse(Buffer.from(raw).toString()) as string)
      else out.raw(out.bytes, start + 1, end - 1)
      batch.setKeyFrom(index, keyStart)
    }
  }

  private spoil(batch: EventBatch): void {
    for (let index = 0; index < batch.count; index++) {
      if (this.random() >= this.changes.badShare || batch.valueLength[index]! < 0) continue
      const kind = Math.floor(this.random() * malformations.length)
      const bytes = malformed(malformations[kind]!, batch.valueAt(index), this.random)
      const start = batch.out.length
      batch.out.raw(bytes)
      batch.setValueFrom(index, start)
      batch.malformed[index] = kind + 1
    }
  }

  private find(batch: EventBatch, index: number, path: readonly Uint8Array[]): boolean {
    const start = batch.valueStart[index]!
    return this.found.find(batch.out.bytes, start, start + Math.max(0, batch.valueLength[index]!), path)
  }

  private missing(batch: EventBatch, index: number, field: string, use: string): FlinktsError {
    const title = this.titleOf(batch.origin[index]!)
    const value = Buffer.from(batch.valueAt(index)).toString()
    const fields = fieldNames(value)
    const has = fields.length === 0 ? `it is ${value.slice(0, 60)}` : `its fields are ${fields.join(', ')}`
    const verb = title.startsWith('the events') ? 'have' : 'has'
    return new FlinktsError('OPTION_INVALID', `${title} ${verb} no field '${field}' for ${use}`, {
      fix: `Name another field: ${has}.`,
    })
  }
}

function fieldNames(json: string): string[] {
  try {
    const value: unknown = JSON.parse(json)
    return typeof value === 'object' && value !== null ? Object.keys(value) : []
  } catch {
    return []
  }
}
