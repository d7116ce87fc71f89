import { Args, Flags } from '@oclif/core'
import { renderReplay, renderReplayProgress } from '../output/replay-lines.ts'
import { OFFSET_FORMS, parseOffsetSpec } from '../services/offset-spec.ts'
import { FILTER_DESCRIPTION } from '../services/record-filter.ts'
import { parseSpeed } from '../services/replay/parse-speed.ts'
import { newProgress, replayTopic, type ReplayProgress } from '../services/replay/replay-topic.ts'
import { BaseCommand } from './base-command.ts'

const PROGRESS_MS = 250

export default class Replay extends BaseCommand {
  static override summary = 'Write a range of a topic again, with its original pacing'
  static override description =
    "Keys, values, headers and record times stay as they are, byte for byte, tombstones too; partitions stay where both topics have as many, else the keys choose them. Records of all partitions come in the order of their times, as far apart as they were; --speed max does not wait, and keeps the order of each partition only. The range ends where the topic ends at the start, so that a topic can be replayed into itself. Ctrl-C says how to go on; a Kafka that has gone is waited for five seconds at most then.\n\n--shift-to moves the records' times; a job that takes event time from a field of the value needs --shift-field as well. Times keep their distances at any --speed. Kafka takes times up to an hour ahead of the present."
  static override examples = [
    '<%= config.bin %> replay rides --from -15m --speed 10x',
    '<%= config.bin %> replay rides --from earliest --until 2025-11-01T10:00:00Z --into rides-test --speed max',
    '<%= config.bin %> replay rides --from earliest --shift-to now --shift-field tpep_pickup_datetime',
  ]
  static override args = { topic: Args.string({ description: 'topic to read', required: true }) }
  static override flags = {
    from: Flags.string({ description: OFFSET_FORMS, required: true }),
    until: Flags.string({ description: 'end there, the same forms', default: 'now' }),
    into: Flags.string({ description: 'topic to write to, made like the source if there is none (default: the same)' }),
    speed: Flags.string({ description: '1x, 10x, 0.5x … of the original pacing, or max', default: '1x' }),
    filter: Flags.string({ description: FILTER_DESCRIPTION }),
    'shift-to': Flags.string({ description: 'time of the first record: now, 2025-11-01T10:00:00Z, -2h' }),
    'shift-field': Flags.string({
      description: 'field of JSON values whose time is shifted too, a.b if nested; may be repeated',
      multiple: true,
      dependsOn: ['shift-to'],
    }),
    partition: Flags.integer({ description: 'read this partition only; may be repeated', min: 0, multiple: true }),
    group: Flags.string({ description: 'consumer group whose offsets `committed` means' }),
    isolation: Flags.option({
      description: 'whether records of open and aborted transactions are replayed',
      options: ['read_committed', 'read_uncommitted'] as const,
      default: 'read_committed' as const,
    })(),
  }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Replay)
    const progress = newProgress()
    const range = { from: parseOffsetSpec(flags.from), until: parseOffsetSpec(flags.until), group: flags.group }
    const shiftTo = flags['shift-to'] === undefined ? undefined : parseOffsetSpec(flags['shift-to'])
    const speed = parseSpeed(flags.speed)
    const result = await this.withKafka(async (connection) => {
      const hide = this.#showProgress(progress, flags.json)
      const { signal } = this.stopRequest()
      const notice = (line: string): void => (hide.line(), this.note(line))
      const { filter, into, partition: partitions, isolation: isolationLevel } = flags
      const shiftFields = flags['shift-field'] ?? []
      const options = { ...range, filter, into, partitions, isolationLevel, shiftTo, shiftFields, speed }
      return replayTopic({ ...options, connection, topic: args.topic, signal, notice, progress }).finally(hide.forGood)
    })
    this.print(flags.json ? JSON.stringify(result) : renderReplay(result, flags))
    if (!result.isComplete) process.exitCode = 130
  }

  /** In a terminal, one line on standard error. */
  #showProgress(progress: ReplayProgress, json: boolean): { readonly line: () => void; readonly forGood: () => void } {
    if (json || !process.stderr.isTTY) return { line: () => undefined, forGood: () => undefined }
    const startedAt = performance.now()
    const clear = (): void => void process.stderr.write('\r\u001b[K')
    const timer = setInterval(() => {
      const line = renderReplayProgress(progress, performance.now() - startedAt)
      process.stderr.write(`\r${line.slice(0, process.stderr.columns - 1)}\u001b[K`)
    }, PROGRESS_MS)
    return { line: clear, forGood: () => (clearInterval(timer), clear()) }
  }
}
