import { expect, test } from 'vitest'
import { schema, t } from '../../../engine/index.ts'
import { ByteWriter } from '../../../src/generators/byte-writer.ts'
import { jsonSerializer } from '../../../src/generators/json-serializer.ts'

const AT = Date.UTC(2025, 10, 1, 9, 5, 7, 42)
const type = schema({
  'quoted "name"': t.string(),
  epoch: t.epochMillis(),
  day: t.date(),
  time: t.time(),
  wall: t.timestamp(),
  instant: t.timestampLtz(),
  nested: t.row({ amount: t.decimal(10, 2), tags: t.array(t.string()), when: t.timestamp() }),
  counts: t.map(t.string(), t.bigint()),
  bytes: t.bytes(),
  nothing: t.nullable(t.int()),
}).rowType

function written(isoTimestamps: boolean): string {
  const serializer = jsonSerializer({ isoTimestamps })(type)
  const out = new ByteWriter()
  serializer.begin(out)
  serializer.text(0, serializer.prepare('a "b"\n'))
  for (let field = 1; field <= 5; field++) serializer.time(field, AT)
  serializer.value(6, { amount: '12.50', tags: ['x', 'ü'], when: AT })
  serializer.value(7, { a: 9007199254740993n })
  serializer.value(8, Uint8Array.of(1, 2, 255))
  serializer.value(9, null)
  serializer.end()
  return Buffer.from(out.bytes.subarray(0, out.length)).toString()
}

test('spells every type as Flink’s json format reads it', () => {
  expect(written(false)).toBe(
    `{"quoted \\"name\\"":"a \\"b\\"\\n","epoch":${AT},"day":"2025-11-01","time":"09:05:07",` +
      '"wall":"2025-11-01 09:05:07.042","instant":"2025-11-01 09:05:07.042Z",' +
      '"nested":{"amount":12.50,"tags":["x","ü"],"when":"2025-11-01 09:05:07.042"},' +
      '"counts":{"a":9007199254740993},"bytes":"AQL/","nothing":null}',
  )
})

test('takes ISO-8601 for timestamps where the table does', () => {
  expect(written(true)).toContain('"wall":"2025-11-01T09:05:07.042","instant":"2025-11-01T09:05:07.042Z"')
})
