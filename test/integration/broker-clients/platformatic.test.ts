// @platformatic/kafka against the broker. Runs where FLINKTS_PLATFORMATIC names the folder in which it is installed.
import { join } from 'node:path'
import * as zlib from 'node:zlib'
import { describeClientChecks } from './client-checks.ts'

const checks = join(import.meta.dirname, 'platformatic', 'checks.mjs')

describeClientChecks(
  '@platformatic/kafka',
  process.env.FLINKTS_PLATFORMATIC ? { command: process.execPath, args: [checks] } : undefined,
  [
    ...['none', 'gzip', 'snappy', 'lz4'].map((codec) => `produce_consume_${codec}`),
    ...('zstdCompressSync' in zlib ? ['produce_consume_zstd'] : []), // the client has zstd where Node has it
    'acks_variants',
    'headers_nulls',
    'idempotent_100',
    'commit_resume',
    'transactions_commit_abort',
    'group_rebalance_3_members',
    'group_kip848_3_members',
    'admin_topics',
    'admin_configs',
    'admin_groups',
    'admin_offsets_deleteRecords',
  ],
)
