import { renderFindings } from '../output/doctor-table.ts'
import { runDoctor } from '../services/doctor/run-doctor.ts'
import { BaseCommand } from './base-command.ts'

export default class Doctor extends BaseCommand {
  static override summary = 'Check this machine and project, and say what to do about each finding'
  static override description =
    'Node, versions, ports, disk, clock, Docker, whether Kafka and Postgres answer, topics without timestamps, partitions against parallelism. Starts nothing. Ends with 1 when something is broken; warnings do not count.'
  static override examples = ['<%= config.bin %> doctor', '<%= config.bin %> doctor --json']

  async run(): Promise<void> {
    const { flags } = await this.parse(Doctor)
    const findings = await runDoctor(process.cwd())
    this.print(flags.json ? JSON.stringify({ findings }) : renderFindings(findings))
    if (findings.some(({ state }) => state === 'broken')) process.exitCode = 1
  }
}
