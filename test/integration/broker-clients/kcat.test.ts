// kcat (librdkafka) against the broker. Runs where FLINKTS_KCAT=1 says that kcat is installed.
import { describe, expect, test } from 'vitest'
import { RawClient, testBroker } from '../../engine/kafka/broker/raw-client.ts'
import { runClient } from './run-client.ts'

const lines = (count: number): string => Array.from({ length: count }, (_, i) => `${i}\n`).join('')

async function kcat(args: string[], input?: string): Promise<string> {
  const run = await runClient('kcat', args, { timeoutMs: 30_000, ...(input === undefined ? {} : { input }) })
  if (run.code !== 0) throw new Error(`kcat ${args.join(' ')}: ${run.stderr}`)
  return run.stdout
}

describe.skipIf(process.env.FLINKTS_KCAT !== '1')('kcat', () => {
  test.each(['none', 'gzip', 'snappy', 'lz4', 'zstd'])('produce_consume_%s', async (codec) => {
    const { bootstrap } = await testBroker()
    await kcat(['-b', bootstrap, '-P', '-t', 't', '-z', codec], lines(2000))
    expect(await kcat(['-b', bootstrap, '-C', '-t', 't', '-e', '-q'])).toBe(lines(2000))
  })

  test.each(['0', '1', '-1'])('acks %s', async (acks) => {
    const { bootstrap } = await testBroker()
    await kcat(['-b', bootstrap, '-P', '-t', 't', '-X', `topic.acks=${acks}`], lines(100))
    expect(await kcat(['-b', bootstrap, '-C', '-t', 't', '-e', '-q'])).toBe(lines(100))
  })

  test('idempotent_5000, offset_tail, offset_absolute, query_beginning_end, list_metadata', async () => {
    const { bootstrap } = await testBroker()
    await kcat(['-b', bootstrap, '-P', '-t', 't', '-X', 'enable.idempotence=true'], lines(5000))
    expect(await kcat(['-b', bootstrap, '-C', '-t', 't', '-o', '-2', '-e', '-q'])).toBe('4998\n4999\n')
    expect(await kcat(['-b', bootstrap, '-C', '-t', 't', '-o', '10', '-c', '1', '-q'])).toBe('10\n')
    expect(await kcat(['-b', bootstrap, '-Q', '-t', 't:0:-1'])).toContain('offset 5000')
    expect(await kcat(['-b', bootstrap, '-Q', '-t', 't:0:-2'])).toContain('offset 0')
    expect(await kcat(['-b', bootstrap, '-L'])).toContain('topic "t" with 1 partitions')
  })

  test('keys_headers_nulls, large_900k', async () => {
    const { bootstrap } = await testBroker()
    await kcat(['-b', bootstrap, '-P', '-t', 't', '-K', ':', '-H', 'h=1', '-Z'], 'k:v\nn:\n')
    const read = await kcat(['-b', bootstrap, '-C', '-t', 't', '-e', '-q', '-f', '%k %S %h\n'])
    expect(read).toBe('k 1 h=1\nn -1 h=1\n')
    await kcat(['-b', bootstrap, '-P', '-t', 'large', '-D', '|'], 'x'.repeat(900_000))
    expect(await kcat(['-b', bootstrap, '-C', '-t', 'large', '-e', '-q', '-f', '%S\n'])).toBe('900000\n')
  })

  test('query_offset_for_timestamp, start_at_timestamp', async () => {
    const broker = await testBroker()
    const client = await RawClient.connect(broker)
    await client.createTopic('t')
    const at = Date.now() - 100_000
    await client.produceRecords(
      't',
      [0, 1, 2, 3].map((i) => ({ value: `v${i}`, timestamp: at + i * 1000 })),
    )
    expect(await kcat(['-b', broker.bootstrap, '-Q', '-t', `t:0:${at + 1001}`])).toContain('offset 2')
    const from = await kcat(['-b', broker.bootstrap, '-C', '-t', 't', '-o', `s@${at + 2000}`, '-e', '-q'])
    expect(from).toBe('v2\nv3\n')
  })

  test('balanced_consumer_resumes', async () => {
    const { bootstrap } = await testBroker()
    await kcat(['-b', bootstrap, '-P', '-t', 't'], lines(10))
    const group = ['-b', bootstrap, '-G', 'g', '-q', '-X', 'auto.offset.reset=earliest']
    expect(await kcat([...group, '-c', '4', 't'])).toBe('0\n1\n2\n3\n')
    expect(await kcat([...group, '-c', '6', 't'])).toBe('4\n5\n6\n7\n8\n9\n')
  })

  test('unknown_topic_no_autocreate', async () => {
    const { bootstrap } = await testBroker({ settings: { autoCreateTopics: false } })
    const run = await runClient(
      'kcat',
      ['-b', bootstrap, '-P', '-t', 'no', '-X', 'topic.metadata.propagation.max.ms=500'],
      {
        input: 'x\n',
      },
    )
    expect(run.code).not.toBe(0)
    expect(run.stderr).toContain('Unknown topic')
  })
})
