// What a learner's command is refused for, besides files and folders.
import { FlinktsError } from '../../engine/host.ts'
import { exerciseTitle, type Chapter, type Exercise } from './chapters.ts'
import { isOpen, progressOf, stepTitle, type Progress, type Step } from './progress.ts'

/** Throws OPTION_INVALID where the step is neither done nor passed over. */
export function expectDone(progress: Progress, step: Step): void {
  if (!isOpen(progress, step)) return
  const how = step.kind === 'exercise' ? 'flinkts workshop check' : 'flinkts workshop questions'
  throw new FlinktsError('OPTION_INVALID', `${stepTitle(step)} is not done yet`, {
    fix: `\`${how}\`, or pass over it with \`flinkts workshop skip\`.`,
  })
}

/** Throws OPTION_INVALID where the exercise was never checked. */
export function expectTried(progress: Progress, step: Step & { readonly exercise: Exercise }): void {
  if (progressOf(progress, step).attempts > 0) return
  throw new FlinktsError('OPTION_INVALID', `${exerciseTitle(step.exercise)} was not tried yet`, {
    fix: 'Try it first (`flinkts workshop check`, `flinkts workshop hint`); --force shows the solution all the same.',
  })
}

/** Throws OPTION_INVALID. */
export function expectTerminal(isTerminal: boolean): void {
  if (isTerminal) return
  throw new FlinktsError('OPTION_INVALID', 'watching needs a terminal, and nobody looks at one here', {
    fix: '`flinkts workshop check` checks once; `flinkts workshop start` prints where you are.',
  })
}

/** `1,3,2`: a choice for each question of the chapter. Throws OPTION_INVALID. */
export function parseAnswers(text: string, { manifest: { questions } }: Chapter): number[] {
  const given = text.split(',').map((each) => Number(each.trim()))
  const fits =
    given.length === questions.length &&
    given.every((each, index) => Number.isInteger(each) && each >= 1 && each <= questions[index]!.choices.length)
  if (fits) return given
  throw new FlinktsError('OPTION_INVALID', `'${text}' does not answer the ${questions.length} questions`, {
    fix: `Give a number for each: ${questions.map(({ choices }) => `1 to ${choices.length}`).join(', ')}.`,
  })
}
