import { Args, Flags } from '@oclif/core'
import { renderDetachedJob } from '../output/job-tables.ts'
import { offsetLines } from '../output/offset-lines.ts'
import { followJobs } from '../services/follow-jobs.ts'
import { runDetached } from '../services/jobs/run-detached.ts'
import { OFFSET_FORMS } from '../services/offset-spec.ts'
import { parseOverrides } from '../services/override-offsets.ts'
import { prepareJobFile, writeReport } from '../services/run-job.ts'
import { BaseCommand } from './base-command.ts'
import { createJobPrinter } from './job-printer.ts'

export default class Run extends BaseCommand {
  static override summary = 'Run a job: Flink SQL or TypeScript'
  static override description =
    'Starts the services the job names (${KAFKA}, ${POSTGRES}, or connectors without an address), submits the job and follows it. Ctrl-C or q stops it with a savepoint, from which the next run goes on; a second Ctrl-C leaves at once, and the next run goes on from the last checkpoint. With --detach the job goes on in the session when the command has ended: see `attach` and `jobs`. --from begins Kafka sources elsewhere than their tables say, with fresh state (what could be restored instead is said); --until ends them, also a job that goes on from its state: it ends as FINISHED when every partition is there. Offsets of a partition that are left out: the group’s, else the earliest.'
  static override examples = [
    '<%= config.bin %> run jobs/hourly-revenue.sql',
    '<%= config.bin %> run jobs/hourly-revenue.ts --parallelism 2 --fresh',
    '<%= config.bin %> run jobs/hourly-revenue.sql --from 2025-11-01T10:00:00Z --until now',
  ]
  static override args = { file: Args.string({ description: '.sql, .ts or .js file', required: true }) }
  static override flags = {
    parallelism: Flags.integer({ description: 'subtasks per operator (default: flinkts.yaml, else 1)', min: 1 }),
    from: Flags.string({ description: `begin at, with fresh state: ${OFFSET_FORMS}` }),
    until: Flags.string({ description: 'end Kafka sources, and with them the job, here; the same forms' }),
    fresh: Flags.boolean({ description: 'begin without any earlier state' }),
    restore: Flags.string({
      description: 'begin from this checkpoint or savepoint: path, or name of its folder',
      exclusive: ['from', 'fresh'],
    }),
    'allow-non-restored-state': Flags.boolean({ description: 'drop state that fits no operator of the job' }),
    detach: Flags.boolean({
      char: 'd',
      description: 'leave the job running; with --json: its id and the REST address',
      exclusive: ['report', 'tui'],
    }),
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
          offsets: parseOverrides(flags),
          notice: (line) => this.note(line),
        },
        session,
      )
      for (const line of offsetLines(jobs, flags.json)) this[flags.json ? 'print' : 'note'](line)
      if (flags.detach) {
        for (const job of await runDetached(jobs, session, (line) => this.note(`note: ${line}`)))
          this.print(flags.json ? JSON.stringify(job) : renderDetachedJob(job))
        return
      }
      // before this, Ctrl-C just ends the command: nothing runs yet
      const { signal, stop } = this.stopRequest('stopping with a savepoint')
      const useScreen = flags.tui ?? (this.canShowJobs && !flags.json)
      const printer = await createJobPrinter({
        project,
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
