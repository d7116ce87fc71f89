import { describe, expect, it } from 'vitest'
import { EventBatch, malformations, seededRandom } from '../../../../src/generators/index.ts'
import { RecordChanger, type RecordChanges } from '../../../../src/services/produce/change-records.ts'

const NONE: RecordChanges = { set: [], keyField: undefined, nullValues: false, badShare: 0 }

function changed(changes: Partial<RecordChanges>, ...batches: (readonly (string | null)[])[]) {
  const changer = new RecordChanger({ ...NONE, ...changes }, seededRandom(1), (origin) => `a.jsonl line ${origin}`)
  const records: (readonly [string | null, string | null])[] = []
  const malformedKinds: number[] = []
  for (const values of batches) {
    const batch = new EventBatch(10_000)
    values.forEach((value, index) =>
      batch.addEvent({
        key: Buffer.from('k'),
        value: value === null ? null : Buffer.from(value),
        timeMs: 0,
        tellMs: 0,
        isLate: false,
        origin: index + 1,
      }),
    )
    changer.change(batch)
    for (let index = 0; index < batch.count; index++) {
      records.push([
        batch.keyLength[index]! < 0 ? null : Buffer.from(batch.keyAt(index)).toString(),
        batch.valueLength[index]! < 0 ? null : Buffer.from(batch.valueAt(index)).toString(),
      ])
      malformedKinds.push(batch.malformed[index]!)
    }
  }
  return { records, malformedKinds, changer }
}
const values = (result: ReturnType<typeof changed>): (string | null)[] => result.records.map(([, value]) => value)

describe('RecordChanger', () => {
  it('sets fields, nested ones too, and leaves every other byte', () => {
    const set = [
      { field: 'a', value: '0' },
      { field: 'b.c', value: '"x"' },
    ]
    expect(values(changed({ set }, ['{ "a": 1.50, "b": {"c": null, "d":1e3 } }', '{"b":{"c":[1]},"a":{}}']))).toEqual([
      '{ "a": 0, "b": {"c": "x", "d":1e3 } }',
      '{"b":{"c":"x"},"a":0}',
    ])
  })

  it('refuses to set what the first record has not, naming it and its fields', () => {
    const set = [{ field: 'total', value: '0' }]
    expect(() => changed({ set }, ['{"total_amount":1,"tip":2}'])).toThrow(
      expect.objectContaining({
        code: 'OPTION_INVALID',
        message: "a.jsonl line 1 has no field 'total' for --set",
        fix: 'Name another field: its fields are total_amount, tip.',
      }),
    )
    expect(() => changed({ set }, [], [null], ['{"tip":2}'])).toThrow("line 1 has no field 'total'")
  })

  it('counts later records that lack the field; tombstones do not count', () => {
    const result = changed({ set: [{ field: 'a', value: '0' }] }, [null, '{"a":1}', '{"b":1}'], ['{"b":2}', null])
    expect(values(result)).toEqual([null, '{"a":0}', '{"b":1}', '{"b":2}', null])
    expect(result.changer.unsetCount).toBe(2)
  })

  it('takes keys from fields: texts without quotes, anything else as it is spelt, null as no key', () => {
    const lines = ['{"k":"a\\"ü"}', '{"k":1.50}', '{"k":{"x":1}}', '{"k":null}', '{"k":"plain"}']
    expect(changed({ keyField: 'k' }, lines).records.map(([key]) => key)).toEqual([
      'a"ü',
      '1.50',
      '{"x":1}',
      null,
      'plain',
    ])
    expect(() => changed({ keyField: 'k' }, ['{"k":1}', '{}'])).toThrow("a.jsonl line 2 has no field 'k' for the key")
  })

  it('makes tombstones of the keys', () => {
    expect(changed({ keyField: 'k', nullValues: true }, ['{"k":7}']).records).toEqual([['7', null]])
  })

  it('spoils its share of the records in every way, the same for the same seed, and keeps their keys', () => {
    const lines = Array.from({ length: 10_000 }, (_, index) => `{"k":${index},"t":"x"}`)
    const result = changed({ badShare: 0.1, keyField: 'k' }, lines)
    const bad = result.malformedKinds.filter((kind) => kind > 0)
    expect(bad.length / lines.length).toBeCloseTo(0.1, 1)
    for (const kind of malformations.keys()) expect(bad.filter((each) => each === kind + 1).length).toBeGreaterThan(200)
    result.records.forEach(([key, value], index) => {
      expect(key).toBe(String(index))
      expect(value === lines[index]).toBe(result.malformedKinds[index] === 0)
    })
    expect(changed({ badShare: 0.1, keyField: 'k' }, lines).records).toEqual(result.records)
  })
})
