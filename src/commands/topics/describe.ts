import { Args } from '@oclif/core'
import { renderTopic, topicToJson } from '../../output/topic-lines.ts'
import { describeWithReaders } from '../../services/topics/describe-topic.ts'
import { BaseCommand } from '../base-command.ts'

export default class TopicsDescribe extends BaseCommand {
  static override summary = 'Show offsets, times and sizes of a topic, what was configured for it, and who reads it'
  static override description =
    'Readers are the consumer groups that committed offsets of the topic, and the jobs of the project that read it: where they are, or, where they do not run, where their next run goes on. The lag is in records.'
  static override examples = [
    '<%= config.bin %> topics describe rides',
    '<%= config.bin %> topics describe rides --json',
  ]
  static override args = { topic: Args.string({ description: 'name', required: true }) }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(TopicsDescribe)
    const project = await this.project()
    const topic = await this.withKafka((connection) =>
      describeWithReaders(connection, args.topic, project, (line) => this.note(line)),
    )
    this.print(flags.json ? topicToJson(topic) : renderTopic(topic))
  }
}
