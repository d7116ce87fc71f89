import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Flags } from '@oclif/core'
import { solutionLines } from '../../tui/workshop/chapter-lines.ts'
import { exerciseNamed } from '../../workshop/learner.ts'
import { solutionShown } from '../../workshop/progress.ts'
import { expectTried } from '../../workshop/refusals.ts'
import { exerciseArgument, WorkshopCommand } from '../workshop-command.ts'

export default class WorkshopSolution extends WorkshopCommand {
  static override summary = 'Show a solution; your files stay as they are'
  static override description = 'After an attempt: the exercise was checked once. With --force at once.'
  static override examples = ['<%= config.bin %> workshop solution', '<%= config.bin %> workshop solution 04.2 --force']
  static override args = { exercise: exerciseArgument }
  static override flags = { force: Flags.boolean({ description: 'also before an attempt' }) }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(WorkshopSolution)
    const learner = this.learner()
    const step = exerciseNamed(learner, args.exercise)
    const { exercise } = step
    if (!flags.force) expectTried(learner.progress, step)
    this.save(learner, solutionShown(learner.progress, step))
    if (!flags.json) return this.printLines(solutionLines(exercise))
    const text = (file: string): string => readFileSync(join(exercise.solutionFolder, file), 'utf8')
    this.print(JSON.stringify(Object.fromEntries(exercise.files.map((file) => [file, text(file)]))))
  }
}
