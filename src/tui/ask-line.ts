// A question that is answered with a line of text.
import { createInterface } from 'node:readline'
import type { QuestionTerminal } from './choose.ts'
import { unanswered } from './unanswered.ts'

/** The line, or `preset` where nothing was typed. Rejects with an AbortError at Ctrl-C and Ctrl-D. */
export function askLine(
  question: string,
  preset: string,
  { input, output }: Pick<QuestionTerminal, 'input'> & { readonly output: NodeJS.WritableStream },
): Promise<string> {
  const lines = createInterface({ input, output, terminal: true, historySize: 0 })
  return new Promise((resolve, reject) => {
    let answer: string | undefined
    lines.once('SIGINT', () => lines.close())
    lines.once('close', () => {
      if (answer !== undefined) {
        resolve(answer)
        return
      }
      output.write('\r\n')
      reject(unanswered())
    })
    lines.question(`${question} (${preset}) `, (text) => {
      answer = text.trim() === '' ? preset : text.trim()
      lines.close()
    })
  })
}
