import { createInterface } from 'node:readline/promises'
import { Args, Flags } from '@oclif/core'
import { deleteTopic } from '../../services/topics/change-topics.ts'
import { BaseCommand } from '../base-command.ts'

export default class TopicsDelete extends BaseCommand {
  static override summary = 'Delete a topic with its records'
  static override description = 'Asks first in a terminal.'
  static override examples = ['<%= config.bin %> topics delete rides', '<%= config.bin %> topics delete rides --yes']
  static override args = { topic: Args.string({ description: 'name', required: true }) }
  static override flags = { yes: Flags.boolean({ char: 'y', description: 'do not ask' }) }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(TopicsDelete)
    if (!flags.yes && !flags.json && !(await this.#confirmed(args.topic))) {
      this.note('Nothing was deleted.')
      process.exitCode = 1
      return
    }
    await this.withKafka((connection) => deleteTopic(connection, args.topic))
    this.print(flags.json ? JSON.stringify({ topic: args.topic, deleted: true }) : `Deleted topic ${args.topic}.`)
  }

  /** With no terminal there is nobody to ask. */
  async #confirmed(topic: string): Promise<boolean> {
    if (!process.stdin.isTTY || !this.hasScreen) return true
    const terminal = createInterface({ input: process.stdin, output: process.stderr })
    try {
      return /^y(es)?$/i.test((await terminal.question(`Delete topic ${topic} with all its records? (y/N) `)).trim())
    } finally {
      terminal.close()
    }
  }
}
