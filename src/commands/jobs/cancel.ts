import { locateProject } from '../../config/project-place.ts'
import { cancelRunningJob } from '../../services/jobs/control-jobs.ts'
import { BaseCommand } from '../base-command.ts'
import { jobArgument } from '../job-argument.ts'

export default class JobsCancel extends BaseCommand {
  static override summary = 'End a job without a savepoint; its next run begins afresh'
  static override description =
    'Waits until the job has ended, for 10 s at most. Its last checkpoint stays: `run --restore` takes it. `jobs stop` ends a job so that its next run goes on.'
  static override examples = ['<%= config.bin %> jobs cancel hourly-revenue']
  static override args = { job: jobArgument }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(JobsCancel)
    const { job, state } = await cancelRunningJob(locateProject(process.cwd()), args.job, (line) =>
      this.note(`note: ${line}`),
    )
    const { key, jobId } = job
    const canceled = state === 'CANCELED'
    if (flags.json) return this.print(JSON.stringify({ job: key, jobId, canceled, state }))
    this.print(canceled ? `Cancelled ${key}.` : `${key} had ended by itself: it is ${state}.`)
  }
}
