import { Args, Flags } from '@oclif/core'
import { renderDetachedJob } from '../../output/job-tables.ts'
import { restoreSnapshot } from '../../services/savepoints/change-snapshots.ts'
import { BaseCommand } from '../base-command.ts'

export default class SavepointsRestore extends BaseCommand {
  static override summary = 'Run a job from a checkpoint or savepoint, as it was last submitted'
  static override description =
    'The job runs detached. Its file is not read again: for a changed job use `run <file> --restore`.'
  static override examples = [
    '<%= config.bin %> savepoints restore savepoint-3f2a1b-0c9d',
    '<%= config.bin %> savepoints restore backups/savepoint-3f2a1b-0c9d --job hourly-revenue',
  ]
  static override args = {
    snapshot: Args.string({ description: 'path, name of its folder, or a job (its newest)', required: true }),
  }
  static override flags = {
    job: Flags.string({ description: 'job to run (default: the one it belongs to)' }),
    'allow-non-restored-state': Flags.boolean({ description: 'drop state that fits no operator of the job' }),
  }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(SavepointsRestore)
    const project = await this.project()
    const job = await this.withSession((session) =>
      restoreSnapshot(project, session, {
        snapshot: args.snapshot,
        job: flags.job,
        allowNonRestoredState: flags['allow-non-restored-state'],
        notice: (line) => this.note(`note: ${line}`),
      }),
    )
    this.print(flags.json ? JSON.stringify(job) : renderDetachedJob(job))
  }
}
