import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ColumnBuffer } from '../../../../engine/formats/column-buffer.ts'
import { CsvDecoder } from '../../../../engine/formats/csv/csv-decoder.ts'
import {
  checkCsvType,
  defaultCsvFormatOptions,
  readCsvFormatOptions,
  type CsvFormatOptions,
} from '../../../../engine/formats/csv/csv-format-options.ts'
import { types, type LogicalType } from '../../../../engine/types/logical-type.ts'
import { rowFromBatch, type Cell } from '../../../../engine/types/record-batch.ts'

type Fields = Record<string, LogicalType>

interface Decoded {
  readonly rows: Cell[][]
  readonly ignored: number
}

/** Decodes all records. `step`: how many bytes more are there at each attempt. */
function decode(
  text: string | Buffer,
  fields: Fields,
  options: Partial<CsvFormatOptions> = {},
  step?: number,
): Decoded {
  const bytes = Buffer.from(text as string)
  const type = types.row(Object.entries(fields).map(([name, fieldType]) => ({ name, type: fieldType })))
  const buffer = new ColumnBuffer(type, 1000)
  const columns = type.fields.map((_, index) => index)
  const decoder = new CsvDecoder(type, { ...defaultCsvFormatOptions, ...options }, buffer, columns)
  let rowCount = 0
  let end = step ?? bytes.length
  for (let at = 0; at < bytes.length;) {
    const next = decoder.decode(
      bytes.subarray(0, Math.min(end, bytes.length)),
      at,
      Math.min(end, bytes.length),
      end >= bytes.length,
      rowCount,
    )
    if (next < 0) end += step ?? 1
    else {
      at = next
      rowCount += decoder.rows
      end = Math.max(end, at + 1)
    }
  }
  const batch = buffer.toBatch(rowCount)
  return {
    rows: Array.from({ length: rowCount }, (_, row) => rowFromBatch(batch, row)),
    ignored: decoder.ignoredRecords,
  }
}

const one = (text: string, type: LogicalType, options: Partial<CsvFormatOptions> = {}): Cell => {
  const { rows } = decode(`${text}\n`, { a: type }, options)
  return rows[0]![0]!
}

const ab = { a: types.int(), b: types.string() }

describe('records', () => {
  it.each<[string, string, Cell[][]]>([
    [
      'line feeds',
      '1,x\n2,y\n',
      [
        [1, 'x'],
        [2, 'y'],
      ],
    ],
    [
      'carriage returns',
      '1,x\r\n2,y\r3,z\r\n',
      [
        [1, 'x'],
        [2, 'y'],
        [3, 'z'],
      ],
    ],
    [
      'a last line without an end',
      '1,x\n2,y',
      [
        [1, 'x'],
        [2, 'y'],
      ],
    ],
    [
      'quotes, doubled ones and line ends in them',
      '1,"x, ""y""\n z"\n"2",""\n',
      [
        [1, 'x, "y"\n z'],
        [2, ''],
      ],
    ],
    [
      'spaces behind a quoted field',
      '1,"x" \n2, y \n',
      [
        [1, 'x'],
        [2, ' y '],
      ],
    ],
    ['a delimiter behind the last field', '1,x,\n', [[1, 'x']]],
    ['quotes inside of a bare field', '1,x"y"\n', [[1, 'x"y"']]],
    [
      'text that is not ASCII',
      '1,Köln 🚕\n2,"日本"\n',
      [
        [1, 'Köln 🚕'],
        [2, '日本'],
      ],
    ],
  ])('knows %s', (_, text, rows) => {
    expect(decode(text, ab).rows).toEqual(rows)
    // the same however the bytes arrive
    expect(decode(text, ab, {}, 1).rows).toEqual(rows)
  })

  it.each<[string, string, string]>([
    ['too few fields', '1\n', 'Row length mismatch. 2 fields expected but was 1.'],
    ['an empty line', '\n', `field 'a': cannot read "" as INT`],
    ['too many fields', '1,x,y\n', 'Too many entries: expected at most 2'],
    ['a value of another type', 'one,x\n', `field 'a': cannot read "one" as INT`],
    ['a number out of range', '2147483648,x\n', `field 'a': cannot read "2147483648" as INT`],
    ['an open quote', '1,"x\n', 'the closing quote is missing'],
    ['text behind a quoted field', '1,"x"y\n', "Expected column separator character (',')"],
  ])('refuses %s, or ignores it when asked to', (_, text, message) => {
    expect(() => decode(text, ab)).toThrow(message)
    expect(() => decode(text, ab, { ignoreParseErrors: true })).not.toThrow()
  })

  it('sets fields to NULL and drops records that it is to ignore', () => {
    const text = 'one,x\n2\n3,x,y\n4,"x"y\n5,z\n'
    expect(decode(text, ab, { ignoreParseErrors: true })).toEqual({
      rows: [
        [null, 'x'],
        [2, null],
        [5, 'z'],
      ],
      ignored: 2,
    })
  })

  it('has other delimiters, quotes, comments and literals', () => {
    expect(decode("1\t'x\ty'\n", ab, { fieldDelimiter: '\t', quoteCharacter: "'" }).rows).toEqual([[1, 'x\ty']])
    expect(decode('1,"x"\n', ab, { quoteCharacter: null }).rows).toEqual([[1, '"x"']])
    expect(decode('# a,b\n1,x\n#2,y', ab, { allowComments: true }).rows).toEqual([[1, 'x']])
    expect(decode('n/a,x\n1,n/a\n1,"n/a"\n', ab, { nullLiteral: 'n/a' }).rows).toEqual([
      [null, 'x'],
      [1, null],
      [1, null],
    ])
    expect(decode('1,\n,x\n', ab, { emptyStringAsNull: true }).rows).toEqual([
      [1, null],
      [null, 'x'],
    ])
    expect(decode('1,x\\,y\\\\\n2,"x\\"y\\n"\n', ab, { escapeCharacter: '\\' }).rows).toEqual([
      [1, 'x,y\\'],
      [2, 'x"y\n'],
    ])
  })

  it.each([undefined, 1, 3])('passes over empty lines and indented comments where there are comments', (step) => {
    const text = '\n  # a,b\r\n  \n 1, x\n\r\n#2,y\n  "3"," z"\n  '
    expect(decode(text, ab, { allowComments: true }, step).rows).toEqual([
      [1, ' x'],
      [3, ' z'],
    ])
  })

  it('passes over headers', () => {
    const buffer = new ColumnBuffer(types.row([{ name: 'a', type: types.int() }]), 1)
    const decoder = new CsvDecoder(buffer.type, defaultCsvFormatOptions, buffer, [0])
    const bytes = Buffer.from('"a\nb",c\r\n1')
    expect(decoder.pass(bytes, 0, bytes.length, false)).toBe(9)
    expect(decoder.pass(bytes, 0, 4, false)).toBe(-1)
  })

  it('passes over comments before a header', () => {
    const buffer = new ColumnBuffer(types.row([{ name: 'a', type: types.int() }]), 1)
    const options = { ...defaultCsvFormatOptions, allowComments: true }
    const decoder = new CsvDecoder(buffer.type, options, buffer, [0])
    const bytes = Buffer.from('# "1\n\n  # 2\r\n "a\nb",c\n1')
    for (let end = 0; end < bytes.length - 1; end++) expect(decoder.pass(bytes, 0, end, false)).toBe(-1)
    expect(decoder.pass(bytes, 0, bytes.length, false)).toBe(bytes.length - 1)
    expect(decoder.pass(Buffer.from('# 1\n'), 0, 4, true)).toBe(4)
  })

  it('reads back whatever was written, however it arrives', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', ',', '"', '\n', '\r', ' ', '#', 'é', '🚕'), maxLength: 8 })
    const quote = (value: string): string => (/[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value)
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer(), text, fc.double({ noNaN: true })), { maxLength: 5 }),
        fc.integer({ min: 1, max: 9 }),
        (records, step) => {
          const file = records.map(([a, b, c]) => `${a},${quote(b)},${c}\n`).join('')
          const fields = { a: types.bigint(), b: types.string(), c: types.double() }
          const rows = records.map(([a, b, c]) => [a, b, c + 0]) // -0 is written as 0
          expect(decode(file, fields).rows).toEqual(rows)
          expect(decode(file, fields, {}, step).rows).toEqual(rows)
        },
      ),
    )
  })
})

describe('values', () => {
  const day = Date.UTC(2019, 0, 15) / 86_400_000
  it.each<[string, LogicalType, Cell]>([
    ['-12', types.int(), -12],
    [' 12 ', types.int(), 12],
    ['+12', types.smallint(), 12],
    ['-128', types.tinyint(), -128],
    ['9007199254740993', types.bigint(), 9007199254740993n],
    ['123456789012345', types.bigint(), 123456789012345],
    ['1.5', types.double(), 1.5],
    ['-0.1', types.double(), -0.1],
    ['1e3', types.double(), 1000],
    ['0.1234567890123456789', types.double(), Number('0.1234567890123456789')],
    ['.5', types.double(), 0.5],
    ['1.1', types.float(), Math.fround(1.1)],
    ['NaN', types.double(), NaN],
    ['TRUE', types.boolean(), true],
    ['yes', types.boolean(), false],
    ['12.345', types.decimal(5, 2), 1235],
    ['12345678.9', types.decimal(5, 2), null],
    ['2019-01-15', types.date(), day],
    ['2019-1-5', types.date(), day - 10],
    ['2019-02-31', types.date(), Date.UTC(2019, 2, 3) / 86_400_000],
    ['03:36:12', types.time(0), 12_972_000],
    ['03:36', types.time(0), 12_960_000],
    ['03:36:12.129', types.time(2), 12_972_120],
    ['2019-01-15 03:36:12', types.timestamp(3), Date.UTC(2019, 0, 15, 3, 36, 12)],
    ['2019-01-15 03:36:12.5', types.timestamp(3), Date.UTC(2019, 0, 15, 3, 36, 12, 500)],
    ['2019-1-15 3:36:12.123456', types.timestamp(6), { millis: Date.UTC(2019, 0, 15, 3, 36, 12, 123), nanos: 456_000 }],
    ['2019-01-15 03:36:12Z', types.timestampLtz(3), Date.UTC(2019, 0, 15, 3, 36, 12)],
    ['aGk=', types.bytes(), Uint8Array.from([104, 105])],
    ['1;2;3', types.array(types.int()), [1, 2, 3]],
    ['', types.array(types.int()), []],
    [
      '1;x',
      types.row([
        { name: 'a', type: types.int() },
        { name: 'b', type: types.string() },
      ]),
      [1, 'x'],
    ],
  ])('reads %s as %o', (text, type, expected) => {
    expect(one(text, type)).toEqual(expected)
  })

  it.each<[string, LogicalType]>([
    ['', types.int()],
    ['1.0', types.int()],
    ['x', types.double()],
    ['2019-01-15', types.timestamp(3)],
    ['2019-01-15T03:36:12', types.timestamp(3)],
    ['2019-13-15', types.date()],
    ['24:00:00', types.time(0)],
    ['?', types.bytes()],
    ['1;x', types.array(types.int())],
    [
      '1',
      types.row([
        { name: 'a', type: types.int() },
        { name: 'b', type: types.string() },
      ]),
    ],
  ])('does not read "%s" as %o', (text, type) => {
    expect(() => one(text, type)).toThrow('cannot read')
    expect(() => one(text, type, { ignoreParseErrors: true })).not.toThrow()
  })
})

describe('options', () => {
  it('are read under their prefix', () => {
    expect(
      readCsvFormatOptions(
        {
          'csv.field-delimiter': '\\t',
          'csv.null-literal': '',
          'csv.ignore-first-line': 'TRUE',
          'csv.escape-character': '\\',
        },
        'csv.',
      ),
    ).toEqual({
      ...defaultCsvFormatOptions,
      fieldDelimiter: '\t',
      nullLiteral: '',
      ignoreFirstLine: true,
      escapeCharacter: '\\',
    })
    expect(readCsvFormatOptions({ 'csv.field-delimiter': '\\u0001' }, 'csv.').fieldDelimiter).toBe('\u0001')
  })

  it.each<[Record<string, string>, string]>([
    [{ 'csv.field-delimiter': '||' }, 'single ASCII character'],
    [{ 'csv.ignore-first-line': 'yes' }, 'neither true nor false'],
    [{ 'csv.disable-quote-character': 'true', 'csv.quote-character': "'" }, 'at the same time'],
  ])('are refused: %o', (options, message) => {
    expect(() => readCsvFormatOptions(options, 'csv.')).toThrow(message)
  })

  it('refuse types that CSV cannot carry', () => {
    expect(() => checkCsvType(types.map(types.string(), types.int()))).toThrow('does not support the type MAP')
    expect(() => checkCsvType(types.array(types.array(types.int())))).toThrow('ARRAY')
    expect(() => checkCsvType(types.time(6))).toThrow('precision')
  })
})
