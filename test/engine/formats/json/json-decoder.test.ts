import { describe, expect, it } from 'vitest'
import fc from 'fast-check'
import { ColumnBuffer } from '../../../../engine/formats/column-buffer.ts'
import { JsonDecodeError, JsonDecoder } from '../../../../engine/formats/json/json-decoder.ts'
import {
  defaultJsonFormatOptions,
  type JsonFormatOptions,
} from '../../../../engine/formats/json/json-format-options.ts'
import { castToString } from '../../../../engine/functions/cast-to-string.ts'
import { types, type LogicalType, type RowType } from '../../../../engine/types/logical-type.ts'
import { getCell, rowFromBatch, type Cell } from '../../../../engine/types/record-batch.ts'

const ignoring: Partial<JsonFormatOptions> = { ignoreParseErrors: true }
const iso: Partial<JsonFormatOptions> = { ignoreParseErrors: true, timestampFormat: 'ISO-8601' }

function rowOf(fields: Record<string, LogicalType>): RowType {
  return types.row(Object.entries(fields).map(([name, type]) => ({ name, type })))
}

function createDecoder(type: RowType, options: Partial<JsonFormatOptions> = {}, capacity = 64) {
  const buffer = new ColumnBuffer(type, capacity)
  const decoder = new JsonDecoder(type, { ...defaultJsonFormatOptions, ...options }, buffer)
  let row = 0
  return {
    decoder,
    buffer,
    /** Surrounds the document with bytes that belong to other records. */
    add(document: string | Uint8Array): number {
      const value = typeof document === 'string' ? Buffer.from(document) : Buffer.from(document)
      const bytes = Buffer.concat([Buffer.from('{"a":1}'), value, Buffer.from('0,"}]')])
      const count = decoder.decode(bytes, 7, 7 + value.length, row)
      row += count
      return count
    },
    rows: (): Cell[][] => Array.from({ length: row }, (_, index) => rowFromBatch(buffer.toBatch(row), index)),
    texts: (): (string | null)[][] =>
      Array.from({ length: row }, (_, index) =>
        type.fields.map((field, column) => {
          const cell = getCell(field.type, buffer.columns[column]!, index)
          return cell === null ? null : castToString(field.type, 'UTC')(cell)
        }),
      ),
  }
}

function decodeTexts(
  fields: Record<string, LogicalType>,
  documents: string[],
  options: Partial<JsonFormatOptions> = {},
) {
  const decoder = createDecoder(rowOf(fields), options)
  // twice: by the general decoder and by the one for the layout
  documents.forEach((document) => decoder.add(document))
  documents.forEach((document) => decoder.add(document))
  const texts = decoder.texts()
  expect(texts.slice(texts.length / 2)).toEqual(texts.slice(0, texts.length / 2))
  return texts.slice(0, texts.length / 2)
}

// What Flink 2.2 answers to the same documents.
describe('recorded from Flink', () => {
  it('reads every type', () => {
    const texts = decodeTexts(
      {
        a: types.boolean(),
        b: types.tinyint(),
        c: types.smallint(),
        d: types.int(),
        e: types.bigint(),
        f: types.float(),
        g: types.double(),
        h: types.decimal(10, 3),
        i: types.string(),
        k: types.date(),
        l: types.time(0),
        m: types.timestamp(3),
        n: types.timestampLtz(3),
        o: types.array(types.int()),
        p: types.map(types.string(), types.int()),
        q: types.row([
          { name: 'x', type: types.int() },
          { name: 'y', type: types.string() },
        ]),
        r: types.char(3),
        s: types.varchar(10),
      },
      [
        '{"a":true,"b":1,"c":2,"d":3,"e":4,"f":1.5,"g":2.5,"h":12.345,"i":"s","k":"2024-01-02","l":"03:04:05","m":"2024-01-02 03:04:05.123","n":"2024-01-02 03:04:05.123Z","o":[1,2],"p":{"x":1},"q":{"x":1,"y":"z"},"r":"abc","s":"defgh"}',
      ],
    )
    expect(texts).toEqual([
      [
        'TRUE',
        '1',
        '2',
        '3',
        '4',
        '1.5',
        '2.5',
        '12.345',
        's',
        '2024-01-02',
        '03:04:05',
        '2024-01-02 03:04:05.123',
        '2024-01-02 03:04:05.123',
        '[1, 2]',
        '{x=1}',
        '(1, z)',
        'abc',
        'defgh',
      ],
    ])
  })

  it.each<[string, LogicalType, string[], (string | null)[], Partial<JsonFormatOptions>?]>([
    ['integers', types.int(), ['"12"', '" 12 "', '12.7', 'true', '""'], ['12', '12', '12', null, null], ignoring],
    ['integer ranges', types.int(), ['3000000000', '"3000000000"', '1e2'], [null, null, '100'], ignoring],
    ['number spellings as INT', types.int(), ['1.0', '-0', '5E0'], ['1', '0', '5']],
    ['number spellings as DOUBLE', types.double(), ['1e3', '-0.0', '5'], ['1000.0', '-0.0', '5.0']],
    [
      'doubles',
      types.double(),
      ['1', '"1.5"', '"NaN"', '1e400', '"x"', 'true'],
      ['1.0', '1.5', 'NaN', 'Infinity', null, null],
      ignoring,
    ],
    ['floats', types.float(), ['0.1', '3.4028235e38', '100', '1e7'], ['0.1', '3.4028235E38', '100.0', '1.0E7']],
    [
      'decimals',
      types.decimal(8, 2),
      ['1.005', '"2.345"', '123456', '1234567.1', '1e3'],
      ['1.01', '2.35', '123456.00', null, '1000.00'],
      ignoring,
    ],
    [
      'bigints',
      types.bigint(),
      ['9007199254740993', '-9223372036854775808'],
      ['9007199254740993', '-9223372036854775808'],
    ],
    [
      'long decimals',
      types.decimal(38, 18),
      ['12345678901234567890.123456789012345678'],
      ['12345678901234567890.123456789012345678'],
    ],
    ['bytes', types.bytes(), ['"AQID"', '"!!"'], ["x'010203'", null], ignoring],
    ['lengths are not enforced', types.char(3), ['"toolong"', '"x"'], ['toolong', 'x']],
    [
      'dates',
      types.date(),
      ['"2024-01-02"', '"2024-1-2"', '"x"', '"2024-02-30"'],
      ['2024-01-02', null, null, null],
      ignoring,
    ],
    [
      'times',
      types.time(0),
      ['"03:04:05"', '"3:4:5"', '"25:00:00"', '"03:04:05.678"', '"03:04"'],
      ['03:04:05', null, null, '03:04:05', null],
      ignoring,
    ],
    [
      'SQL timestamps',
      types.timestamp(3),
      ['"2024-01-02 03:04:05"', '"2024-01-02T03:04:05"', '1700000000000'],
      ['2024-01-02 03:04:05.000', null, null],
      ignoring,
    ],
    ['precise timestamps', types.timestamp(9), ['"2024-01-02 03:04:05.123456789"'], ['2024-01-02 03:04:05.123456789']],
    [
      'ISO timestamps',
      types.timestamp(3),
      ['"2024-01-02T03:04:05"', '"2024-01-02T03:04:05.123"', '"2024-01-02 03:04:05"', '"2024-01-02T03:04:05Z"'],
      ['2024-01-02 03:04:05.000', '2024-01-02 03:04:05.123', null, null],
      iso,
    ],
    [
      'SQL instants',
      types.timestampLtz(3),
      ['"2024-01-02 03:04:05Z"', '"2024-01-02 03:04:05.5Z"', '"2024-01-02 03:04:05"', '"2024-01-02 03:04:05+01:00"'],
      ['2024-01-02 03:04:05.000', '2024-01-02 03:04:05.500', null, null],
      ignoring,
    ],
    [
      'ISO instants',
      types.timestampLtz(3),
      ['"2024-01-02T03:04:05Z"', '"2024-01-02T03:04:05.5Z"', '"2024-01-02T03:04:05"', '"2024-01-02T03:04:05+01:00"'],
      ['2024-01-02 03:04:05.000', '2024-01-02 03:04:05.500', null, null],
      iso,
    ],
    ['booleans', types.boolean(), ['"true"', '"TRUE"', '"yes"', '1', 'null'], ['TRUE', 'TRUE', 'FALSE', 'FALSE', null]],
    [
      'strings',
      types.string(),
      ['12.50', 'true', '{"x" : [1, "y"]}', '"\\u00e9\\n\\t\\ud83d\\ude00"', '"\\ud83d"'],
      ['12.50', 'true', '{"x":[1,"y"]}', 'é\n\t😀', '?'],
    ],
    ['maps', types.map(types.string(), types.int()), ['{"a":1,"b":"2","c":null,"d":2.9}'], ['{a=1, b=2, c=NULL, d=2}']],
    ['rows', rowOf({ x: types.int(), y: types.string() }), ['{"x":1,"zz":9}', '{}'], ['(1, NULL)', '(NULL, NULL)']],
    [
      'scalars where a row is expected',
      rowOf({ x: types.int() }),
      ['5', '"x"', '{"x":1}'],
      [null, null, '(1)'],
      ignoring,
    ],
  ])('%s', (_, type, values, expected, options) => {
    const documents = values.map((value) => `{"a":${value}}`)
    expect(decodeTexts({ a: type }, documents, options)).toEqual(expected.map((text) => [text]))
  })

  it('keeps names apart by case and gives NULL for what is missing', () => {
    expect(decodeTexts({ a: types.int(), A: types.int() }, ['{"A":1,"a":2}', '{"a":5}', '{}'])).toEqual([
      ['2', '1'],
      ['5', null],
      [null, null],
    ])
  })

  it('stops converting after as many known names as there are columns', () => {
    expect(decodeTexts({ a: types.int() }, ['{"a":1,"a":2}'])).toEqual([['1']])
    expect(decodeTexts({ a: types.int(), b: types.int() }, ['{"a":1,"a":2,"b":3}'])).toEqual([['2', null]])
  })

  it('does not look behind the first value', () => {
    expect(decodeTexts({ a: types.int() }, ['{"a":1}{"a":2}', '{"a":1} x'])).toEqual([['1'], ['1']])
  })

  it('makes rows of the elements of a root array', () => {
    expect(decodeTexts({ a: types.int() }, ['[{"a":1},{"a":2}]', '[]'])).toEqual([['1'], ['2']])
    expect(
      decodeTexts({ id: types.int() }, ['[{"id":1},{"id":2}]', '[1,{"id":3}]', '[]', '[[{"id":4}]]'], ignoring),
    ).toEqual([['1'], ['2']])
  })

  it('loses the rest of a document behind an object where a scalar is expected', () => {
    const fields = { a: types.int(), b: types.int() }
    expect(decodeTexts(fields, ['{"a":{"x":1},"b":2}', '{"b":1,"a":[1,2]}'], ignoring)).toEqual([
      [null, null],
      [null, '1'],
    ])
    // … or the record, where the parser ends up behind the document
    expect(decodeTexts(fields, ['{"a":[1,2],"b":3}', '{"a":1}'], ignoring)).toEqual([['1', null]])
  })

  it('skips empty documents', () => {
    const decoder = createDecoder(rowOf({ a: types.int() }))
    expect(decoder.add('')).toBe(0)
  })

  it.each([
    ['null', 'No content to map due to end-of-input'],
    ['5', 'No content to map due to end-of-input'],
    ['  ', 'No content to map due to end-of-input'],
    ['{"a":1,}', "Unexpected character ('}' (code 125)): was expecting double-quote to start field name"],
    ['{"a":NaN}', "Non-standard token 'NaN': enable `JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS` to allow"],
    ['{"a":1e10}', 'Fail to deserialize at field: a.'],
    ['{"a":"x"}', 'Fail to deserialize at field: a. (cannot read "x" as INT)'],
    ['{"a":01}', 'Leading zeroes not allowed'],
    ['{"a":1', 'Unexpected end-of-input'],
    ['{"zz":tru}', "Unrecognized token 'tru'"],
    ['{"zz":"\\x"}', 'Unrecognized character escape'],
  ])('refuses %s', (document, message) => {
    const decoder = createDecoder(rowOf({ a: types.int() }))
    expect(() => decoder.add(document)).toThrow(JsonDecodeError)
    expect(() => decoder.add(document)).toThrow(message)
    decoder.add('{"a":1}')
    decoder.add('{"a":2}')
    expect(() => decoder.add(document)).toThrow(message)
    expect(decoder.texts()).toEqual([['1'], ['2']])
  })

  it('fails for a missing field when asked to', () => {
    const decoder = createDecoder(rowOf({ a: types.int(), b: types.string() }), { failOnMissingField: true })
    decoder.add('{"a":1,"b":"x"}')
    expect(() => decoder.add('{"a":2}')).toThrow('Some field is missing in the JSON data.')
  })
})

describe('columns', () => {
  it('leaves nothing behind of a document that was dropped half way', () => {
    const decoder = createDecoder(rowOf({ a: types.int(), b: types.int() }), ignoring)
    decoder.add('{"a":1,"b":1}')
    decoder.add('{"a":2,"b":2}')
    expect(decoder.add('{"a":null,"b":2,}')).toBe(0)
    decoder.add('{"a":3,"b":3}')
    expect(decoder.texts()).toEqual([
      ['1', '1'],
      ['2', '2'],
      ['3', '3'],
    ])
    expect(decoder.decoder.ignoredDocuments).toBe(1)
  })

  it('grows for root arrays and goes on in the grown columns', () => {
    const decoder = createDecoder(rowOf({ a: types.int() }), {}, 2)
    decoder.add('{"a":0}')
    decoder.add(`[${[1, 2, 3, 4, 5].map((a) => `{"a":${a}}`).join(',')}]`)
    decoder.add('{"a":6}')
    expect(decoder.texts().flat()).toEqual(['0', '1', '2', '3', '4', '5', '6'])
  })

  it('has no NULL mask where nothing is NULL', () => {
    const decoder = createDecoder(rowOf({ a: types.int() }))
    for (let a = 0; a < 20; a++) decoder.add(`{"a":${a}}`)
    expect(decoder.buffer.columns[0]!.nulls).toBeUndefined()
  })

  it('survives nesting without limit', () => {
    const decoder = createDecoder(rowOf({ a: types.int() }))
    expect(() => decoder.add(`{"zz":${'['.repeat(100_000)}`)).toThrow('nesting depth')
  })
})

const scalarTypes = fc.constantFrom<LogicalType>(
  types.boolean(),
  types.tinyint(),
  types.int(),
  types.bigint(),
  types.float(),
  types.double(),
  types.decimal(10, 2),
  types.decimal(30, 20),
  types.string(),
  types.bytes(),
  types.date(),
  types.time(3),
  types.timestamp(3),
  types.timestamp(9),
  types.timestampLtz(6),
)
const anyType = fc.oneof(
  { weight: 6, arbitrary: scalarTypes },
  { weight: 1, arbitrary: scalarTypes.map((type) => types.array(type)) },
  { weight: 1, arbitrary: scalarTypes.map((type) => types.map(types.string(), type)) },
  { weight: 1, arbitrary: scalarTypes.map((type) => rowOf({ x: type, y: types.int() })) },
)
const names = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'é', 'long_name_of_a_column')
const anyRowType = fc
  .uniqueArray(fc.tuple(names, anyType), { selector: ([name]) => name, minLength: 1, maxLength: 4 })
  .map((fields) => rowOf(Object.fromEntries(fields)))

const valueText = fc.oneof(
  fc.integer().map(String),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => JSON.stringify(value)),
  fc.bigInt({ min: -(2n ** 66n), max: 2n ** 66n }).map(String),
  fc.tuple(fc.integer(), fc.nat(999999)).map(([whole, fraction]) => `${whole}.${fraction}`),
  fc.string({ unit: 'grapheme' }).map((text) => JSON.stringify(text)),
  fc.date({ min: new Date('1900-01-01'), max: new Date('2200-01-01'), noInvalidDate: true }).map((date) => {
    const text = date.toISOString()
    return `"${text.slice(0, 10)} ${text.slice(11, 23)}"`
  }),
  fc.constantFrom(
    'null',
    'true',
    'false',
    '"2024-01-02"',
    '"03:04:05.25"',
    '"2024-01-02 03:04:05.123456Z"',
    '[]',
    '[1,null]',
    '{}',
    '{"x":1,"y":"2"}',
    '"AQID"',
    '-0',
    '1e5',
    '1E-400',
  ),
)
const document = fc
  .array(fc.tuple(fc.oneof(names, fc.constant('other')), valueText), { maxLength: 6 })
  .map((members) => `{${members.map(([name, value]) => `${JSON.stringify(name)}:${value}`).join(',')}}`)

interface Outcome {
  readonly rows: Cell[][]
  readonly error: string | undefined
}

function outcomeOf(decoder: ReturnType<typeof createDecoder>, bytes: Uint8Array): Outcome {
  const before = decoder.rows().length
  try {
    decoder.add(bytes)
    return { rows: decoder.rows().slice(before), error: undefined }
  } catch (error) {
    expect(error).toBeInstanceOf(JsonDecodeError)
    return { rows: [], error: (error as Error).message }
  }
}

function mutate(bytes: Uint8Array, edits: readonly (readonly [number, number])[]): Uint8Array {
  const copy = Uint8Array.from(bytes)
  for (const [at, value] of edits) if (copy.length > 0) copy[at % copy.length] = value
  return copy
}
const edits = fc.array(
  fc.tuple(fc.nat(200), fc.oneof(fc.nat(255), fc.constantFrom(...Buffer.from('"{}[]:,\\0 en-.')))),
  { maxLength: 2 },
)

describe('properties', () => {
  it('decodes alike by layout and in general, whatever the bytes', () => {
    fc.assert(
      fc.property(anyRowType, document, edits, fc.boolean(), (type, text, changes, ignoreParseErrors) => {
        const changed = mutate(Buffer.from(text), changes)
        const trained = createDecoder(type, { ignoreParseErrors })
        outcomeOf(trained, Buffer.from(text))
        const general = createDecoder(type, { ignoreParseErrors })
        expect(outcomeOf(trained, changed)).toEqual(outcomeOf(general, changed))
      }),
      { numRuns: 3000 },
    )
  })

  it('accepts what JSON.parse accepts and refuses what it refuses', () => {
    fc.assert(
      fc.property(document, edits, (text, changes) => {
        const changed = Buffer.from(mutate(Buffer.from(text), changes))
        const outcome = outcomeOf(createDecoder(rowOf({})), changed)
        const decoded = changed.toString('utf8')
        let parsed: unknown
        let parses = true
        try {
          parsed = JSON.parse(decoded)
        } catch {
          parses = false
        }
        if (
          parses &&
          typeof parsed === 'object' &&
          parsed !== null &&
          !Array.isArray(parsed) &&
          !decoded.includes('\ufffd')
        ) {
          expect(outcome.error).toBeUndefined()
        } else if (!parses && outcome.error === undefined) {
          // allowed beyond JSON.parse: bytes behind the document, control characters in strings
          const lenient = [...decoded].map((char) => (char < ' ' ? ' ' : char)).join('')
          const prefixes = Array.from({ length: lenient.length }, (_, length) => lenient.slice(0, length + 1))
          expect(prefixes.some((prefix) => isJson(prefix))).toBe(true)
        }
      }),
      { numRuns: 2000 },
    )
  })

  it('reads numbers as JSON.parse does', () => {
    const type = rowOf({ a: types.double(), b: types.string() })
    fc.assert(
      fc.property(
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        fc.string({ unit: 'grapheme' }),
        (number, text) => {
          const decoder = createDecoder(type)
          const json = JSON.stringify({ a: number, b: text })
          decoder.add('{"a":1,"b":"x"}')
          decoder.add(json)
          expect(decoder.rows()[1]).toEqual([JSON.parse(json).a, text])
        },
      ),
      { numRuns: 2000 },
    )
  })

  it('reads decimal digits of any length as Number does', () => {
    const type = rowOf({ a: types.double(), b: types.float() })
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 10n ** 20n }), fc.nat(25), fc.boolean(), (digits, scale, negative) => {
        const padded = String(digits).padStart(scale + 1, '0')
        const text = `${negative ? '-' : ''}${padded.slice(0, padded.length - scale)}${scale > 0 ? `.${padded.slice(-scale)}` : ''}`
        const decoder = createDecoder(type)
        decoder.add('{"a":1,"b":1}')
        decoder.add(`{"a":${text},"b":${text}}`)
        expect(decoder.rows()[1]![0]).toBe(Number(text))
      }),
      { numRuns: 2000 },
    )
  })
})

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

it('rounds a FLOAT once', () => {
  // 1 + 2^-24 lies half way between two floats; a digit far behind decides
  const half = '1.000000059604644775390625'
  const decoder = createDecoder(rowOf({ a: types.float() }))
  for (const text of ['1', half, `${half}0000000001`, '1.00000005960464477539062']) decoder.add(`{"a":${text}}`)
  expect(decoder.rows().flat()).toEqual([1, 1, 1 + 2 ** -23, 1])
})
