import { Flags } from '@oclif/core'
import { loadProject } from '../config/project.ts'
import { renderConfig } from '../output/config-table.ts'
import { describeConfig } from '../services/describe-config.ts'
import { parseOverride } from '../services/parse-override.ts'
import { BaseCommand } from './base-command.ts'

export default class Config extends BaseCommand {
  static override summary = 'Show what holds for this project, and where each value comes from'
  static override description =
    'A flag stands above an environment variable (FLINKTS_…), that above flinkts.yaml, that above the default. Passwords are masked. Starts nothing.'
  static override examples = [
    '<%= config.bin %> config',
    '<%= config.bin %> config --all',
    '<%= config.bin %> config --set services=docker --set parallelism=4 --json',
  ]
  static override flags = {
    all: Flags.boolean({ description: 'every setting, and the variable that sets it', default: false }),
    set: Flags.string({ description: 'key=value: what would hold with it', multiple: true }),
  }

  async run(): Promise<void> {
    const { flags } = await this.parse(Config)
    const project = loadProject(process.cwd(), flags.set?.map(parseOverride))
    const settings = describeConfig(project)
    const { folder, hasConfigFile, configWarnings: warnings } = project
    if (flags.json) {
      this.print(JSON.stringify({ folder, hasConfigFile, settings, warnings }))
      return
    }
    this.print(hasConfigFile ? `${folder}/flinkts.yaml` : `${folder}: no flinkts.yaml, defaults hold`)
    this.print('')
    this.print(renderConfig(settings, flags.all))
    for (const warning of warnings) this.note(`note: ${warning}`)
  }
}
