import { createInterface } from 'node:readline/promises'
import { Args, Flags } from '@oclif/core'
import { unanswered } from '../../tui/unanswered.ts'
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
          ? await this.#ask(chapter)
          : undefined
        : parseAnswers(flags.answers, chapter)
    if (given === undefined) return this.#show(chapter, flags.json)
    this.save(learner, answered(progress, { kind: 'questions', chapter }, given))
    if (flags.json) return this.print(JSON.stringify(toJson(chapter, given)))
    if (flags.answers !== undefined) this.#explain(chapter, given)
    this.printLines(flinkLines(chapter, given, this.columns))
  }

  #show({ manifest: { questions } }: Chapter, isJson: boolean): void {
    if (isJson) return this.print(JSON.stringify(questions.map(({ question, choices }) => ({ question, choices }))))
    for (const [index, question] of questions.entries()) {
      this.printLines(questionLines(question, index + 1, questions.length, this.columns))
      this.print('')
    }
    this.print(`Answer: flinkts workshop questions --answers ${questions.map(() => 'N').join(',')}`)
  }

  #explain({ manifest: { questions } }: Chapter, given: readonly number[]): void {
    for (const [index, question] of questions.entries()) {
      this.printLines(questionLines(question, index + 1, questions.length, this.columns))
      this.print('')
      this.printLines([...explanationLines(question, given[index]!, this.columns), []])
    }
  }

  async #ask({ manifest: { questions } }: Chapter): Promise<number[]> {
    const reader = createInterface({ input: process.stdin, output: process.stdout })
    // Ctrl-C and the end of the input: nothing is answered
    const left = new Promise<never>((_resolve, reject) => reader.once('close', () => reject(unanswered())))
    left.catch(() => undefined)
    const given: number[] = []
    try {
      for (const [index, question] of questions.entries()) {
        this.printLines([...questionLines(question, index + 1, questions.length, this.columns), []])
        const isChoice = (text: string): boolean => /^[1-9]$/.test(text) && Number(text) <= question.choices.length
        let text = ''
        while (!isChoice(text))
          text = (await Promise.race([reader.question(`1 to ${question.choices.length}: `), left])).trim()
        given.push(Number(text))
        this.printLines([...explanationLines(question, Number(text), this.columns), []])
      }
    } finally {
      reader.close()
    }
    return given
  }
}

function toJson({ manifest: { questions, flink } }: Chapter, given: readonly number[]): object {
  return {
    questions: questions.map(({ question, answer, because }, index) => ({
      question,
      given: given[index],
      right: given[index] === answer,
      answer,
      because,
    })),
    flink,
  }
}
