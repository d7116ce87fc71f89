import { Args, Flags } from '@oclif/core'
import { createTopic } from '../../services/kafka-admin.ts'
import { BaseCommand } from '../base-command.ts'

export default class TopicsCreate extends BaseCommand {
  static override summary = 'Make a topic'
  static override examples = ['<%= config.bin %> topics create rides --partitions 2']
  static override args = { topic: Args.string({ description: 'name', required: true }) }
  static override flags = { partitions: Flags.integer({ description: 'number of partitions', default: 1, min: 1 }) }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(TopicsCreate)
    const created = await this.withService('kafka', (bootstrap) => createTopic(bootstrap, args.topic, flags.partitions))
    if (flags.json) this.print(JSON.stringify({ topic: args.topic, created }))
    else this.print(created ? `Made topic ${args.topic}.` : `Topic ${args.topic} exists already.`)
  }
}
