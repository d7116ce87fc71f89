// What consume, replay and topics say of a topic is what kcat and Kafka's own tools say. Runs where FLINKTS_KCAT=1 and
// FLINKTS_KAFKA_TOOLS say that they are there.
import { describe, expect, test } from 'vitest'
import { recordValues } from '../../../src/output/record-lines.ts'
import { consumeRecords } from '../../../src/services/consume-records.ts'
import { parseOffsetSpec } from '../../../src/services/offset-spec.ts'
import { newProgress, replayTopic } from '../../../src/services/replay/replay-topic.ts'
import { createTopic } from '../../../src/services/topics/change-topics.ts'
import { describeTopic, withCluster } from '../../../src/services/topics/read-topics.ts'
import { readGroupLags } from '../../../src/services/topics/topic-lags.ts'
import { testBroker } from '../../engine/kafka/broker/raw-client.ts'
import { runClient } from './run-client.ts'

const libs = process.env.FLINKTS_KAFKA_TOOLS ?? ''
const isHere = process.env.FLINKTS_KCAT === '1' && libs !== ''
const notice = (): void => undefined

async function output(command: string, args: readonly string[], input = ''): Promise<string> {
  const run = await runClient(command, args, { input, timeoutMs: 90_000 })
  if (run.code !== 0) throw new Error(`${command} ${args.join(' ')}: ${run.stderr}`)
  return run.stdout
}

const tool = (name: string, ...args: string[]): Promise<string> =>
  output('java', ['-Xmx256m', '-cp', `${libs}/*`, `org.apache.kafka.tools.${name}`, ...args])

const sorted = (text: string): string[] => text.trimEnd().split('\n').sort()

async function consumed(bootstrap: string, topic: string): Promise<string> {
  let text = ''
  const chunks = consumeRecords({
    connection: { bootstrapServers: bootstrap },
    topic,
    from: parseOffsetSpec('earliest'),
    until: parseOffsetSpec('now'),
    signal: AbortSignal.timeout(30_000),
    notice,
  })
  for await (const chunk of chunks) text += recordValues(chunk).toString()
  return text
}

describe.skipIf(!isHere)('beside kcat and the tools of Apache Kafka', { timeout: 200_000 }, () => {
  test('the same records, offsets, times, sizes and lag', async () => {
    const { bootstrap } = await testBroker()
    const connection = { bootstrapServers: bootstrap }
    for (const topic of ['rides', 'copy']) await createTopic(connection, topic, 3)
    const lines = Array.from({ length: 5000 }, (_, n) => `${n % 17}\t{"n":${n}}\n`).join('')
    await output('kcat', ['-b', bootstrap, '-P', '-t', 'rides', '-K', '\t', '-z', 'lz4', '-H', 'origin=kcat'], lines)
    await output('kcat', [
      '-b',
      bootstrap,
      '-G',
      'billing',
      '-c',
      '1234',
      '-q',
      '-X',
      'auto.offset.reset=earliest',
      'rides',
    ])
    const read = (topic: string, format: string): Promise<string> =>
      output('kcat', ['-b', bootstrap, '-C', '-t', topic, '-e', '-q', '-f', format])
    expect(sorted(await consumed(bootstrap, 'rides'))).toEqual(sorted(await read('rides', '%s\n')))

    const [topic, [group]] = await withCluster(connection, async (cluster) => {
      const found = await describeTopic(cluster, 'rides')
      return [found, await readGroupLags(cluster, found, notice)] as const
    })
    const offsets = (column: 'earliestOffset' | 'latestOffset') =>
      topic.partitions.map((each) => `rides:${each.partition}:${each[column]}`)
    const at = (time: string) =>
      tool('GetOffsetShell', '--bootstrap-server', bootstrap, '--topic', 'rides', '--time', time)
    expect(sorted(await at('latest'))).toEqual(offsets('latestOffset'))
    expect(sorted(await at('earliest'))).toEqual(offsets('earliestOffset'))
    const times = (await read('rides', '%p %T\n'))
      .trimEnd()
      .split('\n')
      .map((line) => line.split(' ').map(Number))
    for (const { partition, lastRecordTimeMs } of topic.partitions)
      expect(lastRecordTimeMs).toBe(Math.max(...times.flatMap(([of, time]) => (of === partition ? [time!] : []))))
    const sizes = await tool('LogDirsCommand', '--bootstrap-server', bootstrap, '--describe', '--topic-list', 'rides')
    for (const { partition, sizeBytes } of topic.partitions)
      expect(sizes).toContain(`{"partition":"rides-${partition}","size":${sizeBytes},`)
    const told = await tool(
      'consumer.group.ConsumerGroupCommand',
      '--bootstrap-server',
      bootstrap,
      '--describe',
      '--group',
      'billing',
    )
    const rows = [...told.matchAll(/^billing\s+rides\s+(\d+)\s+(\d+)\s+\d+\s+(\d+)/gm)].map((row) =>
      row.slice(1).map(Number),
    )
    expect(group!.partitions.map(({ partition, offset, lag }) => [partition, offset, lag])).toEqual(
      rows.sort((a, b) => a[0]! - b[0]!),
    )
    expect(rows.length).toBeGreaterThan(0)

    const range = {
      from: parseOffsetSpec('earliest'),
      until: parseOffsetSpec('now'),
      isolationLevel: 'read_committed' as const,
    }
    const options = {
      ...range,
      connection,
      topic: 'rides',
      into: 'copy',
      speed: 'max' as const,
      shiftFields: [],
      notice,
    }
    await replayTopic({ ...options, signal: AbortSignal.timeout(30_000), progress: newProgress() })
    const everything = '%p %o %T %k %h %s\n'
    expect(sorted(await read('copy', everything))).toEqual(sorted(await read('rides', everything)))
  })
})
