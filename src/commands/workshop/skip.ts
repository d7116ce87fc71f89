import { currentStep, moved, nextStep, skipped } from '../../workshop/progress.ts'
import { WorkshopCommand } from '../workshop-command.ts'

export default class WorkshopSkip extends WorkshopCommand {
  static override summary = 'Pass over this exercise, and go to the next one; it stays open for later'
  static override examples = ['<%= config.bin %> workshop skip']

  async run(): Promise<void> {
    const { flags } = await this.parse(WorkshopSkip)
    const learner = this.learner()
    const step = currentStep(learner.workshop, learner.progress)
    const progress = skipped(learner.progress, step)
    const to = nextStep(learner.workshop, progress, step)
    this.save(learner, to === undefined ? progress : moved(progress, to))
    this.printWhere(learner, to, flags.json)
  }
}
