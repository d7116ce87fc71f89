import { Args } from '@oclif/core'
import { diffToJson, renderDiff } from '../../output/savepoint-tables.ts'
import { diffSnapshots } from '../../services/savepoints/diff-snapshots.ts'
import { locateSnapshot } from '../../services/savepoints/project-snapshots.ts'
import { BaseCommand } from '../base-command.ts'

export default class SavepointsDiff extends BaseCommand {
  static override summary = 'Show what changed between two checkpoints or savepoints'
  static override description =
    'Positions, entries added, removed and changed with examples of each, operators that came and went.'
  static override examples = ['<%= config.bin %> savepoints diff chk-11 chk-12']
  static override args = {
    before: Args.string({ description: 'path, name of its folder, or a job (its newest)', required: true }),
    after: Args.string({ description: 'the same', required: true }),
  }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(SavepointsDiff)
    const project = await this.project()
    const [before, after] = [await locateSnapshot(project, args.before), await locateSnapshot(project, args.after)]
    const diff = await diffSnapshots(before, after)
    this.print(flags.json ? diffToJson(diff) : renderDiff(diff))
  }
}
