// franz-go, sarama and kafka-go against the broker. Runs where FLINKTS_GO_CLIENTS names the program built from go/.
import { setTimeout as after } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { temporaryDirectory } from '../../engine/kafka/log/log-fixture.ts'
import { testBroker } from '../../engine/kafka/broker/raw-client.ts'
import { describeClientChecks } from './client-checks.ts'
import { runClient } from './run-client.ts'

const command = process.env.FLINKTS_GO_CLIENTS
const program = (client: string) => (command ? { command, args: [client] } : undefined)
const codecs = ['none', 'gzip', 'snappy', 'lz4', 'zstd'].map((codec) => `produce_consume_${codec}`)
const roundsMs = 5000 * Number(process.env.ROUNDS ?? 5)

describeClientChecks(
  'franz-go',
  program('franz'),
  [
    ...codecs,
    'headers_nulls_timestamps',
    'idempotent_50k_ordered',
    'consume_after_time_exact_relative',
    'errors_too_large_unknown_invalid',
    'transactions_commit_abort',
    'transactions_fencing',
    'group_transact_session_eos',
    'endurance_transact_sessions',
    ...['range', 'roundrobin', 'sticky', 'cooperative_sticky', 'kip848'].map((name) => `rebalance_${name}_3`),
    'static_member_keeps_its_assignment',
    'regex_subscription_sees_a_new_topic',
    'kadm_topics_configs_partitions',
    'kadm_delete_records_list_offsets',
    'kadm_groups_offsets_lag',
    'kadm_describe_transactions_cluster',
  ],
  { timeoutMs: 60_000 + roundsMs },
)

describeClientChecks('sarama', program('sarama'), [
  ...codecs,
  'idempotent',
  'transactions',
  'consumer_group_2_members',
  'cluster_admin',
])

describeClientChecks('kafka-go', program('kafkago'), [
  ...codecs,
  'consumer_group_commit_resume',
  'client_api_create_delete_topics',
  'low_level_conn_offsets_topics',
])

describe.skipIf(command === undefined)('franz-go over restarts of the broker', { timeout: 130_000 + roundsMs }, () => {
  test('endurance_transact_sessions', async () => {
    const dataDirectory = temporaryDirectory()
    let broker = await testBroker({ dataDirectory })
    const { port, bootstrap } = broker
    let over = false
    const args = ['franz', bootstrap, 'endurance_transact_sessions']
    const run = runClient(command!, args, { timeoutMs: 60_000 + roundsMs }).finally(() => (over = true))
    // Few, for a member whose leaving a restart swallows stays until its session ends, and each restart begins that anew.
    for (let restarts = 0; restarts < 3 && !over; restarts++) {
      await after(700)
      await broker.stop()
      broker = await testBroker({ dataDirectory, port })
    }
    const { code, stdout, stderr } = await run
    expect(code, `${stdout}${stderr}`).toBe(0)
  })
})
