import { PassThrough } from 'node:stream'
import { stripVTControlCharacters } from 'node:util'
import { expect, test } from 'vitest'
import { choose, moveChoice } from '../../../src/tui/choose.ts'

const choices = [
  { name: 'taxi', description: 'trips' },
  { name: 'clickstream', description: 'clicks' },
  { name: 'blank', description: 'nothing yet' },
]

function ask(columns = 40, abilities = { unicode: true, colour: false }) {
  const input = new PassThrough() as unknown as NodeJS.ReadStream & PassThrough
  let written = ''
  const output = { columns, write: (text: string) => (written += text) }
  const answer = choose('Which template?', choices, { input, output, abilities })
  return { input, answer, output: () => written }
}

test.each([
  ['\r', 0],
  ['\u001b[B\r', 1],
  ['j\r', 1],
  ['\u001b[A\r', 2],
  ['\u001b[B\u001b[B\u001b[B\r', 0],
  ['3', 2],
  ['9zx\t\r', 1],
])('the keys %j choose %i', async (keys, expected) => {
  const { input, answer } = ask()
  input.write(keys)
  expect(await answer).toBe(expected)
})

test('shows what there is to choose, and leaves the question with its answer', async () => {
  const { input, answer, output } = ask(30)
  expect(stripVTControlCharacters(output()).split('\r\n')).toEqual([
    'Which template?',
    '> 1 taxi         trips',
    '  2 clickstream  clicks',
    '  3 blank        nothing yet',
    '↑ ↓ or a number, Enter; Ctrl…',
  ])
  const shown = output().length
  input.write('2')
  await answer
  expect(output().slice(shown)).toBe('\r\u001b[4A\u001b[JWhich template? clickstream\r\n')
})

test.each(['\u0003', '\u0004'])('%j leaves without an answer and takes the question away', async (key) => {
  const { input, answer, output } = ask()
  input.write(key)
  await expect(answer).rejects.toMatchObject({ name: 'AbortError' })
  expect(output().endsWith('\u001b[J')).toBe(true)
})

test('a terminal that goes away is no answer', async () => {
  const { input, answer } = ask()
  input.end()
  await expect(answer).rejects.toMatchObject({ name: 'AbortError' })
})

test('a terminal without Unicode gets ASCII', async () => {
  const { input, answer, output } = ask(80, { unicode: false, colour: false })
  // eslint-disable-next-line no-control-regex
  expect(output()).toMatch(/^[\x00-\x7f]*$/)
  input.write('\r')
  await answer
})

test('a number that is not there says nothing', () => {
  expect(moveChoice('4', 0, 3)).toBeUndefined()
  expect(moveChoice('0', 0, 3)).toBeUndefined()
})
