import { Flags } from '@oclif/core'
import { findRunningJob, readProjectJobs } from '../services/jobs/project-jobs.ts'
import { watchJob } from '../services/jobs/watch-job.ts'
import { BaseCommand } from './base-command.ts'
import { jobArgument } from './job-argument.ts'
import { createJobPrinter } from './job-printer.ts'

export default class Attach extends BaseCommand {
  static override summary = 'Follow a job that runs already: notices, printed rows from now on, its end'
  static override description =
    'Ctrl-C and q leave the job running, as a terminal multiplexer does: whoever only looks on cannot end a job by leaving. `jobs stop` (x on the screen) ends it with a savepoint.'
  static override examples = ['<%= config.bin %> attach hourly-revenue', '<%= config.bin %> attach 3f2a --json']
  static override args = { job: jobArgument }
  static override flags = {
    tui: Flags.boolean({ description: 'show the job on a screen (default in a terminal)', allowNo: true }),
  }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Attach)
    const project = await this.project()
    const { key: name, jobId, attached, restAddress } = findRunningJob(await readProjectJobs(project), args.job)
    const { signal, stop } = this.stopRequest('leaving the job as it is')
    const screen = flags.tui ?? (this.canShowJobs && !flags.json)
    const printer = await createJobPrinter({ project, json: flags.json, screen, restAddress, stop, isWatched: true })
    const owner = attached ? '; it ends with the `flinkts run` that started it' : ''
    printer.note(`attached to ${name}; Ctrl-C leaves it running, \`flinkts jobs stop ${name}\` stops it${owner}`)
    const report = await watchJob({ restAddress, jobId, name, signal, printer }).finally(() => printer.close())
    if (report === undefined && !flags.json) this.note(`left ${name} running`)
  }
}
