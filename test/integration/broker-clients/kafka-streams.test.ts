// Kafka Streams 4.1 counts words exactly once on the broker, killed in the middle again and again. Runs where
// FLINKTS_KAFKA_TOOLS names the folder of Kafka's jars (and a JDK is installed).
import type { ChildProcess } from 'node:child_process'
import { Kafka, logLevel, Partitioners, type Producer } from 'kafkajs'
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import type { BrokerSettings, RunningBroker } from '../../../engine/broker.ts'
import { testBroker } from '../../engine/kafka/broker/raw-client.ts'
import { temporaryDirectory } from '../../engine/kafka/log/log-fixture.ts'
import { compileJava, ended, startJava, type JavaProgram } from './java-program.ts'

const libs = process.env.FLINKTS_KAFKA_TOOLS ?? ''
const rounds = Number(process.env.ROUNDS ?? 5)
const words = ['ride', 'taxi', 'fare', 'stop', 'zone', 'trip', 'late']
const linesPerRound = 600
const timeoutMs = 60_000 + rounds * 30_000

async function startedBroker(settings: Partial<BrokerSettings> = {}): Promise<RunningBroker> {
  const topics = [
    { name: 'lines', partitions: 4 },
    { name: 'counts', partitions: 2 },
  ]
  // A killed client resets its connections.
  return testBroker({ topics, settings, log: () => {} })
}

/** Lines of three words each; what they make in all is known beforehand. */
class Lines {
  readonly expected = new Map<string, number>()
  private readonly producer: Producer
  private sent = 0

  constructor(producer: Producer) {
    this.producer = producer
  }

  get words(): number {
    return 3 * this.sent
  }

  async send(count: number): Promise<void> {
    const messages = Array.from({ length: count }, () => {
      const at = this.sent++
      const line = [words[at % 7]!, words[(at * 3 + 1) % 7]!, words[(at >> 3) % 7]!]
      for (const word of line) this.expected.set(word, (this.expected.get(word) ?? 0) + 1)
      return { key: `${at}`, value: line.join(' ') }
    })
    await this.producer.send({ topic: 'lines', messages })
  }
}

/** What a reader of committed records sees: each word's counts in their order. */
class Counts {
  readonly byWord = new Map<string, number[]>()
  private ends = 0
  private seen = 0
  private readonly waiting: { readonly holds: () => boolean; readonly tell: () => void }[] = []

  add(word: string, count: string): void {
    if (word === '') {
      this.ends++
    } else {
      const counts = this.byWord.get(word)
      if (counts === undefined) this.byWord.set(word, [Number(count)])
      else counts.push(Number(count))
      this.seen++
    }
    for (const { holds, tell } of this.waiting) if (holds()) tell()
  }

  async until(what: string, holds: (seen: number, ends: number) => boolean): Promise<void> {
    const nowHolds = (): boolean => holds(this.seen, this.ends)
    if (nowHolds()) return
    await new Promise<void>((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(`waited in vain: ${what}; ${this.seen} counts seen`)), 40_000)
      const tell = (): void => {
        clearTimeout(late)
        resolve()
      }
      this.waiting.push({ holds: nowHolds, tell })
    })
  }
}

class WordCount {
  readonly lines: Lines
  readonly counts = new Counts()
  private readonly producer: Producer
  private readonly bootstrap: string
  private readonly settings: readonly string[]
  private running: ChildProcess | undefined
  private said: string[] = []

  private constructor(bootstrap: string, producer: Producer, settings: readonly string[]) {
    this.bootstrap = bootstrap
    this.producer = producer
    this.lines = new Lines(producer)
    this.settings = settings
  }

  static async prepare(broker: RunningBroker, settings: readonly string[]): Promise<WordCount> {
    const kafka = new Kafka({ brokers: [broker.bootstrap], logLevel: logLevel.NOTHING })
    const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner })
    await producer.connect()
    onTestFinished(() => producer.disconnect())
    const count = new WordCount(broker.bootstrap, producer, settings)
    const consumer = kafka.consumer({ groupId: 'reader', maxWaitTimeInMs: 100 })
    await consumer.connect()
    onTestFinished(() => consumer.disconnect())
    await consumer.subscribe({ topic: 'counts', fromBeginning: true })
    await consumer.run({
      eachMessage: async ({ message }) => count.counts.add(message.key!.toString(), message.value!.toString()),
    })
    return count
  }

  start(stateDirectory: string): void {
    this.said = []
    const args = [this.bootstrap, stateDirectory, ...this.settings]
    const running = startJava(program!, 'StreamsWordCount', args, (line) => this.said.push(line))
    onTestFinished(() => void running.kill('SIGKILL'))
    this.running = running
  }

  /** Feeds lines while the program runs, and kills it once some of what they make is committed, but hardly all. */
  async feedAndKill(): Promise<void> {
    const before = this.lines.words
    for (let i = 0; i < 6; i++) {
      await this.lines.send(linesPerRound / 6)
      await this.counts.until(`a start, after ${this.said.join(', ')}`, (seen) => seen > before)
    }
    this.running!.kill('SIGKILL')
    await ended(this.running!)
  }

  /** Everything that was fed is counted; nothing comes after it. */
  async finish(): Promise<void> {
    await this.counts.until(`all counts, after ${this.said.join(', ')}`, (seen) => seen >= this.lines.words)
    this.running!.kill('SIGTERM')
    await ended(this.running!)
    const messages = [0, 1].map((partition) => ({ partition, key: '', value: '' }))
    await this.producer.send({ topic: 'counts', messages })
    await this.counts.until('the ends', (_, ends) => ends === 2)
  }
}

let program: JavaProgram | undefined

describe.skipIf(libs === '')('Kafka Streams, exactly_once_v2', { timeout: timeoutMs }, () => {
  beforeEach(() => {
    program = compileJava(libs, ['StreamsWordCount.java'], temporaryDirectory())
  })

  /** Each count of each word appears once and in order: none left out, none doubled. */
  function expectExact({ lines, counts }: WordCount): void {
    const last = new Map([...counts.byWord].map(([word, numbers]) => [word, numbers.length]))
    expect(last).toEqual(lines.expected)
    for (const numbers of counts.byWord.values()) expect(numbers).toEqual(numbers.map((_, i) => i + 1))
  }

  test(`counts words, killed ${rounds} times; its state comes from the changelog at last`, async () => {
    const count = await WordCount.prepare(await startedBroker({ transactionAbortIntervalMs: 1000 }), [
      'group.instance.id=one',
      'producer.transaction.timeout.ms=5000',
    ])
    const state = temporaryDirectory()
    for (let round = 0; round < rounds; round++) {
      count.start(state)
      await count.feedAndKill()
    }
    // With an empty folder it is another producer too: what the killed one left open ends by its time-out.
    count.start(temporaryDirectory())
    await count.lines.send(linesPerRound)
    await count.finish()
    expectExact(count)
  })

  test('a killed member without a name is missed, and its successor counts on', async () => {
    const count = await WordCount.prepare(await startedBroker(), ['session.timeout.ms=6000'])
    const state = temporaryDirectory()
    count.start(state)
    await count.feedAndKill()
    count.start(state)
    await count.lines.send(linesPerRound)
    await count.finish()
    expectExact(count)
  })

  test('the streams protocol (KIP-1071) is refused as by a Kafka that has it turned off', async () => {
    const { bootstrap } = await startedBroker()
    const said: string[] = []
    const args = [bootstrap, temporaryDirectory(), 'group.protocol=streams']
    const refused = startJava(program!, 'StreamsWordCount', args, (line) => said.push(line))
    onTestFinished(() => void refused.kill('SIGKILL'))
    await ended(refused)
    expect(said.join('\n')).toContain(
      'UnsupportedVersionException The cluster does not support the STREAMS group protocol',
    )
    expect(said).toContain('state PENDING_ERROR')
  })
})
