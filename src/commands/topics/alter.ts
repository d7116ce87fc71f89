import { Args, Flags } from '@oclif/core'
import { alterTopic, topicConfigsOf } from '../../services/topics/change-topics.ts'
import { BaseCommand } from '../base-command.ts'

export default class TopicsAlter extends BaseCommand {
  static override summary = 'Add partitions to a topic, set and remove its configurations'
  static override description =
    'With more partitions, keys go to other partitions than before: a job that counts on the order of a key sees old and new records of it out of order.'
  static override examples = [
    '<%= config.bin %> topics alter rides --partitions 4',
    '<%= config.bin %> topics alter rides --config retention.ms=3600000 --remove-config cleanup.policy',
  ]
  static override args = { topic: Args.string({ description: 'name', required: true }) }
  static override flags = {
    partitions: Flags.integer({
      description: 'how many there shall be',
      min: 1,
      atLeastOne: ['partitions', 'config', 'remove-config'],
    }),
    config: Flags.string({ description: "one of Kafka's topic configurations, name=value", multiple: true }),
    'remove-config': Flags.string({ description: "back to the broker's default", multiple: true }),
  }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(TopicsAlter)
    const set = topicConfigsOf(flags.config ?? [])
    const change = { partitions: flags.partitions, set, remove: flags['remove-config'] ?? [] }
    await this.withKafka((connection) => alterTopic(connection, args.topic, change))
    this.print(flags.json ? JSON.stringify({ topic: args.topic, altered: true }) : `Altered topic ${args.topic}.`)
  }
}
