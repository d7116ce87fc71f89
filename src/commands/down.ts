import { Flags } from '@oclif/core'
import { stopSession } from '../services/session/stop-session.ts'
import { BaseCommand } from './base-command.ts'

export default class Down extends BaseCommand {
  static override summary = 'Stop everything of this project'
  static override description =
    'Data stays in .flinkts/ and is there again after the next start, unless --volumes is given.'
  static override examples = ['<%= config.bin %> down', '<%= config.bin %> down --volumes']
  static override flags = {
    volumes: Flags.boolean({ description: 'remove topics, tables and checkpoints too', default: false }),
  }

  async run(): Promise<void> {
    const { flags } = await this.parse(Down)
    const stopped = await stopSession(await this.project(), { volumes: flags.volumes })
    if (flags.json) this.print(JSON.stringify({ stopped, volumesRemoved: flags.volumes }))
    else this.print(`${stopped ? 'Stopped.' : 'Nothing was up.'}${flags.volumes ? ' Data removed.' : ''}`)
  }
}
