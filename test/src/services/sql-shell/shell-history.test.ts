import { describe, expect, it } from 'vitest'
import {
  addToHistory,
  formatHistory,
  HISTORY_MAX,
  isKept,
  parseHistory,
} from '../../../../src/services/sql-shell/shell-history.ts'

describe('what is kept', () => {
  it('entries with their lines, each once, the last 1000', () => {
    expect(addToHistory(['a;', 'b;', 'c;'], 'a;\n')).toEqual(['b;', 'c;', 'a;'])
    const many = Array.from({ length: HISTORY_MAX }, (_, index) => `SELECT ${index};`)
    expect(addToHistory(many, 'SELECT\n x;')).toHaveLength(HISTORY_MAX)
    expect(addToHistory(many, 'SELECT\n x;').at(-1)).toBe('SELECT\n x;')
  })
  it.each([
    "CREATE TABLE t (a INT) WITH ('connector' = 'jdbc', 'password' = 'x')",
    "SET 'my.secret-key' = 'x';",
    "… 'properties.sasl.jaas.config' = '…' …",
    "… 'properties.ssl.keystore.key' = '…' …",
    "… 'url' = 'jdbc:postgresql://user:pw@host/db' …",
    "… 'url' = 'jdbc:postgresql://host/db?user=me&password=pw' …",
    ' SELECT 1;',
    '  \n',
  ])('not %s', (entry) => expect(isKept(entry)).toBe(false))
  it.each(["SELECT token FROM t WHERE a = 'b';", "… 'url' = 'jdbc:postgresql://host:5432/db' …", "SELECT 'a:b@c';"])(
    'but %s',
    (entry) => expect(isKept(entry)).toBe(true),
  )
})

it('is one entry a line in its file; damaged lines are passed over', () => {
  const history = ['SELECT\n1;', "SELECT 'ü';"]
  expect(parseHistory(formatHistory(history))).toEqual(history)
  expect(parseHistory('"a"\n{"no": 1}\n"brok\n\n"b"\n"a"\n')).toEqual(['b', 'a'])
})
