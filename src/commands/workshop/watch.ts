import { expectTerminal } from '../../workshop/refusals.ts'
import { WorkshopCommand } from '../workshop-command.ts'

export default class WorkshopWatch extends WorkshopCommand {
  static override summary = 'Watch the files of the exercise, and check them when they are saved'
  static override description =
    'In a terminal: shows the chapter, the exercise, hints and what the check saw; keys are at the bottom. Kafka and PostgreSQL stay up while it runs. `start` ends in it, too. One terminal of a project watches; `check`, `hint` and the others work beside it, and checks wait for each other.'
  static override examples = ['<%= config.bin %> workshop watch']

  async run(): Promise<void> {
    await this.parse(WorkshopWatch)
    const learner = this.learner()
    expectTerminal(this.canShowJobs && process.stdin.isTTY)
    await this.watch(learner)
  }
}
