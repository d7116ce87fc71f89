import { renderReport } from '../output/job-lines.ts'
import { renderTable } from '../output/text-table.ts'
import { runDemo } from '../services/run-demo.ts'
import { BaseCommand } from './base-command.ts'
import { createJobPrinter } from './job-printer.ts'

export default class Demo extends BaseCommand {
  static override summary = '10,000 real taxi trips through Kafka, a windowed job and Postgres'
  static override description = 'Runs the taxi template in a temporary project and leaves nothing behind.'
  static override examples = ['<%= config.bin %> demo']

  async run(): Promise<void> {
    const { flags } = await this.parse(Demo)
    const { signal, stop } = this.stopRequest()
    const { report, best } = await runDemo({
      signal,
      say: (line) => this.note(line),
      createPrinter: (restAddress, project) =>
        createJobPrinter({ project, json: flags.json, screen: this.canShowJobs && !flags.json, restAddress, stop }),
    })
    if (flags.json) {
      const names = best.columns.map((column) => column.name)
      const rows = best.rows.map((row) => Object.fromEntries(names.map((name, index) => [name, row[index]])))
      this.print(JSON.stringify({ report, best: rows }))
      return
    }
    this.print('')
    this.print('The ten best zone-hours:')
    const columns = best.columns.map(({ name, numeric }) => ({
      name,
      align: numeric ? ('right' as const) : ('left' as const),
    }))
    this.print(renderTable(columns, best.rows))
    this.print('')
    this.print(renderReport(report))
  }
}
