import { renderTopics, topicToJson } from '../../output/topic-lines.ts'
import { listTopics } from '../../services/topics/read-topics.ts'
import { BaseCommand } from '../base-command.ts'

export default class TopicsList extends BaseCommand {
  static override summary = "Show the topics of the project's Kafka"
  static override description =
    'Records are counted by their offsets: what compaction took, and the marks of transactions, count too.'
  static override examples = ['<%= config.bin %> topics list', '<%= config.bin %> topics list --json']

  async run(): Promise<void> {
    const { flags } = await this.parse(TopicsList)
    const topics = await this.withKafka(listTopics)
    if (flags.json) for (const topic of topics) this.print(topicToJson(topic))
    else this.print(renderTopics(topics))
  }
}
