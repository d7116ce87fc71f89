import { Args, Flags } from '@oclif/core'
import { followJobs } from '../services/follow-jobs.ts'
import { prepareJobFile, writeReport } from '../services/run-job.ts'
import { BaseCommand } from './base-command.ts'
import { createJobPrinter } from './job-printer.ts'

export default class Run extends BaseCommand {
  static override summary = 'Run a job: Flink SQL or TypeScript'
  static override description =
    'Starts the services the job names (${KAFKA}, ${POSTGRES}, or connectors without an address), submits the job and follows it. Ctrl-C or q stops it with a savepoint, from which the next run goes on; a second Ctrl-C leaves at once, and the next run goes on from the last checkpoint.'
  static override examples = [
    '<%= config.bin %> run jobs/hourly-revenue.sql',
    '<%= config.bin %> run jobs/hourly-revenue.ts --parallelism 2 --fresh',
  ]
  static override args = { file: Args.string({ description: '.sql, .ts or .js file', required: true }) }
  static override flags = {
    parallelism: Flags.integer({
      description: 'parallel subtasks per operator (default: flinkts.yaml, else 1)',
      min: 1,
    }),
    fresh: Flags.boolean({ description: 'begin without any earlier state', exclusive: ['restore'] }),
    restore: Flags.string({ description: 'begin from this checkpoint or savepoint' }),
    'allow-non-restored-state': Flags.boolean({ description: 'drop state that fits no operator of the job' }),
    report: Flags.string({ description: 'write a JSON report of the run to this file' }),
    tui: Flags.boolean({ description: 'show the job on a screen (default in a terminal)', allowNo: true }),
  }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Run)
    const project = await this.project()
    await this.withSession(async (session) => {
      const jobs = await prepareJobFile(
        {
          project,
          file: args.file,
          parallelism: flags.parallelism,
          fresh: flags.fresh,
          restore: flags.restore,
          allowNonRestoredState: flags['allow-non-restored-state'],
          notice: (line) => this.note(line),
        },
        session,
      )
      const { signal, stop } = this.stopRequest() // before this, Ctrl-C just ends the command: nothing runs yet
      const useScreen = flags.tui ?? (this.hasScreen && !flags.json)
      const printer = await createJobPrinter({
        json: flags.json,
        screen: useScreen,
        restAddress: session.restAddress,
        stop,
      })
      session.onAlarm((line) => printer.note(line))
      const reports = await followJobs(jobs, { restAddress: session.restAddress, signal, printer }).finally(() =>
        printer.close(),
      )
      if (flags.report !== undefined) writeReport(flags.report, reports)
    })
  }
}
