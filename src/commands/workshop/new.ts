import { relative } from 'node:path'
import { Args } from '@oclif/core'
import { scaffoldChapter } from '../../workshop/scaffold-chapter.ts'
import { WorkshopCommand } from '../workshop-command.ts'

export default class WorkshopNew extends WorkshopCommand {
  static override summary = 'Make a chapter of your own to begin with'
  static override description =
    'A chapter with one small exercise that `workshop verify` accepts as it is. docs/workshops.md in the package says how chapters are written.'
  static override examples = ['<%= config.bin %> workshop new my-workshop/01-joins']
  static override args = { folder: Args.string({ description: 'folder to make', required: true }) }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(WorkshopNew)
    const folder = scaffoldChapter(args.folder)
    if (flags.json) return this.print(JSON.stringify({ folder }))
    const shown = relative(process.cwd(), folder) || '.'
    this.print(`Made ${shown}. Next:`)
    this.print('')
    this.print(`  npx flinkts workshop verify ${shown}`)
    this.print(`  npx flinkts workshop start --folder try --from ${shown}     # as a learner`)
  }
}
