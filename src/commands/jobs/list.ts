import { locateProject } from '../../config/project-place.ts'
import { jobToJson, renderJobList } from '../../output/job-tables.ts'
import { readProjectJobs } from '../../services/jobs/project-jobs.ts'
import { BaseCommand } from '../base-command.ts'

export default class JobsList extends BaseCommand {
  static override summary = 'Show the jobs of the project, running and ended, and what their next run begins from'
  static override description = 'Starts nothing; ended jobs are remembered in .flinkts.'
  static override examples = ['<%= config.bin %> jobs list', '<%= config.bin %> jobs list --json']

  async run(): Promise<void> {
    const { flags } = await this.parse(JobsList)
    const { jobs, problems } = await readProjectJobs(locateProject(process.cwd()))
    for (const problem of problems) this.note(`note: ${problem}`)
    if (flags.json) for (const job of jobs) this.print(JSON.stringify(jobToJson(job)))
    else this.print(renderJobList(jobs, Date.now()))
  }
}
