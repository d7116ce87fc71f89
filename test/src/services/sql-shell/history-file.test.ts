import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { HistoryFile } from '../../../../src/services/sql-shell/history-file.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'flinkts-history-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))
const open = (): HistoryFile => new HistoryFile({ folder, hasConfigFile: true, stateFolder: join(folder, '.flinkts') })

it('is there again for the next shell, for its user only, with what others added meanwhile', () => {
  const [one, two] = [open(), open()]
  one.add('SELECT 1;')
  two.add('SELECT\n2;')
  expect(open().entries).toEqual(['SELECT 1;', 'SELECT\n2;'])
  expect(statSync(join(folder, '.flinkts', 'sql-history')).mode & 0o777).toBe(0o600)
})

it('never writes a secret', () => {
  const file = open()
  file.add("CREATE TABLE t (a INT) WITH ('password' = 'hush');")
  file.add('SELECT 1;')
  expect(readFileSync(join(folder, '.flinkts', 'sql-history'), 'utf8')).toBe('"SELECT 1;"\n')
})

it('goes on in memory where it cannot be written', () => {
  writeFileSync(join(folder, '.flinkts'), 'a file')
  const file = open()
  file.add('SELECT 1;')
  expect(file.entries).toEqual(['SELECT 1;'])
})
