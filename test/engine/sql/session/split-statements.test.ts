import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { locate, sourceText, substitutePlaceholders } from '../../../../engine/sql/parser/source-text.ts'
import { splitStatements, StatementSplitter } from '../../../../engine/sql/session/split-statements.ts'
import { recordedCases } from '../parser/recorded-statements.ts'

const split = (text: string): string[] => splitStatements(sourceText(text)).map((source) => source.text)

describe('splitStatements', () => {
  it.each([
    ['SELECT 1; SELECT 2', ['SELECT 1', 'SELECT 2']],
    [';;  ; -- nothing; here\n /* nor ; here */ ', []],
    ["SELECT ';' AS `a;b`; SELECT 'it''s; fine'", ["SELECT ';' AS `a;b`", "SELECT 'it''s; fine'"]],
    ['-- first; comment\nSELECT 1 -- more; of it\n; /* ; */ SELECT 2;', ['SELECT 1 -- more; of it\n', 'SELECT 2']],
    [
      'EXECUTE STATEMENT SET BEGIN INSERT INTO a SELECT 1; INSERT INTO b SELECT 2; END; SELECT 3',
      ['EXECUTE STATEMENT SET BEGIN INSERT INTO a SELECT 1; INSERT INTO b SELECT 2; END', 'SELECT 3'],
    ],
    ['BEGIN STATEMENT SET; INSERT INTO a SELECT 1; END;', ['BEGIN STATEMENT SET', 'INSERT INTO a SELECT 1', 'END']],
    ["SELECT 'open; SELECT 2;", ["SELECT 'open; SELECT 2;"]],
    ["SELECT /*+ OPTIONS('a' = ';') */ 1; SELECT 2", ["SELECT /*+ OPTIONS('a' = ';') */ 1", 'SELECT 2']],
  ])('%j', (text, statements) => {
    expect(split(text)).toEqual(statements)
  })

  it('knows where each statement stands', () => {
    const [, second] = splitStatements(sourceText('SELECT 1;\n  SELECT nope;', 'job.sql'))
    expect(locate(second!, { start: 7, end: 11 })).toEqual({ file: 'job.sql', line: 2, column: 10, length: 4 })
  })

  it('gives back the recorded statements, whole or in pieces', () => {
    const statements = recordedCases()
      .filter(({ error }) => error === undefined)
      .flatMap((recorded) => recorded.statements)
      .map((sql) => sql.replace(/;\s*$/, '').trim())
    const script = `${statements.join(';\n')};\n`
    expect(split(script).map((sql) => sql.trim())).toEqual(statements)
    const some = statements.slice(0, 60)
    const text = `${some.join(';\n')}`
    fc.assert(
      fc.property(fc.array(fc.nat(text.length), { maxLength: 30 }), (cuts) => {
        const splitter = new StatementSplitter()
        const found: string[] = []
        const places = [0, ...cuts.sort((a, b) => a - b), text.length]
        for (let i = 1; i < places.length; i++)
          found.push(...splitter.push(text.slice(places[i - 1], places[i])).map((each) => each.text))
        found.push(...splitter.end().map((each) => each.text))
        expect(found.map((sql) => sql.trim())).toEqual(some)
      }),
      { numRuns: 20 },
    )
  })
})

describe('substitutePlaceholders', () => {
  const values = new Map([['KAFKA', 'localhost:9092']])

  it('keeps places those of the text the user wrote', () => {
    const source = substitutePlaceholders(sourceText("a = '${KAFKA}' AND b\nc"), values)
    expect(source.text).toBe("a = 'localhost:9092' AND b\nc")
    expect(locate(source, { start: 0, end: 1 })).toMatchObject({ line: 1, column: 1 })
    expect(locate(source, { start: 5, end: 19 })).toMatchObject({ line: 1, column: 6, length: 8 })
    expect(locate(source, { start: 25, end: 26 })).toMatchObject({ line: 1, column: 20, length: 1 })
    expect(locate(source, { start: 27, end: 28 })).toMatchObject({ line: 2, column: 1 })
  })

  it('works before and after splitting', () => {
    const text = "SELECT '${KAFKA}';\nSELECT '${KAFKA}' nope"
    const whole = splitStatements(substitutePlaceholders(sourceText(text), values))
    const parts = new StatementSplitter((source) => substitutePlaceholders(source, values))
    const pieces = [...parts.push(text), ...parts.end()]
    expect(pieces.map((each) => each.text)).toEqual(whole.map((each) => each.text))
    for (const source of [whole[1]!, pieces[1]!]) {
      const start = source.text.indexOf('nope')
      expect(locate(source, { start, end: start + 4 })).toMatchObject({ line: 2, column: 19, length: 4 })
    }
  })

  it('names a placeholder without a value, and its place', () => {
    expect(() => substitutePlaceholders(sourceText('\n ${KAFKAA}'), values)).toThrow(
      expect.objectContaining({
        code: 'OPTION_INVALID',
        location: expect.objectContaining({ line: 2, column: 2, length: 9 }),
      }),
    )
  })
})
