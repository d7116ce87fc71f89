import { resolve } from 'node:path'
import { Flags } from '@oclif/core'
import { takeJobSavepoint } from '../../services/savepoints/change-snapshots.ts'
import { BaseCommand } from '../base-command.ts'
import { jobArgument } from '../job-argument.ts'

export default class SavepointsCreate extends BaseCommand {
  static override summary = 'Take a savepoint of a running job, which goes on'
  static override description =
    'A savepoint stays until it is deleted. The next run does not begin from it by itself: `savepoints restore` and `run --restore` do.'
  static override examples = [
    '<%= config.bin %> savepoints create hourly-revenue',
    '<%= config.bin %> savepoints create hourly-revenue --path backups',
  ]
  static override args = { job: jobArgument }
  static override flags = {
    path: Flags.string({ description: "folder to put the savepoint into (default: the job's own in .flinkts)" }),
  }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(SavepointsCreate)
    const folder = flags.path === undefined ? undefined : resolve(flags.path)
    const { job, savepoint } = await takeJobSavepoint(await this.project(), args.job, folder)
    const { key, jobId } = job
    this.print(flags.json ? JSON.stringify({ job: key, jobId, savepoint }) : `Savepoint of ${key}: ${savepoint}`)
  }
}
