import { relative } from 'node:path'
import { Args, Flags } from '@oclif/core'
import { findTarget } from '../../workshop/chapters.ts'
import { beginLearner, type Learner } from '../../workshop/learner.ts'
import { currentStep, moved, openPrerequisites, stepId, stepOfTarget, stepTitle } from '../../workshop/progress.ts'
import { fromFlag, WorkshopCommand } from '../workshop-command.ts'

export default class WorkshopStart extends WorkshopCommand {
  static override summary = 'Begin the workshop in this folder, or go on with it'
  static override description =
    'Makes a flinkts project with the exercises of all chapters; needs an empty folder, and writes over nothing. In a terminal it then watches your files and checks them when you save; without one it prints where you are.'
  static override examples = [
    '<%= config.bin %> workshop start',
    '<%= config.bin %> workshop start 04',
    '<%= config.bin %> workshop start --folder learning',
    '<%= config.bin %> workshop start --from my-workshop',
  ]
  static override args = {
    chapter: Args.string({ description: 'chapter or exercise to go to: 04, 04.2 (default: where you are)' }),
  }
  static override flags = {
    folder: Flags.string({ description: 'folder to make or go on in (default: this one)' }),
    from: fromFlag,
  }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(WorkshopStart)
    const learner = beginLearner(flags.folder ?? process.cwd(), flags.from)
    if (args.chapter !== undefined) this.#goTo(learner, args.chapter)
    const { project, workshop, progress } = learner
    const at = currentStep(workshop, progress)
    if (flags.json) return this.print(JSON.stringify({ folder: project.folder, at: stepId(at) }))
    if (this.canShowJobs && process.stdin.isTTY) return this.watch(learner)
    this.print(`The workshop is in ${relative(process.cwd(), project.folder) || 'this folder'}.`)
    this.print('')
    this.printStep(learner, at)
    this.print('')
    this.print(
      at.kind === 'exercise'
        ? 'Check it: flinkts workshop check'
        : 'Answer: flinkts workshop questions --answers 1,2,3',
    )
  }

  #goTo(learner: Learner, text: string): void {
    const { workshop, progress } = learner
    const to = stepOfTarget(workshop, progress, findTarget(workshop, text))
    this.save(learner, moved(progress, to))
    const missing = openPrerequisites(workshop, progress, to.chapter)
    if (missing.length > 0) this.note(`note: ${stepTitle(to)} builds on ${missing.join(', ')}, which is not done yet`)
  }
}
