import { once } from 'node:events'
import { Args, Flags } from '@oclif/core'
import { RecordTable, recordToJson, recordValues, shownValues } from '../output/record-lines.ts'
import { consumeRecords, type ConsumedRecord } from '../services/consume-records.ts'
import { OFFSET_FORMS, parseOffsetSpec } from '../services/offset-spec.ts'
import { FILTER_DESCRIPTION } from '../services/record-filter.ts'
import { BaseCommand } from './base-command.ts'

export default class Consume extends BaseCommand {
  static override summary = 'Print records of a topic'
  static override description =
    "In a terminal a table with a column for each field of JSON values; else each record's value on a line of its own, byte for byte. --json prints partition, offset, timestamp, key, value and headers. Goes on until Ctrl-C unless --until or --count ends it. Reads what is committed, as Kafka's C clients do: records of aborted transactions are left out, those of open ones waited for."
  static override examples = [
    '<%= config.bin %> consume rides --from earliest --count 5',
    '<%= config.bin %> consume rides --from -15m --until now --partition 0',
    "<%= config.bin %> consume rides --from 2025-11-01T10:00:00Z --filter 'total_amount > 10 AND PULocationID = 132' --json",
  ]
  static override args = { topic: Args.string({ description: 'topic to read', required: true }) }
  static override flags = {
    from: Flags.string({ description: `${OFFSET_FORMS} (default: latest; earliest where --until is given)` }),
    until: Flags.string({ description: 'end there, the same forms; resolved once, at the start' }),
    count: Flags.integer({ description: 'stop after so many records', min: 1 }),
    partition: Flags.integer({ description: 'read this partition only; may be repeated', min: 0, multiple: true }),
    key: Flags.string({ description: 'only records with this key' }),
    filter: Flags.string({ description: FILTER_DESCRIPTION }),
    group: Flags.string({ description: 'consumer group whose offsets `committed` means' }),
    isolation: Flags.option({
      description: 'whether records of open and aborted transactions are read',
      options: ['read_committed', 'read_uncommitted'] as const,
      default: 'read_committed' as const,
    })(),
    'values-only': Flags.boolean({ description: 'no table, also in a terminal', exclusive: ['json'] }),
  }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Consume)
    const from = parseOffsetSpec(flags.from ?? (flags.until === undefined ? 'latest' : 'earliest'))
    const until = flags.until === undefined ? undefined : parseOffsetSpec(flags.until)
    const render = presenter(flags.json, flags['values-only'])
    await this.withKafka(async (connection) => {
      const records = consumeRecords({
        connection,
        topic: args.topic,
        from,
        until,
        group: flags.group,
        partitions: flags.partition,
        key: flags.key,
        filter: flags.filter,
        count: flags.count,
        isolationLevel: flags.isolation,
        signal: this.stopRequest().signal,
        notice: (line) => this.note(line),
      })
      for await (const chunk of records) if (!process.stdout.write(render(chunk))) await once(process.stdout, 'drain')
    })
  }
}

function presenter(json: boolean, valuesOnly: boolean): (records: readonly ConsumedRecord[]) => string | Buffer {
  if (json) return (records) => records.map((record) => `${recordToJson(record)}\n`).join('')
  if (!process.stdout.isTTY) return recordValues
  if (valuesOnly) return shownValues
  const table = new RecordTable(process.stdout.columns)
  return (records) =>
    table
      .add(records)
      .map((line) => `${line}\n`)
      .join('')
}
