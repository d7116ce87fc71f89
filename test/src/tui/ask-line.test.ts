import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { askLine } from '../../../src/tui/ask-line.ts'

function ask() {
  const input = new PassThrough() as unknown as NodeJS.ReadStream & PassThrough
  const output = new PassThrough()
  return { input, output, answer: askLine('Which folder?', 'taxi', { input, output }) }
}

test.each([
  ['rides\r', 'rides'],
  ['\r', 'taxi'],
  ['  \r', 'taxi'],
  ['ridex\u007fs\r', 'rides'],
])('%j answers %s', async (keys, expected) => {
  const { input, output, answer } = ask()
  input.write(keys)
  expect(await answer).toBe(expected)
  expect(String(output.read())).toContain('Which folder? (taxi) ')
})

test.each(['\u0003', '\u0004'])('%j is no answer', async (key) => {
  const { input, answer } = ask()
  input.write(key)
  await expect(answer).rejects.toMatchObject({ name: 'AbortError' })
})
