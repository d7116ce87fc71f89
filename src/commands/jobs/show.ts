import { jobDetailsToJson, renderJobDetails } from '../../output/job-tables.ts'
import { readJobDetails } from '../../services/jobs/job-details.ts'
import { BaseCommand } from '../base-command.ts'
import { jobArgument } from '../job-argument.ts'

export default class JobsShow extends BaseCommand {
  static override summary = 'Show a job: vertices, records, last checkpoint, source positions, exceptions'
  static override description = 'Works for ended jobs too, and with no session running.'
  static override examples = ['<%= config.bin %> jobs show hourly-revenue', '<%= config.bin %> jobs show 3f2a --json']
  static override args = { job: jobArgument }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(JobsShow)
    const details = await readJobDetails(await this.project(), args.job)
    this.print(flags.json ? JSON.stringify(jobDetailsToJson(details)) : renderJobDetails(details))
  }
}
