// Apache Kafka's own command-line tools against the broker. Runs where FLINKTS_KAFKA_TOOLS names the folder of Kafka's
// jars (and java is installed).
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { RawClient, testBroker } from '../../engine/kafka/broker/raw-client.ts'
import { temporaryDirectory } from '../../engine/kafka/log/log-fixture.ts'
import { runClient } from './run-client.ts'

const libs = process.env.FLINKTS_KAFKA_TOOLS
const toolTimeoutMs = 90_000

async function tool(name: string, args: string[], input = ''): Promise<string> {
  const java = ['-Xmx256m', '-cp', `${libs}/*`, `org.apache.kafka.tools.${name}`, ...args]
  const run = await runClient('java', java, { input, timeoutMs: toolTimeoutMs })
  if (run.code !== 0) throw new Error(`${name} ${args.join(' ')} ended with ${run.code}: ${run.stdout}${run.stderr}`)
  return run.stdout
}

const groupTool = 'consumer.group.ConsumerGroupCommand'

describe.skipIf(libs === undefined || libs === '')('the tools of Apache Kafka', { timeout: 10 * toolTimeoutMs }, () => {
  test('topics: create, exists, list, describe, alter, delete', async () => {
    const { bootstrap } = await testBroker()
    const topics = (...args: string[]) => tool('TopicCommand', ['--bootstrap-server', bootstrap, ...args])
    expect(await topics('--create', '--topic', 't', '--partitions', '3', '--config', 'retention.ms=12345')).toContain(
      'Created',
    )
    await expect(topics('--create', '--topic', 't')).rejects.toThrow('already exists')
    expect((await topics('--list')).trim()).toBe('t')
    expect(await topics('--describe', '--topic', 't')).toMatch(
      /PartitionCount: 3\s+ReplicationFactor: 1\s+Configs:.*retention.ms=12345/,
    )
    await topics('--alter', '--topic', 't', '--partitions', '5')
    expect(await topics('--describe', '--topic', 't')).toContain('PartitionCount: 5')
    await topics('--delete', '--topic', 't')
    expect((await topics('--list')).trim()).toBe('')
  })

  test('console producer and consumer, verifiable and perf tools', async () => {
    const { bootstrap } = await testBroker()
    const lines = Array.from({ length: 200 }, (_, i) => `line ${i}\n`).join('')
    await tool('ConsoleProducer', ['--bootstrap-server', bootstrap, '--topic', 'console'], lines)
    const args = ['--bootstrap-server', bootstrap, '--topic', 'console', '--from-beginning', '--max-messages', '200']
    expect(await tool('consumer.ConsoleConsumer', args)).toBe(lines)
    const props = ['--producer-props', `bootstrap.servers=${bootstrap}`]
    const perf = ['--num-records', '10000', '--record-size', '100', '--throughput', '-1']
    expect(await tool('ProducerPerformance', ['--topic', 'perf', ...perf, ...props])).toContain('10000 records sent')
    const consumed = await tool('ConsumerPerformance', [
      '--bootstrap-server',
      bootstrap,
      '--topic',
      'perf',
      '--messages',
      '10000',
    ])
    expect(consumed).toMatch(/, 10000, /)
    const verified = await tool('VerifiableProducer', [
      '--bootstrap-server',
      bootstrap,
      '--topic',
      'v',
      '--max-messages',
      '1000',
      '--acks',
      '-1',
    ])
    expect(verified).toContain('"acked":1000')
    const seen = await tool('VerifiableConsumer', [
      '--bootstrap-server',
      bootstrap,
      '--topic',
      'v',
      '--group-id',
      'v',
      '--max-messages',
      '1000',
      '--reset-policy',
      'earliest',
    ])
    expect(seen).toContain('"name":"offsets_committed"')
  })

  test('offsets and records: get-offsets, delete-records, log-dirs, api-versions, cluster id', async () => {
    const broker = await testBroker()
    const { bootstrap } = broker
    const client = await RawClient.connect(broker)
    await client.createTopic('t')
    const at = Date.now() - 100_000
    for (let i = 0; i < 5; i++)
      await client.produceRecords('t', [{ value: 'v', timestamp: at + (i === 4 ? 0 : i * 1000) }])
    const offset = async (time: string) =>
      (await tool('GetOffsetShell', ['--bootstrap-server', bootstrap, '--topic', 't', '--time', time])).trim()
    expect([
      await offset('earliest'),
      await offset('latest'),
      await offset('max-timestamp'),
      await offset(String(at + 1500)),
    ]).toEqual(['t:0:0', 't:0:5', 't:0:3', 't:0:2'])
    const file = join(temporaryDirectory(), 'delete.json')
    writeFileSync(file, JSON.stringify({ partitions: [{ topic: 't', partition: 0, offset: 2 }], version: 1 }))
    expect(await tool('DeleteRecordsCommand', ['--bootstrap-server', bootstrap, '--offset-json-file', file])).toContain(
      'low_watermark: 2',
    )
    expect(await offset('earliest')).toBe('t:0:2')
    expect(await tool('LogDirsCommand', ['--bootstrap-server', bootstrap, '--describe'])).toContain('"partition":"t-0"')
    expect(await tool('BrokerApiVersionsCommand', ['--bootstrap-server', bootstrap])).toContain('Fetch(1): 4 to 18')
    expect(await tool('ClusterTool', ['cluster-id', '--bootstrap-server', bootstrap])).toContain(broker.clusterId)
  })

  test('groups: list, describe, reset offsets, delete', async () => {
    const broker = await testBroker()
    const { bootstrap } = broker
    const client = await RawClient.connect(broker)
    await client.createTopic('t')
    for (let i = 0; i < 10; i++) await client.produceRecords('t', [{ value: 'v', timestamp: Date.now() }])
    const args = [
      '--bootstrap-server',
      bootstrap,
      '--topic',
      't',
      '--group',
      'g',
      '--from-beginning',
      '--max-messages',
      '4',
    ]
    await tool('consumer.ConsoleConsumer', args)
    const groups = (...more: string[]) => tool(groupTool, ['--bootstrap-server', bootstrap, ...more])
    expect((await groups('--list')).trim()).toBe('g')
    expect(await groups('--describe', '--group', 'g')).toMatch(/g\s+t\s+0\s+4\s+10\s+6/)
    expect(await groups('--describe', '--group', 'g', '--state')).toContain('Empty')
    const reset = (...how: string[]) => groups('--group', 'g', '--topic', 't', '--reset-offsets', ...how, '--execute')
    expect(await reset('--to-earliest')).toMatch(/g\s+t\s+0\s+0/)
    expect(await reset('--to-latest')).toMatch(/g\s+t\s+0\s+10/)
    expect(await reset('--shift-by', '-3')).toMatch(/g\s+t\s+0\s+7/)
    expect(await reset('--to-datetime', '2020-01-01T00:00:00.000')).toMatch(/g\s+t\s+0\s+0/)
    await groups('--group', 'g', '--topic', 't', '--delete-offsets')
    expect(await groups('--delete', '--group', 'g')).toContain('successful')
    expect((await groups('--list')).trim()).toBe('')
  })

  test('a group of the new protocol: each consumer goes on where the one before it left; described and deleted', async () => {
    const broker = await testBroker()
    const { bootstrap } = broker
    const client = await RawClient.connect(broker)
    await client.createTopic('t', 4)
    for (let i = 0; i < 40; i++) await client.produceRecords('t', [{ value: `${i}`, timestamp: Date.now() }], i % 4)
    const groups = (...more: string[]) => tool(groupTool, ['--bootstrap-server', bootstrap, ...more])
    const consume = (messages: string) =>
      tool('consumer.ConsoleConsumer', [
        ...['--bootstrap-server', bootstrap, '--topic', 't', '--group', 'g', '--max-messages', messages],
        ...['--consumer-property', 'group.protocol=consumer', '--consumer-property', 'auto.offset.reset=earliest'],
      ])
    const lines = (text: string): string[] => text.trim().split('\n')
    const seen: string[] = []
    for (const messages of ['10', '10', '20']) seen.push(...lines(await consume(messages)))
    expect([seen.length, new Set(seen).size]).toEqual([40, 40])
    expect(await groups('--list', '--type')).toMatch(/g\s+Consumer/)
    expect(await groups('--describe', '--group', 'g', '--state')).toMatch(/uniform\s+Empty/)
    expect(await groups('--describe', '--group', 'g')).toMatch(/g\s+t\s+0\s+10\s+10\s+0/)
    expect(await groups('--delete', '--group', 'g')).toContain('successful')
  })
})
