import { resolve } from 'node:path'
import { Flags } from '@oclif/core'
import { locateProject } from '../../config/project-place.ts'
import { stopRunningJob } from '../../services/jobs/control-jobs.ts'
import { BaseCommand } from '../base-command.ts'
import { jobArgument } from '../job-argument.ts'

export default class JobsStop extends BaseCommand {
  static override summary = 'Stop a job with a savepoint, from which its next run goes on'
  static override description =
    'A stop always takes a savepoint. Where none can be taken the job goes on and the command fails. With --drain all windows fire first, with the rows that they have: the job is over for good, and its next run begins afresh.'
  static override examples = [
    '<%= config.bin %> jobs stop hourly-revenue',
    '<%= config.bin %> jobs stop hourly-revenue --savepoint backups',
    '<%= config.bin %> jobs stop hourly-revenue --drain',
  ]
  static override args = { job: jobArgument }
  static override flags = {
    savepoint: Flags.string({ description: "folder to put the savepoint into (default: the job's own in .flinkts)" }),
    drain: Flags.boolean({ description: 'end event time first: every window fires, then the job ends for good' }),
  }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(JobsStop)
    const folder = flags.savepoint === undefined ? undefined : resolve(flags.savepoint)
    const { job, savepoint } = await stopRunningJob(locateProject(process.cwd()), args.job, {
      folder,
      drain: flags.drain,
      notice: (line) => this.note(`note: ${line}`),
    })
    const { key, jobId } = job
    const how = flags.drain ? 'Drained and stopped' : 'Stopped'
    this.print(
      flags.json ? JSON.stringify({ job: key, jobId, savepoint }) : `${how} ${key} with savepoint ${savepoint}.`,
    )
  }
}
