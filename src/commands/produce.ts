import { Args, Flags } from '@oclif/core'
import { formatCount, formatDuration } from '../output/quantities.ts'
import { produceEvents } from '../services/produce-events.ts'
import { BaseCommand } from './base-command.ts'

export default class Produce extends BaseCommand {
  static override summary = 'Write events to a topic: from a file or a generator'
  static override description =
    'Files: CSV with a header (cells spelt like numbers become numbers) or JSON lines. Everything is acknowledged when the command ends; Ctrl-C ends a generator.'
  static override examples = [
    '<%= config.bin %> produce rides --file data/trips.csv',
    '<%= config.bin %> produce rides --generator rides --rate 1000',
  ]
  static override args = { topic: Args.string({ description: 'topic to write to', required: true }) }
  static override flags = {
    file: Flags.string({ description: 'CSV or JSON-lines file', exactlyOne: ['file', 'generator'] }),
    generator: Flags.string({ description: 'name of an event generator' }),
    key: Flags.string({
      description: "field whose value becomes the record's key (default: the topic's key in flinkts.yaml)",
    }),
    rate: Flags.integer({ description: 'records per second (default: no limit)', min: 1 }),
    count: Flags.integer({ description: 'stop a generator after so many records', min: 1 }),
    seed: Flags.integer({ description: 'seed of the generator', default: 42 }),
  }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Produce)
    const keyField = flags.key ?? (await this.project()).config.topics[args.topic]?.key
    const result = await this.withKafka((connection) =>
      produceEvents({
        signal: this.stopRequest().signal,
        connection,
        topic: args.topic,
        from:
          flags.file === undefined
            ? { kind: 'generator', name: flags.generator!, seed: flags.seed, count: flags.count }
            : { kind: 'file', path: flags.file },
        keyField: flags.file === undefined ? flags.key : keyField,
        ratePerSecond: flags.rate,
      }),
    )
    if (flags.json) this.print(JSON.stringify({ topic: args.topic, ...result }))
    else {
      const rate = formatCount(result.records / Math.max(result.durationMs / 1000, 0.001))
      this.print(
        `Wrote ${result.records} records to ${args.topic} in ${formatDuration(result.durationMs)} (${rate}/s).`,
      )
    }
  }
}
