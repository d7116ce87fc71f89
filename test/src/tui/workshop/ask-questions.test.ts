import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { textOfLine } from '../../../../src/tui/screen-line.ts'
import { askQuestions } from '../../../../src/tui/workshop/ask-questions.ts'
import { loadWorkshop } from '../../../../src/workshop/chapters.ts'
import { WORKSHOP_FILES, writeFiles } from '../../../helpers/workshop-files.ts'

const [chapter] = loadWorkshop(writeFiles(WORKSHOP_FILES)).chapters

function ask() {
  const [input, output] = [new PassThrough(), new PassThrough()]
  const shown: string[] = []
  const terminal = { input, output } as unknown as Parameters<typeof askQuestions>[1]
  const given = askQuestions(chapter!, terminal, (lines) => shown.push(...lines.map(textOfLine)))
  return { input, output, shown, given }
}

/** Types each line when it is asked for. */
async function answer(input: PassThrough, output: PassThrough, lines: readonly string[]): Promise<void> {
  for (const line of lines) {
    while (!String(output.read() ?? '').includes(': ')) await new Promise((resolve) => setImmediate(resolve))
    input.write(`${line}\n`)
  }
}

test('asks until a choice is given, and explains it', async () => {
  const { input, output, shown, given } = ask()
  await answer(input, output, ['4', 'b', ' 3 ', '1'])
  expect(await given).toEqual([3, 1])
  const text = shown.join('\n')
  expect(text).toMatch(/Question 1 of 2[\s\S]*3 is not right: it is 2\. b[\s\S]*Question 2 of 2[\s\S]*1 is right/)
})

test('the end of the input is no answer', async () => {
  const { input, output, given } = ask()
  await answer(input, output, ['1'])
  input.end()
  await expect(given).rejects.toMatchObject({ name: 'AbortError' })
})
