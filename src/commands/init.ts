import { relative } from 'node:path'
import { Args, Flags } from '@oclif/core'
import { listTemplates, scaffoldProject } from '../services/scaffold-project.ts'
import { BaseCommand } from './base-command.ts'

export default class Init extends BaseCommand {
  static override summary = 'Make a new project from a template'
  static override description =
    'Works offline. Refuses a folder that holds anything. Without a folder it lists the templates.'
  static override examples = ['<%= config.bin %> init rides --template taxi']
  static override args = { folder: Args.string({ description: 'folder to make' }) }
  static override flags = { template: Flags.string({ description: 'template to copy', default: 'taxi' }) }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Init)
    if (args.folder === undefined) {
      const templates = listTemplates()
      if (flags.json) this.print(JSON.stringify(templates))
      else for (const template of templates) this.print(`${template.name}  ${template.description}`)
      return
    }
    const { folder, template } = scaffoldProject(args.folder, flags.template)
    if (flags.json) {
      this.print(JSON.stringify({ folder, template: template.name }))
      return
    }
    this.print(`Made ${relative(process.cwd(), folder) || '.'} from the template ${template.name}. Next:`)
    this.print('')
    this.print(`  cd ${relative(process.cwd(), folder) || '.'}`)
    this.print(`  npx flinkts run ${template.run}`)
    this.print(
      `  npx flinkts produce ${template.produce.topic} --file ${template.produce.file}     # in a second terminal`,
    )
    this.print('')
    this.print('Running needs no install. `npm install` brings editor types and `npm test`.')
  }
}
