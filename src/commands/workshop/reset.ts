import { exerciseTitle } from '../../workshop/chapters.ts'
import { resetExercise } from '../../workshop/learner-project.ts'
import { exerciseNamed } from '../../workshop/learner.ts'
import { reopened } from '../../workshop/progress.ts'
import { exerciseArgument, WorkshopCommand } from '../workshop-command.ts'

export default class WorkshopReset extends WorkshopCommand {
  static override summary = 'Bring the files of an exercise back as they were shipped, and keep yours beside them'
  static override examples = ['<%= config.bin %> workshop reset', '<%= config.bin %> workshop reset 04.2']
  static override args = { exercise: exerciseArgument }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(WorkshopReset)
    const learner = this.learner()
    const step = exerciseNamed(learner, args.exercise)
    const files = resetExercise(learner.project, step.exercise)
    this.save(learner, reopened(learner.progress, step))
    if (flags.json) return this.print(JSON.stringify({ exercise: exerciseTitle(step.exercise), files }))
    if (files.length === 0) this.print(`${exerciseTitle(step.exercise)} is as it was shipped.`)
    for (const { file, kept } of files) this.print(`${file} is back${kept === undefined ? '' : `; yours is ${kept}`}.`)
  }
}
