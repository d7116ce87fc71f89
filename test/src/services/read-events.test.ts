import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { readEvents } from '../../../src/services/read-events.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'flinkts-events-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

async function collect(path: string): Promise<string[]> {
  const values: string[] = []
  for await (const events of readEvents({ path })) values.push(...events.map(({ value }) => value))
  return values
}

async function valuesOf(name: string, text: string): Promise<string[]> {
  writeFileSync(join(folder, name), text)
  return collect(join(folder, name))
}

test('CSV: numbers keep their spelling, empty cells are null, quotes and line breaks are text', async () => {
  expect(await valuesOf('a.csv', '\uFEFFid,miles,name\r\n1,18.0,"a ""b"", c\nd"\n2,,007\n')).toEqual([
    '{"id":1,"miles":18.0,"name":"a \\"b\\", c\\nd"}',
    '{"id":2,"miles":null,"name":"007"}',
  ])
})

test('JSON lines stay as they are', async () => {
  expect(await valuesOf('a.jsonl', '{"a": 1}\n\n{"a":2}')).toEqual(['{"a": 1}', '{"a":2}'])
})

test('bad lines and missing files are named', async () => {
  await expect(valuesOf('a.jsonl', '{"a":1}\n{"a":')).rejects.toMatchObject({
    code: 'FILE_INVALID',
    location: { line: 2 },
  })
  await expect(valuesOf('a.csv', 'a,b\n1,2\n1,2,3\n')).rejects.toMatchObject({ code: 'FILE_INVALID' })
  await expect(collect(join(folder, 'none.csv'))).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' })
})
