import { describe, expect, it } from 'vitest'
import { columnType } from '../../../../engine/sql/catalog/column-type.ts'
import { serializableType } from '../../../../engine/sql/catalog/describe-table.ts'
import { parseDataType } from '../../../../engine/sql/parser/parse.ts'
import { sourceText } from '../../../../engine/sql/parser/source-text.ts'

const typeOf = (text: string) => columnType(parseDataType(text), sourceText(text))

describe('serializableType', () => {
  it.each([
    ['STRING', 'VARCHAR(2147483647)'],
    ['VARCHAR', 'VARCHAR(2147483647)'],
    ['BYTES NOT NULL', 'VARBINARY(2147483647) NOT NULL'],
    ['TIMESTAMP_LTZ(3)', 'TIMESTAMP(3) WITH LOCAL TIME ZONE'],
    ['INT ARRAY', 'ARRAY<INT>'],
    ['MAP<STRING, ROW<a INT NOT NULL>>', 'MAP<VARCHAR(2147483647), ROW<`a` INT NOT NULL>>'],
    ['DECIMAL', 'DECIMAL(10, 0)'],
    ['TIME(3)', 'TIME(0)'],
  ])('of %s is %s', (text, serialized) => {
    expect(serializableType(typeOf(text).type)).toBe(serialized)
  })
})

describe('columnType', () => {
  it('keeps the error of a precision out of range for later, wherever it stands', () => {
    expect(typeOf('MAP<INT, ARRAY<TIMESTAMP(10)>>').deferredError?.message).toContain(
      'precision must be between 0 and 9',
    )
    expect(typeOf('TIMESTAMP(9)').deferredError).toBeUndefined()
  })

  it('refuses an unknown type and one that is not supported at once', () => {
    expect(() => typeOf('ARRAY<FOO>')).toThrow("Unknown identifier 'FOO'")
    expect(() => typeOf('TIMESTAMP WITH TIME ZONE')).toThrow(expect.objectContaining({ code: 'SQL_UNSUPPORTED' }))
  })
})
