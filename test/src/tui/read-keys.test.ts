import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { readKeys } from '../../../src/tui/read-keys.ts'

test('keys of a terminal by their names', async () => {
  const input = new PassThrough() as unknown as NodeJS.ReadStream & PassThrough
  const keys: string[] = []
  const stop = readKeys(input, (key) => keys.push(key))
  const sequences = [
    'q',
    'S',
    '?',
    ' ',
    '\t',
    '\x1b[Z',
    '\r',
    '\x7f',
    '\x03',
    '\x15',
    '\x1b[A',
    '\x1b[6~',
    '\x1b[H',
    '\x1b[F',
    'é',
  ]
  for (const text of sequences) input.write(text)
  await expect.poll(() => keys.length).toBe(sequences.length)
  expect(keys).toEqual([
    'q',
    'S',
    '?',
    ' ',
    'tab',
    'shift-tab',
    'enter',
    'backspace',
    'ctrl-c',
    'ctrl-u',
    'up',
    'pagedown',
    'home',
    'end',
    'é',
  ])
  input.write('\x1b')
  await expect.poll(() => keys.at(-1)).toBe('escape')
  stop()
  expect(input.isPaused()).toBe(true)
})
