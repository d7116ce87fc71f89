// The clients of Python against the broker. Runs where FLINKTS_PYTHON names a Python that has what
// python/requirements.txt lists.
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { describeClientChecks, type ClientProgram } from './client-checks.ts'
import { runClient } from './run-client.ts'
import { mechanisms, securedBroker } from './secured-broker.ts'

const python = process.env.FLINKTS_PYTHON
const rounds = Number(process.env.ROUNDS ?? 5)
const enduranceTimeoutMs = (120 + 8 * rounds) * 1000
const codecs = ['gzip', 'snappy', 'lz4', 'zstd']

function program(script: string): ClientProgram | undefined {
  if (python === undefined || python === '') return undefined
  return { command: python, args: ['-B', join(import.meta.dirname, 'python', script)] }
}

const confluent = program('confluent_checks.py')
describeClientChecks('confluent-kafka', confluent, [
  ...['none', ...codecs].map((codec) => `produce_consume_${codec}`),
  'headers_nulls_timestamps',
  'idempotent_20k_ordered',
  'errors_unknown_topic_too_large_bad_partition',
  'commit_resume_offsets_for_times_watermarks',
  'rebalance_range_3',
  'rebalance_roundrobin_3',
  'rebalance_cooperative_sticky_3',
  'static_member_keeps_assignment',
  'transactions_commit_abort',
  'transaction_send_offsets',
  'transaction_fencing',
  'killed_process_is_replaced',
  'admin_cluster',
  'admin_topics_configs_partitions',
  'admin_delete_records_list_offsets',
  'admin_groups_offsets',
])
describeClientChecks(
  'confluent-kafka, what waits for the broker',
  confluent,
  ['rebalance_kip848_3', 'subscribe_pattern_kip848', 'transaction_timeout_aborts'],
  {
    broker: {
      settings: {
        groupConsumerHeartbeatIntervalMs: 500,
        groupConsumerMinHeartbeatIntervalMs: 500,
        transactionAbortIntervalMs: 500,
      },
    },
  },
)
describeClientChecks(
  'confluent-kafka, exactly once',
  confluent,
  ['endurance_exactly_once_classic', 'endurance_exactly_once_kip848'],
  { timeoutMs: enduranceTimeoutMs },
)

const kafkaPython = program('kafka_python_checks.py')
describeClientChecks('kafka-python', kafkaPython, [
  ...['None', ...codecs].map((codec) => `produce_consume_${codec}`),
  'acks_0_1_all',
  'headers_nulls_timestamps',
  'idempotent_5k_ordered',
  'too_large',
  'offsets_for_times_begin_end',
  'group_commit_resume',
  'group_rebalance_2',
  'group_rebalance_2_roundrobin',
  'group_rebalance_2_cooperative_sticky',
  'consumer_pattern_sees_new_topic',
  'transactions_commit_abort',
  'transaction_send_offsets',
  'transaction_fencing',
  'admin_transactions',
  'admin_topics_partitions',
  'admin_cluster_records',
  'admin_groups',
])
describeClientChecks('kafka-python, exactly once', kafkaPython, ['endurance_exactly_once'], {
  timeoutMs: enduranceTimeoutMs,
})

/** Named as each client names them. */
const logins = {
  'confluent-kafka': {
    program: confluent,
    config: (mechanism: string, caFile: string) => [
      'security.protocol=SASL_SSL',
      `ssl.ca.location=${caFile}`,
      `sasl.mechanism=${mechanism}`,
      'sasl.username=alice',
      'sasl.password=alice-secret',
    ],
  },
  'kafka-python': {
    program: kafkaPython,
    config: (mechanism: string, caFile: string) => [
      'security_protocol=SASL_SSL',
      `ssl_cafile=${caFile}`,
      `sasl_mechanism=${mechanism}`,
      'sasl_plain_username=alice',
      'sasl_plain_password=alice-secret',
    ],
  },
}

for (const [client, { program, config }] of Object.entries(logins)) {
  describe.skipIf(program === undefined)(`${client} over SASL_SSL`, () => {
    test.each(mechanisms)('login, %s', async (mechanism) => {
      const { bootstrap, caFile } = await securedBroker()
      const configs = config(mechanism, caFile).flatMap((pair) => ['--config', pair])
      const run = await runClient(program!.command, [...program!.args, ...configs, bootstrap, 'login'])
      expect(run.code, `${run.stdout}${run.stderr}`).toBe(0)
    })
  })
}
