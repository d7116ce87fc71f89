// Apache Kafka's administrative tools against the broker, one after the other in one process of Java. Runs where
// FLINKTS_KAFKA_TOOLS names the folder of Kafka's jars (and a JDK is installed).
import type { ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { RawClient, testBroker } from '../../engine/kafka/broker/raw-client.ts'
import { TransactionalClient } from '../../engine/kafka/broker/transactional-client.ts'
import { temporaryDirectory } from '../../engine/kafka/log/log-fixture.ts'
import { compileJava, ended, startJava } from './java-program.ts'

const libs = process.env.FLINKTS_KAFKA_TOOLS ?? ''
const toolTimeoutMs = 60_000

interface ToolEnd {
  readonly code: number
  readonly output: string
}

/** The process that runs the tools. */
class ToolRunner {
  private readonly classes = mkdtempSync(join(tmpdir(), 'flinkts-tools-'))
  private readonly process: ChildProcess
  private lines: string[] = []
  private tell: (end: ToolEnd) => void = () => {}

  constructor() {
    this.process = startJava(compileJava(libs, ['ToolRunner.java'], this.classes), 'ToolRunner', [], (line) => {
      if (line.startsWith('\u0001end ')) this.tell({ code: Number(line.slice(5)), output: this.lines.join('\n') })
      else this.lines.push(line)
    })
  }

  async run(mainClass: string, args: readonly string[]): Promise<ToolEnd> {
    this.lines = []
    const end = new Promise<ToolEnd>((resolve) => (this.tell = resolve))
    this.process.stdin!.write(`${[mainClass, ...args].join('\t')}\n`)
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<never>((_, reject) => {
      const say = (): void => reject(new Error(`${mainClass} did not end: ${this.lines.join('\n')}`))
      timer = setTimeout(say, toolTimeoutMs)
    })
    return Promise.race([end, late]).finally(() => clearTimeout(timer))
  }

  async stop(): Promise<void> {
    this.process.kill('SIGKILL')
    await ended(this.process)
    rmSync(this.classes, { recursive: true, force: true })
  }
}

let runner: ToolRunner | undefined

beforeAll(() => {
  if (libs !== '') runner = new ToolRunner()
})

afterAll(() => runner?.stop())

/** A tool for one broker: its output, or an error with it when the tool ended with another code than 0. */
function toolFor(bootstrap: string, name: string): (...args: string[]) => Promise<string> {
  const mainClass = name.startsWith('kafka.') ? name : `org.apache.kafka.tools.${name}`
  return async (...args) => {
    const { code, output } = await runner!.run(mainClass, ['--bootstrap-server', bootstrap, ...args])
    if (code !== 0) throw new Error(`${name} ${args.join(' ')} ended with ${code}: ${output}`)
    return output
  }
}

function fileOf(content: string): string {
  const path = join(temporaryDirectory(), 'input')
  writeFileSync(path, content)
  return path
}

describe.skipIf(libs === '')('the administrative tools of Apache Kafka', { timeout: 4 * toolTimeoutMs }, () => {
  test('metadata-quorum, features, groups: one node that leads; no share and no streams groups', async () => {
    const { bootstrap, clusterId } = await testBroker()
    const status = await toolFor(bootstrap, 'MetadataQuorumCommand')('describe', '--status')
    expect(status).toContain(clusterId)
    expect(status).toMatch(/LeaderId:\s+1\n/)
    expect(await toolFor(bootstrap, 'MetadataQuorumCommand')('describe', '--replication')).toMatch(/^1\s.*Leader/m)
    const features = await toolFor(bootstrap, 'FeatureCommand')('describe')
    const finalized = (name: string, level: string) =>
      expect(features).toMatch(new RegExp(`Feature: ${name}.*FinalizedVersionLevel: ${level}\\s`))
    finalized('metadata.version', '4.1-IV1')
    finalized('transaction.version', '2')
    finalized('group.version', '1')
    finalized('share.version', '0')
    expect(await toolFor(bootstrap, 'GroupsCommand')('--list')).toMatch(/^GROUP\s+TYPE\s+PROTOCOL\s*$/)
    const share = toolFor(bootstrap, 'consumer.group.ShareGroupCommand')
    expect(await share('--list')).toBe('')
    expect(await share('--describe', '--group', 's')).toContain('UnsupportedVersionException')
    expect(await share('--delete', '--group', 's')).toContain('is not a share group')
    expect(await toolFor(bootstrap, 'streams.StreamsGroupCommand')('--list')).toBe('')
  })

  test('configs: of a topic, a broker, all brokers, a client, a group', async () => {
    const { bootstrap } = await testBroker({ topics: [{ name: 't' }] })
    const configs = toolFor(bootstrap, 'kafka.admin.ConfigCommand')
    const of = (...entity: string[]) => ({
      add: (setting: string) => configs('--alter', ...entity, '--add-config', setting),
      remove: (name: string) => configs('--alter', ...entity, '--delete-config', name),
      show: (...more: string[]) => configs('--describe', ...entity, ...more),
    })
    const topic = of('--entity-type', 'topics', '--entity-name', 't')
    await topic.add('retention.ms=4242,cleanup.policy=[compact,delete]')
    expect(await topic.show()).toContain('cleanup.policy=compact,delete sensitive=false synonyms={DYNAMIC_TOPIC_CONFIG')
    expect(await topic.show()).toContain('retention.ms=4242')
    await topic.remove('retention.ms')
    expect(await topic.show()).not.toContain('retention.ms')
    expect(await topic.show('--all')).toContain('retention.ms=604800000')
    await expect(topic.add('no.such=1')).rejects.toThrow('InvalidConfigurationException')
    const broker = of('--entity-type', 'brokers', '--entity-name', '1')
    expect(await broker.show('--all')).toContain('num.partitions=1 ')
    await broker.add('log.retention.ms=9999999')
    expect(await broker.show()).toContain('DYNAMIC_BROKER_CONFIG:log.retention.ms=9999999')
    await broker.remove('log.retention.ms')
    expect(await broker.show()).not.toContain('log.retention.ms')
    const brokers = of('--entity-type', 'brokers', '--entity-default')
    await brokers.add('log.retention.ms=8888888')
    expect(await brokers.show()).toContain('DYNAMIC_DEFAULT_BROKER_CONFIG:log.retention.ms=8888888')
    const client = of('--entity-type', 'clients', '--entity-name', 'c')
    await client.add('producer_byte_rate=1000000')
    expect(await client.show()).toContain("Quota configs for client-id 'c' are producer_byte_rate=1000000.0")
    await client.remove('producer_byte_rate')
    expect(await client.show()).not.toContain('producer_byte_rate')
    const group = of('--entity-type', 'groups', '--entity-name', 'g')
    await group.add('consumer.session.timeout.ms=50000')
    expect(await group.show()).toContain('consumer.session.timeout.ms=50000')
  })

  test('client-metrics: altered, listed, described, deleted', async () => {
    const { bootstrap } = await testBroker()
    const metrics = toolFor(bootstrap, 'ClientMetricsCommand')
    const settings = ['--metrics', 'org.apache.kafka.producer.', '--interval', '60000']
    expect(await metrics('--alter', '--name', 'm', ...settings)).toContain('Altered')
    expect(await metrics('--list')).toBe('m')
    expect(await metrics('--describe', '--name', 'm')).toMatch(/interval.ms=60000[^]*metrics=org.apache.kafka.producer/)
    await metrics('--delete', '--name', 'm')
    expect(await metrics('--list')).toBe('')
  })

  test('leader election, reassignment, ACLs and tokens on a single node without security; end-to-end latency', async () => {
    const { bootstrap } = await testBroker({ topics: [{ name: 't', partitions: 2 }] })
    for (const type of ['preferred', 'unclean'])
      expect(
        await toolFor(bootstrap, 'LeaderElectionCommand')('--election-type', type, '--topic', 't', '--partition', '0'),
      ).toContain('Valid replica already elected for partitions t-0')
    const reassign = toolFor(bootstrap, 'reassign.ReassignPartitionsCommand')
    const topics = fileOf('{"topics":[{"topic":"t"}],"version":1}')
    expect(await reassign('--generate', '--topics-to-move-json-file', topics, '--broker-list', '1')).toContain(
      '"partition":1,"replicas":[1]',
    )
    const plan = fileOf('{"version":1,"partitions":[{"topic":"t","partition":0,"replicas":[1]}]}')
    expect(await reassign('--execute', '--reassignment-json-file', plan)).toContain('Successfully started')
    expect(await reassign('--verify', '--reassignment-json-file', plan)).toContain('t-0 is completed')
    expect(await reassign('--list')).toContain('No partition reassignments found')
    await expect(toolFor(bootstrap, 'AclCommand')('--list')).rejects.toThrow('SecurityDisabledException')
    const rule = ['--allow-principal', 'User:a', '--operation', 'Read', '--topic', 't']
    await expect(toolFor(bootstrap, 'AclCommand')('--add', ...rule)).rejects.toThrow('SecurityDisabledException')
    await expect(
      toolFor(bootstrap, 'DelegationTokenCommand')('--describe', '--command-config', fileOf('')),
    ).rejects.toThrow('UnsupportedByAuthenticationException')
    const latency = await runner!.run('org.apache.kafka.tools.EndToEndLatency', [bootstrap, 'e2e', '200', 'all', '100'])
    expect([latency.code, latency.output]).toEqual([0, expect.stringContaining('Avg latency')])
  })

  test('transactions: list, describe, its producers, none that hangs, abort, terminate', async () => {
    const broker = await testBroker({ topics: [{ name: 't' }] })
    const { bootstrap } = broker
    const client = new TransactionalClient(await RawClient.connect(broker))
    const tool = toolFor(bootstrap, 'TransactionsCommand')
    const producer = await client.init('tx')
    expect(await tool('list')).toMatch(/^tx\s+1\s+\d+\s+Empty/m)
    expect(await client.add(producer, 't')).toEqual([0])
    expect(await client.produce(producer, 0)).toBe(0)
    expect(await tool('list')).toMatch(/^tx\s+1\s+\d+\s+Ongoing/m)
    expect(await tool('describe', '--transactional-id', 'tx')).toMatch(/tx\s.*\sOngoing\s+60000\s.*t-0/)
    const producers = () => tool('describe-producers', '--topic', 't', '--partition', '0')
    expect(await producers()).toMatch(/^\d+\s+0\s+(-1|0)\s+0\s+\d+\s+0\s*$/m)
    expect(await tool('find-hanging', '--broker-id', '1')).toMatch(/^Topic\s.*\s*$/)
    await tool('abort', '--topic', 't', '--partition', '0', '--start-offset', '0')
    expect(await producers()).toMatch(/\sNone\s*$/m)
    await tool('forceTerminateTransaction', '--transactionalId', 'tx')
    expect(await tool('describe', '--transactional-id', 'tx')).not.toContain('Ongoing')
    // Who was terminated is fenced.
    expect(await client.produce(producer, 1)).toBe(47)
    await expect(tool('describe', '--transactional-id', 'nope')).rejects.toThrow('the ID could not be found')
  })

  test('consumer-groups: every way to reset offsets, dry runs and files; members of a group that has none', async () => {
    const broker = await testBroker({ topics: [{ name: 't', partitions: 2 }] })
    const client = await RawClient.connect(broker)
    for (let i = 0; i < 10; i++) await client.produceRecords('t', [{ value: 'v', timestamp: Date.now() - 1000 }], i % 2)
    const groups = toolFor(broker.bootstrap, 'consumer.group.ConsumerGroupCommand')
    const reset = (...how: string[]) => groups('--group', 'g', '--reset-offsets', ...how)
    const offsets = async () =>
      [...(await groups('--describe', '--group', 'g')).matchAll(/^g\s+t\s+(\d)\s+(\d+)\s+5\s/gm)]
        .map(([, partition, offset]) => `${partition}:${offset}`)
        .sort()
    await reset('--to-latest', '--topic', 't', '--execute')
    expect(await offsets()).toEqual(['0:5', '1:5'])
    await reset('--to-offset', '2', '--topic', 't:1', '--execute')
    expect(await offsets()).toEqual(['0:5', '1:2'])
    await reset('--shift-by', '-1', '--all-topics', '--execute')
    expect(await offsets()).toEqual(['0:4', '1:1'])
    await reset('--to-earliest', '--all-topics', '--dry-run')
    expect(await offsets()).toEqual(['0:4', '1:1'])
    const exported = await reset('--to-current', '--all-topics', '--dry-run', '--export')
    expect(exported.split('\n').sort()).toEqual(['t,0,4', 't,1,1'])
    await reset('--by-duration', 'PT1H', '--all-topics', '--execute')
    expect(await offsets()).toEqual(['0:0', '1:0'])
    await reset('--from-file', fileOf('t,0,3\nt,1,4\n'), '--execute')
    expect(await offsets()).toEqual(['0:3', '1:4'])
    // Beyond the end is brought back to it.
    await reset('--to-offset', '99', '--topic', 't:0', '--execute')
    expect(await offsets()).toEqual(['0:5', '1:4'])
    expect(await groups('--describe', '--group', 'g', '--members', '--verbose')).toContain('has no active members')
    expect(await groups('--describe', '--all-groups')).toMatch(/^g\s+t\s+1\s+4\s+5\s+1\s/m)
    expect(await groups('--list', '--state', 'Empty')).toMatch(/^g\s+Empty/m)
    expect(await groups('--delete-offsets', '--group', 'g', '--topic', 't:0')).toContain('Successful')
    expect(await offsets()).toEqual(['1:4'])
    await groups('--delete', '--all-groups')
    expect(await groups('--list')).toBe('')
    expect(await groups('--describe', '--group', 'g')).toContain('GroupIdNotFoundException')
  })

  test('dump-log reads the files of a topic: every batch is whole, the indexes hold', async () => {
    const dataDirectory = temporaryDirectory()
    const broker = await testBroker({ dataDirectory, topics: [{ name: 't' }] })
    const client = new TransactionalClient(await RawClient.connect(broker))
    const producer = await client.init('tx')
    await client.add(producer, 't')
    for (let sequence = 0; sequence < 100; sequence++)
      expect(await client.produce(producer, sequence, 9, 'x'.repeat(200))).toBe(0)
    await toolFor(broker.bootstrap, 'TransactionsCommand')('forceTerminateTransaction', '--transactionalId', 'tx')
    await broker.stop()
    const dump = async (file: string, ...how: string[]) =>
      runner!.run('kafka.tools.DumpLogSegments', [...how, '--files', join(dataDirectory, 't-0', file)])
    const log = await dump('00000000000000000000.log', '--deep-iteration')
    expect(log.code).toBe(0)
    expect(log.output.match(/isvalid: true/g)).toHaveLength(101)
    expect(log.output).not.toContain('isvalid: false')
    expect(log.output).toMatch(/isTransactional: true isControl: true[^]*endTxnMarker: ABORT/)
    const index = await dump('00000000000000000000.index', '--index-sanity-check')
    expect(index).toEqual({ code: 0, output: expect.stringContaining('passed sanity check') })
    const entries = await dump('00000000000000000000.index', '--verify-index-only')
    expect(entries.code).toBe(0)
    expect(entries.output).not.toContain('Mismatches')
    const times = await dump('00000000000000000000.timeindex', '--verify-index-only')
    expect(times.code).toBe(0)
    expect(times.output).not.toMatch(/Found/)
  })
})
