import { listToJson } from '../../output/workshop-json.ts'
import { line } from '../../tui/screen-line.ts'
import { listLines, tallySpans } from '../../tui/workshop/chapter-lines.ts'
import { loadWorkshop, ownWorkshop } from '../../workshop/chapters.ts'
import { findLearner } from '../../workshop/learner.ts'
import { fromFlag, WorkshopCommand } from '../workshop-command.ts'

export default class WorkshopList extends WorkshopCommand {
  static override summary = 'List the chapters of the workshop, and how far you are'
  static override description =
    'Each exercise is checked by running it on Kafka and PostgreSQL inside flinkts: nothing else is needed. Begin with `start` in an empty folder.'
  static override aliases = ['workshop:list']
  static override examples = ['<%= config.bin %> workshop', '<%= config.bin %> workshop --from my-workshop']
  static override flags = { from: fromFlag }

  async run(): Promise<void> {
    const { flags } = await this.parse(WorkshopList)
    const learner = flags.from === undefined ? findLearner(process.cwd()) : undefined
    const workshop = learner?.workshop ?? loadWorkshop(flags.from ?? ownWorkshop())
    const progress = learner?.progress
    if (flags.json) return this.print(JSON.stringify(listToJson(workshop, progress)))
    this.printLines(listLines(workshop, { progress }).map((each) => each.line))
    this.print('')
    if (progress === undefined) {
      this.print('Nothing begun here. Begin in an empty folder: flinkts workshop start')
      return
    }
    this.printLines([tallySpans(progress, workshop.chapters), line('Go on: flinkts workshop start')])
  }
}
