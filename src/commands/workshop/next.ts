import { currentStep, moved, nextStep } from '../../workshop/progress.ts'
import { expectDone } from '../../workshop/refusals.ts'
import { WorkshopCommand } from '../workshop-command.ts'

export default class WorkshopNext extends WorkshopCommand {
  static override summary = 'Go to the next exercise, when this one is done'
  static override examples = ['<%= config.bin %> workshop next']

  async run(): Promise<void> {
    const { flags } = await this.parse(WorkshopNext)
    const learner = this.learner()
    const step = currentStep(learner.workshop, learner.progress)
    expectDone(learner.progress, step)
    const to = nextStep(learner.workshop, learner.progress, step)
    if (to !== undefined) this.save(learner, moved(learner.progress, to))
    this.printWhere(learner, to, flags.json)
  }
}
