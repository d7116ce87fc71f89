import { Args, Flags } from '@oclif/core'
import { createTopic, topicConfigsOf } from '../../services/topics/change-topics.ts'
import { BaseCommand } from '../base-command.ts'

export default class TopicsCreate extends BaseCommand {
  static override summary = 'Make a topic'
  static override examples = [
    '<%= config.bin %> topics create rides --partitions 2',
    '<%= config.bin %> topics create zones --config cleanup.policy=compact --config min.cleanable.dirty.ratio=0.1',
  ]
  static override args = { topic: Args.string({ description: 'name', required: true }) }
  static override flags = {
    partitions: Flags.integer({ description: 'number of partitions', default: 1, min: 1 }),
    config: Flags.string({ description: "one of Kafka's topic configurations, name=value", multiple: true }),
    'if-not-exists': Flags.boolean({ description: 'leave a topic of that name as it is' }),
  }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(TopicsCreate)
    const configs = topicConfigsOf(flags.config ?? [])
    const created = await this.withKafka((connection) =>
      createTopic(connection, args.topic, flags.partitions, { configs, ifNotExists: flags['if-not-exists'] }),
    )
    if (flags.json) this.print(JSON.stringify({ topic: args.topic, created }))
    else this.print(created ? `Made topic ${args.topic}.` : `Topic ${args.topic} exists already.`)
  }
}
