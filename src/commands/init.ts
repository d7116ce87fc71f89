import { relative } from 'node:path'
import { Args, Flags } from '@oclif/core'
import { nextSteps, templateLines } from '../output/template-lines.ts'
import {
  expectNewFolder,
  findTemplate,
  listTemplates,
  scaffoldProject,
  type Template,
} from '../services/scaffold-project.ts'
import type { GivenAnswers, ProjectAnswers } from '../tui/ask-project.ts'
import { BaseCommand } from './base-command.ts'

const TEMPLATE = 'taxi'

export default class Init extends BaseCommand {
  static override summary = 'Make a new project from a template'
  static override description =
    'Works offline. Refuses a folder that holds anything. In a terminal it asks for what is not given: the template, the folder and, where a container engine answers, whether Kafka and Postgres are to run in containers; Ctrl-C leaves everything as it is. Elsewhere the template is taxi, and without a folder the templates are listed.'
  static override examples = [
    '<%= config.bin %> init',
    '<%= config.bin %> init rides --template taxi',
    '<%= config.bin %> init shop --template orders --docker',
    '<%= config.bin %> init --list',
  ]
  static override args = { folder: Args.string({ description: 'folder to make; . is this one' }) }
  static override flags = {
    template: Flags.string({ description: 'template to copy: see --list' }),
    list: Flags.boolean({ description: 'list the templates and make nothing' }),
    docker: Flags.boolean({ description: 'services: docker in flinkts.yaml', exclusive: ['embedded'] }),
    embedded: Flags.boolean({ description: 'services: embedded in flinkts.yaml (default)' }),
  }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Init)
    const { folder, template } = { ...args, ...flags }
    const isSomebodyThere = this.canShowJobs && process.stdin.isTTY && !flags.json
    if (flags.list || (folder === undefined && template === undefined && !isSomebodyThere)) {
      const templates = listTemplates()
      this.print(flags.json ? JSON.stringify(templates) : templateLines(templates).join('\n'))
      return
    }
    // before anything is asked
    if (template !== undefined) findTemplate(template)
    if (folder !== undefined) expectNewFolder(folder)
    const services: GivenAnswers['services'] = flags.docker ? 'docker' : flags.embedded ? 'embedded' : undefined
    const answers = isSomebodyThere
      ? await this.#ask({ folder, template, services })
      : { folder: folder ?? this.#withoutFolder(), template: template ?? TEMPLATE, services }
    const made = scaffoldProject(answers.folder, answers.template, answers)
    if (flags.json) this.print(JSON.stringify({ folder: made.folder, template: made.template.name }))
    else this.#tellNext(made.folder, made.template)
  }

  #withoutFolder(): never {
    this.error(`name the folder to make: ${this.config.bin} init <folder> --template <name>`, { exit: 2 })
  }

  #tellNext(folder: string, template: Template): void {
    const path = relative(process.cwd(), folder) || '.'
    this.print(`Made ${path} from the template ${template.name}. Next:\n`)
    for (const line of nextSteps(path, template)) this.print(line)
    this.print(
      '\nREADME.md goes on from there. Running needs no install; `npm install` brings editor types and `npm test`.',
    )
  }

  async #ask(given: GivenAnswers): Promise<ProjectAnswers> {
    const [{ askProject }, { terminalAbilities }] = await Promise.all([
      import('../tui/ask-project.ts'),
      import('../tui/terminal-abilities.ts'),
    ])
    const abilities = terminalAbilities(process.env, process.platform)
    return askProject(given, { input: process.stdin, output: process.stdout, abilities })
  }
}
