import { renderDetachedJob } from '../../output/job-tables.ts'
import { restartJob } from '../../services/jobs/control-jobs.ts'
import { BaseCommand } from '../base-command.ts'
import { jobArgument } from '../job-argument.ts'

export default class JobsRestart extends BaseCommand {
  static override summary = 'Stop a job with a savepoint and run it again from there, as it was submitted'
  static override description =
    'Where no savepoint can be taken the job goes on from its last checkpoint. The file is not read again: for a changed job use `run`. The job then runs detached; a `flinkts run` that followed it ends. A job that has ended is run as its next run would be.'
  static override examples = ['<%= config.bin %> jobs restart hourly-revenue']
  static override args = { job: jobArgument }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(JobsRestart)
    const project = await this.project()
    const job = await this.withSession((session) =>
      restartJob(project, session, args.job, (line) => this.note(`note: ${line}`)),
    )
    this.print(flags.json ? JSON.stringify(job) : renderDetachedJob(job))
  }
}
