import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { expectFile, expectSourceFile } from '../../../src/services/expect-file.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'flinkts-file-'))
  for (const name of ['job.sql', 'job.SQL', 'job.ts', 'job.mjs', 'trips.csv']) writeFileSync(join(folder, name), '')
})
afterAll(() => rmSync(folder, { recursive: true }))

it.each(['job.sql', 'job.SQL', 'job.ts', 'job.mjs'])('%s may be a job', (name) => {
  expect(() => expectSourceFile(join(folder, name))).not.toThrow()
})

it.each([
  ['none.ts', 'FILE_NOT_FOUND', 'there is no file '],
  ['none', 'FILE_NOT_FOUND', 'there is no file '],
  ['trips.csv/job.ts', 'FILE_NOT_FOUND', 'there is no file '],
  ['.', 'FILE_NOT_FOUND', ' is a folder'],
  ['trips.csv', 'FILE_INVALID', ' is neither SQL nor TypeScript by its name'],
])('%s is refused by its own name: %s', (name, code, message) => {
  const expected = { code, message: expect.stringContaining(message) as string, fix: 'name a .sql or .ts file' }
  expect(() => expectSourceFile(join(folder, name))).toThrow(expect.objectContaining(expected))
})

it('takes any file where the name says nothing', () => {
  expect(() => expectFile(join(folder, 'trips.csv'), 'name a file')).not.toThrow()
  expect(() => expectFile(folder, 'name a file')).toThrow(`${folder} is a folder`)
})
