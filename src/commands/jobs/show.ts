import { Args } from '@oclif/core'
import { jobDetailsToJson, renderJobDetails } from '../../output/job-tables.ts'
import { readJobDetails } from '../../services/jobs/job-details.ts'
import { BaseCommand } from '../base-command.ts'

export default class JobsShow extends BaseCommand {
  static override summary = 'Show a job: vertices, records, last checkpoint, source positions, exceptions'
  static override description = 'Works for ended jobs too, and with no session running.'
  static override examples = ['<%= config.bin %> jobs show hourly-revenue', '<%= config.bin %> jobs show 3f2a --json']
  static override args = {
    job: Args.string({ description: 'name, path, id or first digits of the id', required: true }),
  }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(JobsShow)
    const details = await readJobDetails(await this.project(), args.job)
    this.print(flags.json ? JSON.stringify(jobDetailsToJson(details)) : renderJobDetails(details))
  }
}
