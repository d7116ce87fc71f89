import { Args } from '@oclif/core'
import { renderTable } from '../../output/text-table.ts'
import { describeTopic } from '../../services/kafka-admin.ts'
import { BaseCommand } from '../base-command.ts'

export default class TopicsDescribe extends BaseCommand {
  static override summary = 'Show the offsets of a topic and the configurations that were set for it'
  static override examples = ['<%= config.bin %> topics describe rides']
  static override args = { topic: Args.string({ description: 'name', required: true }) }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(TopicsDescribe)
    const { name, partitions, configs } = await this.withKafka((connection) => describeTopic(connection, args.topic))
    const rows = partitions.map(({ partition, earliestOffset, latestOffset }) => ({
      partition,
      earliestOffset: Number(earliestOffset),
      latestOffset: Number(latestOffset),
    }))
    if (flags.json) return this.print(JSON.stringify({ name, partitions: rows, configs }))
    this.print(
      renderTable(
        ['partition', 'earliest', 'latest'].map((column) => ({ name: column, align: 'right' })),
        rows.map((row) => [String(row.partition), String(row.earliestOffset), String(row.latestOffset)]),
      ),
    )
    for (const [key, value] of Object.entries(configs)) this.print(`${key}=${value}`)
  }
}
