// Kafka's Java clients of two versions against the broker: every check of java/BrokerChecks.java, all of one version in
// one process. Runs where FLINKTS_KAFKA_TOOLS and FLINKTS_KAFKA_CLIENTS_39 name the folders of their jars (and a JDK is
// installed).
import type { ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startBroker, type RunningBroker } from '../../../engine/broker.ts'
import { compileJava, ended, startJava } from './java-program.ts'

const sources = [
  'BrokerChecks.java',
  'CheckScope.java',
  'ProducerChecks.java',
  'ConsumerChecks.java',
  'GroupChecks.java',
  'AdminChecks.java',
  'TransactionChecks.java',
]

// Those that take longest begin first.
const checks = [
  'rebalance_kip848_consumer_protocol_3',
  'rebalance_cooperative_sticky_3',
  'rebalance_classic_range_3',
  'rebalance_classic_roundrobin_3',
  'idempotent_retries_tiny_request_timeout',
  'static_membership_restart_keeps_assignment',
  'transaction_exactly_once_consume_produce',
  'delete_topic_while_producing_then_recreate',
  'throughput_100k_x_100B',
  'idempotent_20k_in_order_5_in_flight',
  'acks_0',
  'acks_1',
  'acks_all',
  'produce_consume_none',
  'produce_consume_gzip',
  'produce_consume_snappy',
  'produce_consume_lz4',
  'produce_consume_zstd',
  'headers_nulls_timestamps',
  'auto_create_on_produce',
  'invalid_topic_name',
  'large_message_900k_and_too_large',
  'large_message_5MB_topic_limit',
  'compacted_topic_accepts_keyed_rejects_unkeyed',
  'auto_commit_on_close',
  'commit_resume_and_metadata',
  'offset_out_of_range_resets',
  'pause_resume_many_partitions',
  'seek_offsetsForTimes_begin_end',
  'subscribe_pattern_sees_new_topic',
  'admin_topics_configs',
  'admin_delete_records_list_offsets',
  'admin_describe_cluster_broker_configs',
  'admin_describe_producers_logdirs',
  'admin_groups_list_describe_alter_delete',
  'fence_producers',
  'transaction_commit_abort_read_committed',
  'transaction_open_is_invisible_and_holds_lso',
  'transaction_multi_partition_100',
  'transaction_zombie_fenced',
  'transaction_admin_list_describe',
]

/** All checks with the jars of one folder, each in the order of the list; what one says is known as soon as it ends. */
class CheckRun {
  private readonly results = new Map<string, string>()
  private readonly waiting = new Map<string, (result: string) => void>()
  private readonly complaints: string[] = []
  private classes = ''
  private process: ChildProcess | undefined
  private broker: RunningBroker | undefined
  private ending: string | undefined

  async start(libs: string): Promise<void> {
    this.broker = await startBroker({
      log: (line) => {
        if (!/^closing the connection of /.test(line)) this.complaints.push(line)
      },
    })
    this.classes = mkdtempSync(join(tmpdir(), 'flinkts-java-'))
    const program = compileJava(libs, sources, this.classes)
    this.process = startJava(program, 'BrokerChecks', [this.broker.bootstrap, ...checks], (line) => {
      const [, check = ''] = /^(?:passed|failed) (\S+)/.exec(line) ?? []
      this.results.set(check, line)
      this.waiting.get(check)?.(line)
    })
    void ended(this.process).then((code) => {
      this.ending = `the process ended with ${code} and said nothing of it`
      for (const [check, tell] of this.waiting) if (!this.results.has(check)) tell(this.ending)
    })
  }

  result(check: string): Promise<string> {
    const known = this.results.get(check) ?? this.ending
    if (known !== undefined) return Promise.resolve(known)
    return new Promise((resolve) => this.waiting.set(check, resolve))
  }

  /** What the broker logged that is not a client's mistake. */
  async stop(): Promise<readonly string[]> {
    this.process?.kill('SIGKILL')
    await this.broker?.stop()
    if (this.classes !== '') rmSync(this.classes, { recursive: true, force: true })
    return this.complaints
  }
}

const versions = [
  { name: 'Java clients 4.1', libs: process.env.FLINKTS_KAFKA_TOOLS ?? '' },
  { name: 'Java clients 3.9', libs: process.env.FLINKTS_KAFKA_CLIENTS_39 ?? '' },
].map((version) => ({ ...version, run: new CheckRun() }))

// Both at once: most of the time they wait.
beforeAll(async () => {
  for (const { libs, run } of versions) if (libs !== '') await run.start(libs)
})

afterAll(async () => {
  const complaints = await Promise.all(versions.map(({ run }) => run.stop()))
  expect(complaints.flat()).toEqual([])
})

describe.each(versions)('$name', ({ libs, run }) => {
  test.skipIf(libs === '').each(checks)(
    '%s',
    async (check) => {
      const text = (await run.result(check)).replaceAll('|', '\n')
      expect(text).toMatch(/^passed /)
    },
    5 * 60_000,
  )
})
