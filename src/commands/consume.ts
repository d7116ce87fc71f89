import { Args, Flags } from '@oclif/core'
import { consumeRecords, type ConsumeOptions } from '../services/consume-records.ts'
import { BaseCommand } from './base-command.ts'

export default class Consume extends BaseCommand {
  static override summary = 'Print records of a topic'
  static override description = "Prints each record's value; --json prints partition, offset, timestamp, key and value."
  static override examples = [
    '<%= config.bin %> consume rides --from earliest --count 5',
    '<%= config.bin %> consume rides --from 2025-11-01T10:00:00Z --json',
  ]
  static override args = { topic: Args.string({ description: 'topic to read', required: true }) }
  static override flags = {
    from: Flags.custom<ConsumeOptions['from']>({
      description: 'earliest, latest, or a time (ISO 8601)',
      default: 'latest',
      parse: async (input) => {
        if (input === 'earliest' || input === 'latest') return input
        const at = Date.parse(input)
        if (Number.isNaN(at))
          throw new Error(`--from ${input}: write earliest, latest or a time such as 2025-11-01T10:00:00Z`)
        return at
      },
    })(),
    count: Flags.integer({ description: 'stop after so many records (default: go on until Ctrl-C)', min: 1 }),
  }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Consume)
    await this.withKafka(async (connection) => {
      const signal = this.stopRequest().signal
      const records = consumeRecords({ connection, topic: args.topic, from: flags.from, count: flags.count, signal })
      for await (const record of records) this.print(flags.json ? JSON.stringify(record) : (record.value ?? 'null'))
    })
  }
}
