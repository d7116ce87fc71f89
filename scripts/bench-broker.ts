// Guards: what the README says of the broker. Our broker and Apache Kafka in turns, measured by Kafka's own tools, in one
// run. The middle of several rounds counts; the machine must be quiet.
//
//   FLINKTS_KAFKA_TOOLS=<folder of Kafka's jars> npm run bench:broker
//   … npm run bench:broker -- --rounds 1 --only produce,consume
import { parseArgs } from 'node:util'
import { formatBytes, formatCount } from '../src/output/quantities.ts'
import { renderTable } from '../src/output/text-table.ts'
import { startKafka, startOurs, type MeasuredBroker, type StartBroker } from './bench/brokers.ts'
import { consumePerSecond, endToEndLatency, producePerSecond, transactionsPerSecond } from './bench/kafka-tools.ts'
import type { Acks } from './bench/kafka-tools.ts'

const { values: options } = parseArgs({
  options: { rounds: { type: 'string', default: '3' }, only: { type: 'string' } },
})
const rounds = Number(options.rounds)
const wanted = (part: string): boolean => options.only === undefined || options.only.split(',').includes(part)
const IDLE_MS = 5_000
const IN_A_TOPIC = { 100: 2_000_000, 1024: 500_000 } as const

const starts: readonly StartBroker[] = [startOurs, startKafka]
type Values = [ours: number[], kafka: number[]]

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor((values.length - 1) / 2)]!

/** One line of the table; `share` says how many times ours is Kafka's, so that more is better. */
function line(what: string, values: Values, text: (value: number) => string, smallerIsBetter = false): string[] {
  const [ours, kafka] = values.map(median) as [number, number]
  return [what, text(ours), text(kafka), `${(smallerIsBetter ? kafka / ours : ours / kafka).toFixed(2)} x`]
}

async function inTurns(
  brokers: readonly MeasuredBroker[],
  measure: (broker: MeasuredBroker) => Promise<number>,
  times = rounds,
): Promise<Values> {
  const values: Values = [[], []]
  for (let round = 0; round < times; round++) {
    // Whoever goes second finds a warmer machine: each goes first in every other round.
    for (const which of round % 2 === 0 ? [0, 1] : [1, 0]) values[which]!.push(await measure(brokers[which]!))
  }
  return values
}

async function measureStarts(): Promise<string[][]> {
  const [toAnswer, resident]: [Values, Values] = [
    [[], []],
    [[], []],
  ]
  for (let round = 0; round < rounds; round++) {
    for (const [which, start] of starts.entries()) {
      const broker = await start()
      toAnswer[which]!.push(broker.startMs)
      await new Promise((resolve) => setTimeout(resolve, IDLE_MS))
      resident[which]!.push(broker.rssBytes())
      await broker.stop()
    }
  }
  return [
    line('start to the first answer', toAnswer, (ms) => `${Math.round(ms)} ms`, true),
    line('resident memory, idle', resident, formatBytes, true),
  ]
}

async function measureLoad(brokers: readonly MeasuredBroker[]): Promise<string[][]> {
  const rows: string[][] = []
  const perSecond = (value: number): string => `${formatCount(value)}/s`
  for (const recordBytes of [100, 1024] as const) {
    const records = IN_A_TOPIC[recordBytes]
    const topic = (acks: Acks): string => `records-${recordBytes}-${acks}`
    for (const acks of wanted('produce') ? (['1', 'all'] as const) : (['1'] as const)) {
      const work = { topic: topic(acks), records, recordBytes, acks }
      const values = await inTurns(brokers, ({ bootstrap }) => producePerSecond(bootstrap, work))
      rows.push(line(`produce ${recordBytes} bytes, acks=${acks}`, values, perSecond))
    }
    if (!wanted('consume')) continue
    const written = records * rounds
    const values = await inTurns(brokers, ({ bootstrap }) => consumePerSecond(bootstrap, topic('1'), written))
    rows.push(line(`consume ${recordBytes} bytes`, values, perSecond))
  }
  return rows
}

async function measureLatencies(brokers: readonly MeasuredBroker[]): Promise<string[][]> {
  const p50: Values = [[], []]
  const measure = async (broker: MeasuredBroker): Promise<number> => {
    const latency = await endToEndLatency(broker.bootstrap, 'latency', 10_000)
    p50[brokers.indexOf(broker)]!.push(latency.p50Ms)
    return latency.p99Ms
  }
  // One record in a hundred meets whatever else the machine does: single runs differ by half.
  const p99 = await inTurns(brokers, measure, 3 * rounds)
  const milliseconds = (ms: number): string => `${ms.toFixed(2)} ms`
  return [
    line('produce to consume, p50', p50, milliseconds, true),
    line('produce to consume, p99', p99, milliseconds, true),
  ]
}

if (process.env['FLINKTS_KAFKA_TOOLS'] === undefined) {
  console.error("FLINKTS_KAFKA_TOOLS is not set: it names the folder of Apache Kafka's jars (.ci/run installs them).")
  process.exit(2)
}
const rows: string[][] = []
if (wanted('start')) rows.push(...(await measureStarts()))
const brokers: MeasuredBroker[] = []
try {
  for (const start of starts) brokers.push(await start())
  if (wanted('produce') || wanted('consume')) rows.push(...(await measureLoad(brokers)))
  if (wanted('latency')) rows.push(...(await measureLatencies(brokers)))
  if (wanted('transactions')) {
    const values = await inTurns(brokers, ({ bootstrap }) => transactionsPerSecond(bootstrap, 'transactions', 2_000))
    rows.push(line('transactions of 10 records', values, (value) => `${Math.round(value)}/s`))
  }
} finally {
  await Promise.all(brokers.map((broker) => broker.stop()))
}
const right = (name: string) => ({ name, align: 'right' as const })
console.log(renderTable([{ name: '' }, right('flinkts'), right('Kafka'), right('')], rows))
