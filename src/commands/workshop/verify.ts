import { Args, Flags } from '@oclif/core'
import { verifyToJson } from '../../output/verify-json.ts'
import { readSource } from '../../tui/workshop/check-lines.ts'
import { totalLines, verifyLines } from '../../tui/workshop/verify-lines.ts'
import { loadWorkshop, ownWorkshop } from '../../workshop/chapters.ts'
import { isAmong, verifyWorkshop } from '../../workshop/verify.ts'
import { WorkshopCommand } from '../workshop-command.ts'

export default class WorkshopVerify extends WorkshopCommand {
  static override summary = 'Prove of every exercise that it fails as shipped, and that its solution passes'
  static override description =
    'For authors. Runs all exercises in one session of a project of its own, which is removed afterwards. The last line counts: a chapter is one thing to prove, an exercise two. Exit code 1 where one does not hold.'
  static override examples = [
    '<%= config.bin %> workshop verify',
    '<%= config.bin %> workshop verify my-workshop',
    '<%= config.bin %> workshop verify my-workshop/02-joins --only 2',
  ]
  static override args = {
    folder: Args.string({ description: "a chapter, or a folder of chapters (default: flinkts's own)" }),
  }
  static override flags = {
    only: Flags.string({
      description: 'only this chapter or exercise: 04, 04.2; of one chapter also 2',
      multiple: true,
      helpValue: '<exercise>',
    }),
    verbose: Flags.boolean({ char: 'v', description: 'show what learners would see of every check' }),
  }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(WorkshopVerify)
    const workshop = loadWorkshop(args.folder ?? ownWorkshop())
    const { signal } = this.stopRequest()
    const totals = await verifyWorkshop(workshop, {
      isWanted: flags.only && isAmong(workshop, flags.only),
      signal,
      heard: (event) => {
        if (flags.json) this.print(JSON.stringify(verifyToJson(event)))
        else this.printLines(verifyLines(event, { columns: this.columns, readSource, isVerbose: flags.verbose }))
      },
    })
    if (flags.json) this.print(JSON.stringify(totals))
    else this.printLines(totalLines(totals))
    if (totals.failed > 0) process.exitCode = 1
  }
}
