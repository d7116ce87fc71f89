import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll } from 'vitest'
import type { SinkSpec } from '../../../engine/connectors/connector.ts'
import { connectorOf } from '../../../engine/connectors/definitions.ts'
import { blackholeRuntime } from '../../../engine/connectors/blackhole/blackhole-runtime.ts'
import { datagenRuntime } from '../../../engine/connectors/datagen/datagen-runtime.ts'
import { filesystemRuntime } from '../../../engine/connectors/filesystem/filesystem-runtime.ts'
import { jdbcRuntime } from '../../../engine/connectors/jdbc/jdbc-runtime.ts'
import { kafkaRuntime } from '../../../engine/connectors/kafka/kafka-runtime.ts'
import { printRuntime } from '../../../engine/connectors/print/print-runtime.ts'
import { types } from '../../../engine/types/logical-type.ts'
import type { Cell } from '../../../engine/types/record-batch.ts'
import { runSinkSuite, runSourceSuite } from '../../contracts/connector-suite.ts'
import { startTestKafka, type TestKafka } from '../../helpers/kafka.ts'
import { startTestPostgres, type TestPostgres } from '../../helpers/postgres.ts'

let kafka: TestKafka
let postgres: TestPostgres
beforeAll(async () => {
  ;[kafka, postgres] = await Promise.all([startTestKafka(), startTestPostgres()])
})
afterAll(async () => {
  await Promise.all([kafka.stop(), postgres.stop()])
})

const rowType = types.row([
  { name: 'id', type: types.int(false) },
  { name: 'name', type: types.string() },
])
const rows: Cell[][] = Array.from({ length: 50 }, (_, id) => [id, id % 7 === 0 ? null : `name ${id}`])

function describeTable(options: Record<string, string>, primaryKey?: number[]) {
  return { name: 't', physicalType: rowType, metadata: [], primaryKey, options, configuration: {} }
}
function sinkSpec(options: Record<string, string>, primaryKey?: number[]): SinkSpec {
  const table = describeTable(options, primaryKey)
  return connectorOf(table).createSink!(table)
}

// ---------------------------------------------------------------- sources

runSourceSuite('datagen', {
  runtime: datagenRuntime,
  createSpec: () => {
    const table = describeTable({
      connector: 'datagen',
      'rows-per-second': '1000000',
      'fields.id.kind': 'sequence',
      'fields.id.start': '0',
      'fields.id.end': '299',
      'fields.name.kind': 'sequence',
      'fields.name.start': '0',
      'fields.name.end': '20000',
    })
    return Promise.resolve(connectorOf(table).createSource!(table))
  },
  expected: () => Promise.resolve(Array.from({ length: 300 }, (_, id): Cell[] => [id, String(id)])),
})

const topicRows: Cell[][] = Array.from({ length: 300 }, (_, id) => [id, id % 7 === 0 ? null : `name ${id}`])
let topic: Promise<string> | undefined
async function fillTopic(): Promise<string> {
  const name = await kafka.createTopic(4)
  // several record batches per partition
  for (let from = 0; from < topicRows.length; from += 50) {
    await kafka.produce(
      name,
      topicRows.slice(from, from + 50).map(([id, text]) => ({
        partition: Number(id) % 3,
        value: JSON.stringify({ id, name: text }),
      })),
    )
  }
  return name
}

runSourceSuite('kafka', {
  runtime: kafkaRuntime,
  createSpec: async () => {
    const table = describeTable({
      connector: 'kafka',
      topic: await (topic ??= fillTopic()),
      'properties.bootstrap.servers': kafka.bootstrap,
      'scan.startup.mode': 'earliest-offset',
      'scan.bounded.mode': 'latest-offset',
      format: 'json',
    })
    return connectorOf(table).createSource!(table)
  },
  expected: () => Promise.resolve(topicRows),
})

// Several files, a folder and batches within one file, a line cut by the end of a chunk, ranges of bytes at a higher
// parallelism: the JSON file is larger than a chunk of 1 MiB.
let folder: string | undefined
const fileRows: Cell[][] = Array.from({ length: 20_000 }, (_, id) => [
  id,
  id % 7 === 0 ? null : `name ${id} ${'x'.repeat(id % 90)}`,
])
function fillFolder(format: 'csv' | 'json'): string {
  folder ??= mkdtempSync(join(tmpdir(), 'flinkts-files-'))
  const path = join(folder, format)
  const line = ([id, name]: Cell[]): string =>
    format === 'json' ? JSON.stringify({ id, name }) : `${id as number},${name === null ? '' : `"${name as string}"`}`
  const text = (rowsOfFile: Cell[][]): string => rowsOfFile.map((row) => `${line(row)}\n`).join('')
  mkdirSync(join(path, 'more'), { recursive: true })
  writeFileSync(join(path, 'first'), text(fileRows.slice(0, 100)))
  writeFileSync(join(path, 'large'), text(fileRows.slice(100, 19_000)))
  writeFileSync(join(path, 'more', 'last.gz'), gzipSync(text(fileRows.slice(19_000))))
  writeFileSync(join(path, '_hidden'), 'no data')
  return path
}
afterAll(() => {
  if (folder !== undefined) rmSync(folder, { recursive: true })
})

for (const format of ['csv', 'json'] as const)
  runSourceSuite(`filesystem, ${format}`, {
    runtime: filesystemRuntime,
    createSpec: () => {
      const options = { connector: 'filesystem', path: fillFolder(format), format }
      const table = describeTable(format === 'csv' ? { ...options, 'csv.null-literal': '' } : options)
      return Promise.resolve(connectorOf(table).createSource!(table))
    },
    expected: () => Promise.resolve(fileRows),
  })

// ---------------------------------------------------------------- sinks

runSinkSuite('print', {
  runtime: printRuntime,
  createSpec: () => Promise.resolve(sinkSpec({ connector: 'print' })),
  rows,
  read: (_, context) => Promise.resolve(context.lines.map(({ line }) => line)),
  expected: rows.map(([id, name]) => `+I[${Number(id)}, ${name === null ? 'null' : String(name as string)}]`),
})

runSinkSuite('blackhole', {
  runtime: blackholeRuntime,
  createSpec: () => Promise.resolve(sinkSpec({ connector: 'blackhole' })),
  rows,
  read: () => Promise.resolve([]),
  expected: [],
})

runSinkSuite('kafka', {
  runtime: kafkaRuntime,
  createSpec: async () =>
    sinkSpec({
      connector: 'kafka',
      topic: await kafka.createTopic(2),
      'properties.bootstrap.servers': kafka.bootstrap,
      format: 'json',
    }),
  rows,
  read: async (spec) => {
    const { topic: name } = spec.settings as unknown as { topic: string }
    return (await kafka.read(name)).map(({ value }) => value!)
  },
  expected: rows.map(([id, name]) => JSON.stringify({ id, name })),
})

let tableCount = 0
for (const [name, primaryKey] of [
  ['jdbc (append)', undefined],
  ['jdbc (upsert)', [0]],
] as const) {
  runSinkSuite(name, {
    runtime: jdbcRuntime,
    createSpec: async () => {
      const table = `t${tableCount++}`
      await postgres.query(`CREATE TABLE ${table} (id int${primaryKey === undefined ? '' : ' PRIMARY KEY'}, name text)`)
      const options = {
        connector: 'jdbc',
        url: postgres.jdbcUrl,
        'table-name': table,
        username: 'postgres',
        password: 'postgres',
      }
      return sinkSpec(options, primaryKey === undefined ? undefined : [...primaryKey])
    },
    rows,
    read: async (spec) => {
      const { tableName } = spec.settings as unknown as { tableName: string }
      return (await postgres.query(`SELECT * FROM ${tableName}`)).map((row) => JSON.stringify(row))
    },
    expected: rows.map(([id, text]) => JSON.stringify({ id, name: text })),
  })
}
