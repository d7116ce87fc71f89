import { Flags } from '@oclif/core'
import { hintLines } from '../../tui/workshop/chapter-lines.ts'
import { exerciseNamed } from '../../workshop/learner.ts'
import { hinted, progressOf } from '../../workshop/progress.ts'
import { exerciseArgument, WorkshopCommand } from '../workshop-command.ts'

export default class WorkshopHint extends WorkshopCommand {
  static override summary = 'Show one more hint: the first is a nudge, the last is nearly the answer'
  static override examples = ['<%= config.bin %> workshop hint', '<%= config.bin %> workshop hint 04.2 --all']
  static override args = { exercise: exerciseArgument }
  static override flags = { all: Flags.boolean({ description: 'all hints at once' }) }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(WorkshopHint)
    const learner = this.learner()
    const step = exerciseNamed(learner, args.exercise)
    const { hints } = step.exercise
    const before = progressOf(learner.progress, step).hints
    this.save(learner, hinted(learner.progress, step, hints.length, flags.all ? hints.length : 1))
    const known = progressOf(learner.progress, step).hints
    if (flags.json) return this.print(JSON.stringify({ hints: hints.slice(0, known), of: hints.length }))
    this.printLines(hintLines(step.exercise, known, this.columns))
    if (before === hints.length) this.note('That were all hints; `flinkts workshop solution` shows a solution.')
  }
}
