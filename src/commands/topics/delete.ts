import { Args } from '@oclif/core'
import { deleteTopic } from '../../services/kafka-admin.ts'
import { BaseCommand } from '../base-command.ts'

export default class TopicsDelete extends BaseCommand {
  static override summary = 'Delete a topic with its records'
  static override examples = ['<%= config.bin %> topics delete rides']
  static override args = { topic: Args.string({ description: 'name', required: true }) }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(TopicsDelete)
    await this.withKafka((connection) => deleteTopic(connection, args.topic))
    this.print(flags.json ? JSON.stringify({ topic: args.topic, deleted: true }) : `Deleted topic ${args.topic}.`)
  }
}
