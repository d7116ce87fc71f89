import { appendFileSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { followLogFile } from '../../../src/services/follow-log-file.ts'

let folder: string
let path: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'flinkts-log-'))
  path = join(folder, 'a.log')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

async function linesNow(tail: number): Promise<string[]> {
  const lines: string[] = []
  for await (const line of followLogFile(path, { tail, follow: false })) lines.push(line)
  return lines
}

it('gives the last lines, also of a line that is still being written', async () => {
  writeFileSync(path, 'one\ntwo\nthree\n')
  expect(await linesNow(2)).toEqual(['two', 'three'])
  expect(await linesNow(10)).toEqual(['one', 'two', 'three'])
  expect(await linesNow(0)).toEqual([])
  appendFileSync(path, 'fo')
  expect(await linesNow(2)).toEqual(['three', 'fo'])
})

it('looks as far back as need be', async () => {
  const lines = Array.from({ length: 5000 }, (_, index) => `${index} ${'x'.repeat(index % 90)}`)
  writeFileSync(path, `${lines.join('\n')}\n`)
  expect(await linesNow(4000)).toEqual(lines.slice(-4000))
})

it('a file that is not there has no lines', async () => {
  expect(await linesNow(5)).toEqual([])
})

it('goes on with what is added, also after the file was put aside, until it is told to stop', async () => {
  writeFileSync(path, 'old\nlast\n')
  const stop = new AbortController()
  const lines = followLogFile(path, { tail: 1, follow: true, signal: stop.signal })
  const next = async (): Promise<string | undefined> => (await lines.next()).value ?? undefined
  expect(await next()).toBe('last')
  appendFileSync(path, 'new\n')
  expect(await next()).toBe('new')
  renameSync(path, `${path}.1`)
  writeFileSync(path, 'after\n')
  expect(await next()).toBe('after')
  const ended = lines.next()
  stop.abort()
  expect(await ended).toEqual({ done: true, value: undefined })
})
