import { Args } from '@oclif/core'
import { renderProduceProgress, renderProduceResult } from '../output/produce-report.ts'
import { produceEvents } from '../services/produce-events.ts'
import { planProduce } from '../services/produce/plan-produce.ts'
import { openStatusLine } from '../tui/status-line.ts'
import { BaseCommand } from './base-command.ts'
import { produceFlags } from './produce-flags.ts'

export default class Produce extends BaseCommand {
  static override summary = 'Write events to a topic: generated, or from a file or another topic'
  static override description = `Generators: rides, clickstream, orders, payments (of the orders), sensors; --schema makes events of any schema or table of the project. A topic named like a generator needs no --generator. Without --count they run at 1,000 records per second until Ctrl-C.

The same seed and options give the same bytes. With --seed event time begins at 2025-11-01T00:00:00Z unless --start says otherwise; without it, at the present, and the summary prints what repeats the run.

Files: CSV with a header (cells spelt like numbers become numbers) or JSON lines. Everything is acknowledged when the command ends, each record once; where Kafka does not answer within 5 s of Ctrl-C, what is not acknowledged is counted and the exit code is 130.`
  static override examples = [
    '<%= config.bin %> produce rides --file data/trips.csv --time-column tpep_pickup_datetime --speed 60x',
    '<%= config.bin %> produce rides --rate 1000 --out-of-order 5s --late 2%:30s..5m',
    '<%= config.bin %> produce orders --seed 7 --count 100000 && <%= config.bin %> produce payments --seed 7 --count 100000',
    '<%= config.bin %> produce rides --count 1000 --bad 1% --set total_amount=0 --idle-partition 2',
    '<%= config.bin %> produce users --schema jobs/schemas.ts#User --key user_id --skew zipf:1.2',
    '<%= config.bin %> produce copy --from-topic rides --from -15m --speed 10x',
    '<%= config.bin %> produce users --tombstone 42',
  ]
  static override args = { topic: Args.string({ description: 'topic to write to', required: true }) }
  static override flags = produceFlags

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Produce)
    const { topic } = args
    const project = await this.project()
    const { repeat, ...plan } = await planProduce(flags, { topic, topicKey: project.config.topics[topic]?.key })
    const status = openStatusLine(process.stderr)
    const { show } = status
    const result = await this.withKafka((connection) =>
      produceEvents({
        ...plan,
        connection,
        signal: this.stopRequest().signal,
        notice: (line) => status.note(line),
        ...(show === undefined || flags.json
          ? {}
          : { progress: (progress) => show((columns) => renderProduceProgress(topic, progress, columns)) }),
      }),
    ).finally(() => status.close())
    if (flags.json) this.print(JSON.stringify({ topic, ...repeat, ...result }))
    else this.print(renderProduceResult(topic, result, repeat))
    for (const line of result.notices) this.note(`note: ${line}`)
  }
}
