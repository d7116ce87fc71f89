import { expect, test } from 'vitest'
import { recordToJson, recordValues, RecordTable, shownBytes, shownValues } from '../../../src/output/record-lines.ts'
import type { ConsumedRecord } from '../../../src/services/consume-records.ts'

const AT = Date.parse('2025-11-01T10:00:00.005Z')
const binary = Uint8Array.of(0xff, 0xfe, 0x00)

function record(offset: number, value: string | Uint8Array | null, more: Partial<ConsumedRecord> = {}): ConsumedRecord {
  const bytes = typeof value === 'string' ? Buffer.from(value) : value
  return { partition: 0, offset, timestamp: AT, key: null, value: bytes, headers: [], ...more }
}

test('JSON says what there is, and marks what is no text', () => {
  const headers = [
    { key: 'trace', value: Buffer.from('a') },
    { key: 'none', value: null },
  ]
  expect(JSON.parse(recordToJson(record(7, '{"a":1}', { key: Buffer.from('k'), headers })))).toEqual({
    partition: 0,
    offset: 7,
    timestamp: AT,
    key: 'k',
    value: '{"a":1}',
    headers: [
      { key: 'trace', value: 'a' },
      { key: 'none', value: null },
    ],
  })
  expect(JSON.parse(recordToJson(record(8, binary, { timestamp: -1 })))).toEqual({
    partition: 0,
    offset: 8,
    timestamp: null,
    key: null,
    value: '//4A',
    valueEncoding: 'base64',
  })
})

test('values keep their bytes', () => {
  expect([...recordValues([record(0, binary), record(1, null), record(2, 'x')])]).toEqual([
    ...binary,
    10,
    ...Buffer.from('null\nx\n'),
  ])
})

test('nothing on a screen moves the cursor', () => {
  expect(shownBytes(Buffer.from('a\u001b[31mb\n\u202e'))).toBe('a\\u001b[31mb\\n\\u202e')
  expect(shownBytes(binary)).toBe('<3 bytes: fffe00>')
  expect(shownBytes(new Uint8Array(40).fill(255))).toBe(`<40 bytes: ${'ff'.repeat(32)}…>`)
  expect(shownValues([record(0, '\t'), record(1, null)])).toBe('\\t\nnull\n')
})

test('a table has a column for each field; what has none stands behind the row', () => {
  const table = new RecordTable(80)
  const key = Buffer.from('132')
  expect(
    table.add([
      record(9, '{"zone":"Queens","amount":12.5}', { key }),
      record(10, '{"zone":"Bronx","amount":7}', { key }),
    ]),
  ).toEqual([
    'partition  offset  time (UTC)               key  zone    amount',
    '        0       9  2025-11-01 10:00:00.005  132  Queens    12.5',
    '        0      10  2025-11-01 10:00:00.005  132  Bronx        7',
  ])
  expect(table.add([record(11, '{"zone":"The Bronx","amount":1,"tip":2}', { key })])).toEqual([
    '        0      11  2025-11-01 10:00:00.005  132  The Bronx       1  tip=2',
  ])
  expect(table.add([record(12, null, { key }), record(13, 'plain')])).toEqual([
    'partition  offset  time (UTC)               key  value',
    '        0      12  2025-11-01 10:00:00.005  132  null (tombstone)',
    '        0      13  2025-11-01 10:00:00.005       plain',
  ])
})

test('no line is wider than the screen, and numbers are not cut', () => {
  const fields = Object.fromEntries(Array.from({ length: 12 }, (_, index) => [`field_${index}`, `value ${index}`]))
  for (const width of [40, 60, 80, 200]) {
    const lines = new RecordTable(width).add([
      record(1, JSON.stringify(fields), { headers: [{ key: 'h', value: Buffer.from('x'.repeat(100)) }] }),
    ])
    for (const line of lines) expect([...line].length).toBeLessThanOrEqual(width)
    expect(lines[1]).toContain(' 1  2025-11-01 10:00:00')
  }
})
