import { Args, Flags } from '@oclif/core'
import { answersToJson } from '../../output/workshop-json.ts'
import { askQuestions } from '../../tui/workshop/ask-questions.ts'
import { explanationLines, flinkLines, questionLines } from '../../tui/workshop/chapter-lines.ts'
import { findTarget, type Chapter } from '../../workshop/chapters.ts'
import { answered, currentStep } from '../../workshop/progress.ts'
import { parseAnswers } from '../../workshop/refusals.ts'
import { WorkshopCommand } from '../workshop-command.ts'

export default class WorkshopQuestions extends WorkshopCommand {
  static override summary = 'Answer the questions at the end of a chapter, and read what real Flink does'
  static override description =
    'In a terminal they are asked one after the other; elsewhere give the answers with --answers.'
  static override examples = [
    '<%= config.bin %> workshop questions',
    '<%= config.bin %> workshop questions 04 --answers 1,3,2',
  ]
  static override args = { chapter: Args.string({ description: 'chapter (default: where you are)' }) }
  static override flags = {
    answers: Flags.string({ description: 'numbers of the choices, one for each question', helpValue: '1,3,2' }),
  }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(WorkshopQuestions)
    const learner = this.learner()
    const { workshop, progress } = learner
    const chapter =
      args.chapter === undefined ? currentStep(workshop, progress).chapter : findTarget(workshop, args.chapter).chapter
    const canAsk = process.stdin.isTTY && process.stdout.isTTY && !flags.json
    const given =
      flags.answers === undefined
        ? canAsk
          ? await askQuestions(chapter, { input: process.stdin, output: process.stdout }, (lines) =>
              this.printLines(lines),
            )
          : undefined
        : parseAnswers(flags.answers, chapter)
    if (given === undefined) return this.#show(chapter, flags.json)
    this.save(learner, answered(progress, { kind: 'questions', chapter }, given))
    if (flags.json) return this.print(JSON.stringify(answersToJson(chapter, given)))
    if (flags.answers !== undefined) this.#explain(chapter, given)
    this.printLines(flinkLines(chapter, given, this.columns))
  }

  #show({ manifest: { questions } }: Chapter, isJson: boolean): void {
    if (isJson) return this.print(JSON.stringify(questions.map(({ question, choices }) => ({ question, choices }))))
    for (const [index, question] of questions.entries())
      this.printLines([...questionLines(question, index + 1, questions.length, this.columns), []])
    this.print(`Answer: flinkts workshop questions --answers ${questions.map(() => 'N').join(',')}`)
  }

  #explain({ manifest: { questions } }: Chapter, given: readonly number[]): void {
    for (const [index, question] of questions.entries()) {
      this.printLines([...questionLines(question, index + 1, questions.length, this.columns), []])
      this.printLines([...explanationLines(question, given[index]!, this.columns), []])
    }
  }
}
