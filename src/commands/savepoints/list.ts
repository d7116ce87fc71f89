import { Args } from '@oclif/core'
import { renderSnapshotList } from '../../output/savepoint-tables.ts'
import { readProjectSnapshots } from '../../services/savepoints/project-snapshots.ts'
import { BaseCommand } from '../base-command.ts'

export default class SavepointsList extends BaseCommand {
  static override summary = 'Show checkpoints and savepoints per job, and which one the next run takes'
  static override description = 'Newest first. Works with no session running; damaged ones are named.'
  static override examples = ['<%= config.bin %> savepoints list', '<%= config.bin %> savepoints list hourly-revenue']
  static override args = { job: Args.string({ description: 'only of this job: name, path or id' }) }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(SavepointsList)
    const snapshots = await readProjectSnapshots(await this.project(), args.job)
    if (flags.json) for (const { key, ...snapshot } of snapshots) this.print(JSON.stringify({ job: key, ...snapshot }))
    else this.print(renderSnapshotList(snapshots))
  }
}
