import { Args, Flags } from '@oclif/core'
import { locateProject } from '../config/project-place.ts'
import { renderWhy } from '../output/why-lines.ts'
import { askWhy } from '../services/why/ask-why.ts'
import { BaseCommand } from './base-command.ts'

export default class Why extends BaseCommand {
  static override summary = 'Say why nothing comes out of a job, or less than expected: the cause first, with numbers'
  static override description =
    'Which partition holds the watermark back and since when, which windows are open and what they wait for, what was dropped as late, where back-pressure comes from, why it restarts. Works for jobs that have ended, too.'
  static override examples = [
    '<%= config.bin %> why',
    '<%= config.bin %> why hourly-revenue',
    "<%= config.bin %> why hourly-revenue --window '2025-11-01 10:00'",
    '<%= config.bin %> why hourly-revenue --record rides:0:120',
  ]
  static override args = {
    job: Args.string({ description: 'name, path, id or first digits of the id; default: the only one that runs' }),
  }
  static override flags = {
    operator: Flags.string({ description: "only this operator's windows and watermark: its name, number or id" }),
    window: Flags.string({ description: "what became of one window: its window_start in the job's local time" }),
    record: Flags.string({ description: 'what became of one record: topic:partition:offset' }),
  }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Why)
    const { operator, window, record } = flags
    const answer = await askWhy(locateProject(process.cwd()), { job: args.job, operator, window, record })
    this.print(flags.json ? JSON.stringify(answer) : renderWhy(answer))
  }
}
