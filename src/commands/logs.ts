import { Args, Flags } from '@oclif/core'
import { locateProject } from '../config/project-place.ts'
import { renderLogLine } from '../output/log-lines.ts'
import { readLogs } from '../services/logs/read-logs.ts'
import { parseSince } from '../services/logs/parse-since.ts'
import { BaseCommand } from './base-command.ts'

export default class Logs extends BaseCommand {
  static override summary = 'Show what Kafka, Postgres, the session and jobs have logged'
  static override description =
    'Without a name the logs of all, in the order of time. Works when nothing runs too. Starts nothing. Files are kept below 10 MB each, with the one before as .1.'
  static override examples = [
    '<%= config.bin %> logs',
    '<%= config.bin %> logs kafka -f',
    '<%= config.bin %> logs hourly-revenue --since 10min',
    '<%= config.bin %> logs postgres --lines 20 --json',
  ]
  static override args = {
    name: Args.string({ description: 'kafka, postgres, session, or a job by name, path or id (default: all)' }),
  }
  static override flags = {
    follow: Flags.boolean({ char: 'f', description: 'go on with new lines until Ctrl-C', default: false }),
    lines: Flags.integer({ char: 'n', description: 'so many of the last lines of each', min: 0, default: 100 }),
    since: Flags.string({ description: 'only lines since then: a duration (10min) or a time (2026-11-21T10:00:00Z)' }),
  }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Logs)
    const { signal } = this.stopRequest()
    const since = flags.since === undefined ? undefined : parseSince(flags.since)
    const { follow, lines } = flags
    let isEmpty = true
    for await (const line of readLogs(locateProject(process.cwd()), {
      name: args.name,
      lines,
      since,
      follow,
      signal,
    })) {
      isEmpty = false
      this.print(flags.json ? JSON.stringify(line) : renderLogLine(line, args.name === undefined))
    }
    if (isEmpty && lines > 0) this.note(`note: nothing was logged ${since === undefined ? 'yet' : 'since then'}`)
  }
}
