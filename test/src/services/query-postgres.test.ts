import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  expectOneStatement,
  listTables,
  queryPostgres,
  queryStatements,
  runSqlFilesOnce,
} from '../../../src/services/query-postgres.ts'
import { startTestPostgres } from '../../helpers/postgres.ts'

let postgres: Awaited<ReturnType<typeof startTestPostgres>>
let folder: string
beforeAll(async () => {
  postgres = await startTestPostgres()
  folder = mkdtempSync(join(tmpdir(), 'flinkts-sql-'))
})
afterAll(async () => {
  await postgres.stop()
  rmSync(folder, { recursive: true })
})

const file = (name: string, text: string) => {
  writeFileSync(join(folder, name), text)
  return { name, path: join(folder, name) }
}

test('runs each file once, whole or not at all', async () => {
  const good = file(
    'good.sql',
    "CREATE TABLE zones (id int PRIMARY KEY, name text); INSERT INTO zones VALUES (1, 'it''s'), (2, NULL)",
  )
  await runSqlFilesOnce(postgres.url, [good])
  const bad = file('bad.sql', 'INSERT INTO zones VALUES (3);\nINSERT INTO zonez VALUES (4)')
  await expect(runSqlFilesOnce(postgres.url, [good, bad])).rejects.toMatchObject({
    message: expect.stringContaining('zonez') as string,
    location: { file: 'bad.sql', line: 2, column: 13 },
  })
  await expect(
    runSqlFilesOnce(postgres.url, [{ name: 'none.sql', path: join(folder, 'none.sql') }]),
  ).rejects.toMatchObject({
    code: 'FILE_NOT_FOUND',
  })
  expect((await queryPostgres(postgres.url, 'SELECT * FROM zones ORDER BY id')).rows).toEqual([
    ['1', "it's"],
    ['2', null],
  ])
})

test('lists the user’s tables with columns and rows, and nothing of our own', async () => {
  const tables = (await listTables(postgres.url)).filter((table) => table.schema === 'public')
  expect(tables).toContainEqual({
    schema: 'public',
    name: 'zones',
    rowCount: 2,
    columns: [
      { name: 'id', type: 'integer' },
      { name: 'name', type: 'text' },
    ],
  })
  expect((await listTables(postgres.url)).map((table) => table.schema)).not.toContain('flinkts')
})

test('an error points into the statement', async () => {
  await expect(queryPostgres(postgres.url, 'SELECT 1,\n  nme FROM zones')).rejects.toMatchObject({
    code: 'POSTGRES_QUERY_FAILED',
    message: expect.stringContaining('nme') as string,
    location: { line: 2, column: 3 },
  })
})

test('refuses what is no statement, and one without quotes', async () => {
  await expect(queryPostgres(postgres.url, '-- nothing')).rejects.toMatchObject({
    code: 'OPTION_INVALID',
    message: 'there is no statement in this text, nothing was done',
  })
  expect((await queryPostgres(postgres.url, '-- how many\nSELECT 1')).rows).toEqual([['1']])
  expect(() => expectOneStatement(['SELECT', '1'])).toThrow('2 words were given instead of one statement')
  expectOneStatement(['SELECT 1'])
})

test('each statement has its answer, not the last one only', async () => {
  const results = await queryStatements(postgres.url, "SELECT 1 AS a; SELECT 'x' AS b, 2 AS c;")
  expect(results.map(({ columns, rows }) => [columns.map(({ name }) => name), rows])).toEqual([
    [['a'], [['1']]],
    [['b', 'c'], [['x', '2']]],
  ])
})

test('counts rows only where there are any', async () => {
  const text = 'CREATE TABLE counted (a int); INSERT INTO counted VALUES (1), (2); DROP TABLE counted'
  const results = await queryStatements(postgres.url, text)
  expect(results.map(({ command, rowCount }) => [command, rowCount])).toEqual([
    ['CREATE', undefined],
    ['INSERT', 2],
    ['DROP', undefined],
  ])
})

test('refuses COPY to a client that would show nothing of it', async () => {
  await expect(queryStatements(postgres.url, ' COPY (SELECT 1) TO\n STDOUT WITH CSV')).rejects.toMatchObject({
    code: 'OPTION_INVALID',
    message: 'COPY … TO STDOUT shows nothing here, nothing was done',
  })
})
