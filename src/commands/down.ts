import { Flags } from '@oclif/core'
import { locateProject } from '../config/project-place.ts'
import { stoppedJobLine } from '../output/job-tables.ts'
import { stopSession } from '../services/session/stop-session.ts'
import { BaseCommand } from './base-command.ts'

export default class Down extends BaseCommand {
  static override summary = 'Stop everything of this project'
  static override description =
    'Running jobs are stopped with a savepoint, from which their next runs go on; one that cannot take it within 30 s goes on from its last checkpoint. Data stays in .flinkts/ and is there again after the next start, unless --volumes is given: then no savepoint is taken.'
  static override examples = ['<%= config.bin %> down', '<%= config.bin %> down --volumes']
  static override flags = {
    volumes: Flags.boolean({ description: 'remove topics, tables and checkpoints too', default: false }),
  }

  async run(): Promise<void> {
    const { flags } = await this.parse(Down)
    // what runs can be stopped whatever has become of its flinkts.yaml
    const { stopped, jobs } = await stopSession(locateProject(process.cwd()), {
      volumes: flags.volumes,
      notice: (line) => this.note(`note: ${line}`),
    })
    if (flags.json) return this.print(JSON.stringify({ stopped, volumesRemoved: flags.volumes, jobs }))
    for (const job of jobs) this.print(stoppedJobLine(job))
    this.print(`${stopped ? 'Stopped.' : 'Nothing was up.'}${flags.volumes ? ' Data removed.' : ''}`)
  }
}
