import { renderTable } from '../../output/text-table.ts'
import { listTopics } from '../../services/kafka-admin.ts'
import { BaseCommand } from '../base-command.ts'

export default class TopicsList extends BaseCommand {
  static override summary = "Show the topics of the project's Kafka"
  static override examples = ['<%= config.bin %> topics list']

  async run(): Promise<void> {
    const { flags } = await this.parse(TopicsList)
    const topics = await this.withKafka(listTopics)
    if (flags.json) {
      for (const topic of topics) {
        const partitions = topic.partitions.map((entry) => ({
          partition: entry.partition,
          earliestOffset: Number(entry.earliestOffset),
          latestOffset: Number(entry.latestOffset),
        }))
        this.print(JSON.stringify({ name: topic.name, partitions, configs: topic.configs }))
      }
    } else if (topics.length === 0) this.print('No topics yet.')
    else {
      const rows = topics.map((topic) => [
        topic.name,
        String(topic.partitions.length),
        String(topic.partitions.reduce((sum, entry) => sum + entry.latestOffset - entry.earliestOffset, 0n)),
        Object.entries(topic.configs)
          .map(([name, value]) => `${name}=${value}`)
          .join(' '),
      ])
      this.print(
        renderTable(
          [
            { name: 'topic' },
            { name: 'partitions', align: 'right' },
            { name: 'records', align: 'right' },
            { name: 'configs' },
          ],
          rows,
        ),
      )
    }
  }
}
