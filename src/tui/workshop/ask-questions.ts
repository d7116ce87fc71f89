// Asks a chapter's questions one after the other, and explains each when it is answered.
import { createInterface } from 'node:readline/promises'
import type { Chapter } from '../../workshop/chapters.ts'
import type { ScreenTerminal } from '../held-screen.ts'
import type { ScreenLine } from '../screen-line.ts'
import { terminalSize } from '../terminal-size.ts'
import { unanswered } from '../unanswered.ts'
import { explanationLines, questionLines } from './chapter-lines.ts'

/** The numbers of the choices. Rejects with an AbortError at Ctrl-C and at the end of the input: nothing is answered then. */
export async function askQuestions(
  { manifest: { questions } }: Chapter,
  { input, output }: ScreenTerminal,
  show: (lines: readonly ScreenLine[]) => void,
): Promise<number[]> {
  const reader = createInterface({ input, output })
  const left = new Promise<never>((_resolve, reject) => reader.once('close', () => reject(unanswered())))
  left.catch(() => undefined)
  const columns = (): number => terminalSize(output).columns
  const given: number[] = []
  try {
    for (const [index, question] of questions.entries()) {
      show([...questionLines(question, index + 1, questions.length, columns()), []])
      const isChoice = (text: string): boolean => /^[1-9]$/.test(text) && Number(text) <= question.choices.length
      let text = ''
      while (!isChoice(text))
        text = (await Promise.race([reader.question(`1 to ${question.choices.length}: `), left])).trim()
      given.push(Number(text))
      show([...explanationLines(question, Number(text), columns()), []])
    }
  } finally {
    reader.close()
  }
  return given
}
