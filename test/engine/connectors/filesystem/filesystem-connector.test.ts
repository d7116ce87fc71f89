import { appendFileSync, mkdirSync, mkdtempSync, rmSync, truncateSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { deflateSync, gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { MetadataColumn, Split } from '../../../../engine/connectors/connector.ts'
import { filesystemDefinition } from '../../../../engine/connectors/filesystem/definition.ts'
import { filesystemRuntime } from '../../../../engine/connectors/filesystem/filesystem-runtime.ts'
import { loadCompressor } from '../../../../engine/kafka/protocol/compression.ts'
import { types, type LogicalType } from '../../../../engine/types/logical-type.ts'
import { rowFromBatch, type Cell, type RecordBatch } from '../../../../engine/types/record-batch.ts'
import { createRuntimeContext } from '../../../helpers/runtime-context.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'flinkts-filesystem-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

interface TableOptions {
  readonly options?: Record<string, string>
  readonly fields?: Record<string, LogicalType>
  readonly metadata?: readonly MetadataColumn[]
  readonly configuration?: Record<string, string>
}

function sourceOf({ options = {}, fields = { a: types.int() }, metadata = [], configuration = {} }: TableOptions = {}) {
  return filesystemDefinition.createSource!({
    name: 't',
    physicalType: types.row(Object.entries(fields).map(([name, type]) => ({ name, type }))),
    metadata,
    primaryKey: undefined,
    configuration,
    options: { connector: 'filesystem', path: folder, format: 'csv', ...options },
  })
}

const write = (name: string, content: string | Buffer): string => {
  const path = join(folder, name)
  mkdirSync(join(path, '..'), { recursive: true })
  writeFileSync(path, content)
  return path
}

interface Read {
  readonly rows: Cell[][]
  readonly splits: readonly Split[]
  readonly ignored: number | undefined
}

/** Reads to the end, or until so many batches came. */
async function read(
  table: TableOptions = {},
  {
    restored,
    batches = Infinity,
    parallelism = 1,
    project,
  }: { restored?: readonly Split[]; batches?: number; parallelism?: number; project?: number[] } = {},
): Promise<Read> {
  const whole = sourceOf(table)
  const keys = whole.metadata.map((column) => column.key)
  const source = project === undefined ? whole : filesystemDefinition.applyProjection!(whole, project, keys)
  const rows: Cell[][] = []
  const snapshots: Split[] = []
  let ignored: number | undefined
  let batchCount = 0
  const output = {
    emit: (_: string, batch: RecordBatch) => {
      batchCount++
      for (let row = 0; row < batch.rowCount; row++) rows.push(rowFromBatch(batch, row))
    },
    splitFinished: () => undefined,
  }
  const configuration = table.configuration ?? {}
  const enumerator = filesystemRuntime.createEnumerator!(source, createRuntimeContext({ parallelism, configuration }))
  const splits = JSON.parse(JSON.stringify(await enumerator.start(restored))) as Split[]
  for (let subtask = 0; subtask < parallelism; subtask++) {
    const context = createRuntimeContext({ parallelism, subtaskIndex: subtask, configuration })
    const reader = filesystemRuntime.createReader!(source, context)
    try {
      await reader.start(splits.filter((_, index) => index % parallelism === subtask))
      for (
        let status = reader.poll(output);
        status !== 'end-of-input' && batchCount < batches;
        status = reader.poll(output)
      ) {
        if (status === 'nothing-available') await reader.available()
      }
      snapshots.push(...reader.snapshot())
      ignored = context.metrics.snapshot()['numRecordsInErrors']
    } finally {
      await reader.close()
    }
  }
  return { rows, splits: snapshots, ignored }
}

const numbers = (from: number, to: number): Cell[][] => Array.from({ length: to - from }, (_, index) => [from + index])
const lines = (from: number, to: number): string =>
  numbers(from, to)
    .map(([a]) => `${a as number}\n`)
    .join('')

describe('files', () => {
  it('are those of a folder and the folders below it, in the order of their paths, but hidden ones', async () => {
    write('b.csv', '3\n')
    write('a/x.csv', '1\n')
    write('a/y/z.csv', '2\n')
    write('_success', 'x')
    write('.hidden/c.csv', 'x')
    expect((await read()).rows).toEqual([[1], [2], [3]])
  })

  it('are chosen by a pattern of their whole path', async () => {
    write('2019/a.csv', '1\n')
    write('2020/a.csv', '2\n')
    write('2020/b.txt', '3\n')
    expect((await read({ options: { 'source.path.regex-pattern': '.*/2020/[^/]*\\.csv' } })).rows).toEqual([[2]])
    expect((await read({ options: { 'source.path.regex-pattern': '2020' } })).rows).toEqual([])
  })

  it('may be one, that is empty', async () => {
    const path = write('empty.csv', '')
    expect((await read({ options: { path } })).rows).toEqual([])
    expect((await read({ options: { path, 'csv.ignore-first-line': 'true' } })).rows).toEqual([])
  })

  it('are decompressed by their names', async () => {
    const zstd = (await loadCompressor('zstd'))!
    write('1.gz', gzipSync('1\n'))
    write('2.deflate', deflateSync('2\n'))
    write('3.zst', Buffer.from(zstd(Buffer.from('3\n'))))
    expect((await read()).rows).toEqual([[1], [2], [3]])
    write('4.bz2', 'x')
    await expect(read()).rejects.toMatchObject({ code: 'FILE_INVALID', message: expect.stringContaining('.bz2') })
  })

  it('that are damaged, missing or shortened are named', async () => {
    await expect(read({ options: { path: join(folder, 'none.csv') } })).rejects.toMatchObject({
      code: 'FILE_NOT_FOUND',
      message: expect.stringContaining('none.csv'),
    })
    const damaged = write('x.gz', gzipSync(lines(0, 1000)).subarray(0, 200))
    await expect(read({ options: { path: damaged } })).rejects.toMatchObject({
      code: 'FILE_INVALID',
      message: expect.stringContaining('unexpected end of file'),
    })
  })

  it('have metadata', async () => {
    const path = write('some/rides.csv', '1\n')
    utimesSync(path, 1_700_000_000, 1_700_000_000.5)
    const metadata = [
      { key: 'file.path', type: types.string() },
      { key: 'file.name', type: types.string() },
      { key: 'file.size', type: types.bigint() },
      { key: 'file.modification-time', type: types.timestamp(3) },
    ]
    const configuration = { 'table.local-time-zone': 'Asia/Tokyo' }
    expect((await read({ metadata, configuration })).rows).toEqual([
      [1, path, 'rides.csv', 2, 1_700_000_000_500 + 9 * 3_600_000],
    ])
  })
})

describe('CSV', () => {
  const fields = { a: types.int(), b: types.string(), c: types.double() }

  it('has no header unless told so, and says so', async () => {
    const path = write('x.csv', '\ufeffa,b,c\r\n1,"x\n",1.5\r\n')
    await expect(read({ fields, options: { path } })).rejects.toMatchObject({
      code: 'RECORD_MALFORMED',
      message: expect.stringContaining("line 1: Failed to deserialize CSV 'a,b,c': field 'a': cannot read"),
      fix: expect.stringContaining("'csv.ignore-first-line' = 'true'"),
    })
    expect((await read({ fields, options: { path, 'csv.ignore-first-line': 'true' } })).rows).toEqual([[1, 'x\n', 1.5]])
  })

  it('passes over the header of each file', async () => {
    write('1.csv', 'a,b,c\n1,x,1\n')
    write('2.csv', 'a,b,c\n2,y,2\n')
    expect(
      (await read({ fields, options: { 'csv.ignore-first-line': 'true' } }, { project: [2, 0].sort() })).rows,
    ).toEqual([
      [1, 1],
      [2, 2],
    ])
  })

  it('takes fields by position, whatever the header calls them', async () => {
    write('x.csv', 'c,b,a\n1,x,1.5\n')
    expect((await read({ fields, options: { 'csv.ignore-first-line': 'true' } })).rows).toEqual([[1, 'x', 1.5]])
  })

  it('looks for the header behind comments', async () => {
    write('x.csv', '\ufeff# rides\n\n # of May\na,b,c\n# data\n1,x,1\n')
    const options = { 'csv.ignore-first-line': 'true', 'csv.allow-comments': 'true' }
    expect((await read({ fields, options })).rows).toEqual([[1, 'x', 1]])
  })

  it('does not take the record behind a header for another header', async () => {
    write('x.csv', 'a,b,c\na,b,c\n1,x,1\n')
    await expect(read({ fields, options: { 'csv.ignore-first-line': 'true' } })).rejects.toMatchObject({
      message: expect.stringContaining('line 2'),
      fix: expect.stringContaining('csv.ignore-parse-errors'),
    })
  })

  it('names the line of a malformed record, or skips and counts it', async () => {
    const path = write('x.csv', '1,x,1\n2,"two\nlines",2\n3,x\n4,x,4,4\n')
    await expect(read({ fields })).rejects.toMatchObject({
      code: 'RECORD_MALFORMED',
      message: `record at ${path}, line 4: Failed to deserialize CSV '3,x': Row length mismatch. 3 fields expected but was 2.`,
      fix: expect.stringContaining('csv.ignore-parse-errors'),
    })
    const { rows, ignored } = await read({ fields, options: { 'csv.ignore-parse-errors': 'true' } })
    expect(rows).toEqual([
      [1, 'x', 1],
      [2, 'two\nlines', 2],
      [3, 'x', null],
    ])
    expect(ignored).toBe(1)
  })
})

describe('JSON lines', () => {
  const options = { format: 'json' }

  it('are decoded one by one, empty ones passed over', async () => {
    write('x.json', '{"a":1}\r\n\n{"a":2}\n{"a":3}')
    expect((await read({ options })).rows).toEqual([[1], [2], [3]])
  })

  it('are strict about fields that the query does not read when told so', async () => {
    write('x.json', '{"a":1}\n')
    const fields = { a: types.int(), b: types.int() }
    const strict = { ...options, 'json.fail-on-missing-field': 'true' }
    await expect(read({ fields, options: strict }, { project: [0] })).rejects.toThrow('line 1')
    expect((await read({ fields, options }, { project: [0] })).rows).toEqual([[1]])
  })

  it.each([1, 2, 3, 7])('are read by %i subtasks, each line once', async (parallelism) => {
    const rows = Array.from({ length: 20_000 }, (_, a): Cell[] => [a])
    write('x.json', rows.map(([a]) => `{"a":${a as number},"padding":"${'x'.repeat(Number(a) % 50)}"}\n`).join(''))
    const { rows: found, splits } = await read({ options }, { parallelism })
    expect(splits).toHaveLength(parallelism)
    expect(found.map(([a]) => a as number).sort((a, b) => a - b)).toEqual(rows.flat())
  })
})

describe('a restored job', () => {
  it.each(['x.csv', 'x.gz'])('goes on in %s at the record, with other readers too', async (name) => {
    write(name, name.endsWith('gz') ? gzipSync(lines(0, 30_000)) : lines(0, 30_000))
    write('y.csv', lines(30_000, 30_010))
    const before = await read({}, { batches: 2 })
    const count = before.rows.length
    expect(before.rows).toEqual(numbers(0, count))
    const after = await read({}, { restored: before.splits, parallelism: 2 })
    expect(after.rows).toEqual(numbers(count, 30_010))
    expect((await read({}, { restored: after.splits })).rows).toEqual([])
  })

  it('does not pass over a header twice', async () => {
    write('x.csv', `a\n${lines(0, 10_000)}`)
    const options = { 'csv.ignore-first-line': 'true' }
    const before = await read({ options }, { batches: 1 })
    expect((await read({ options }, { restored: before.splits })).rows).toEqual(numbers(8192, 10_000))
  })

  it('refuses files that have changed, unless they are read', async () => {
    const path = write('x.csv', lines(0, 10_000))
    const half = await read({}, { batches: 1 })
    const all = await read()
    write('new.csv', '1\n') // what is read was fixed when the job began
    appendFileSync(path, '1\n')
    await expect(read({}, { restored: half.splits })).rejects.toMatchObject({
      code: 'CHECKPOINT_INCOMPATIBLE',
      message: expect.stringContaining(path),
    })
    expect((await read({}, { restored: all.splits })).rows).toEqual([])
    rmSync(path)
    await expect(read({}, { restored: half.splits })).rejects.toThrow('is gone')
  })

  it('notices a file that becomes shorter while it is read', async () => {
    const path = write('x.csv', lines(0, 500_000))
    const source = sourceOf()
    const reader = filesystemRuntime.createReader!(source, createRuntimeContext())
    await reader.start(await filesystemRuntime.createEnumerator!(source, createRuntimeContext()).start(undefined))
    const output = { emit: () => undefined, splitFinished: () => undefined }
    const rest = async () => {
      for (let status = reader.poll(output); status !== 'end-of-input'; status = reader.poll(output)) {
        if (status === 'nothing-available') await reader.available()
      }
    }
    expect(reader.positions!()).toEqual([{ id: path, position: `byte 0 of ${lines(0, 500_000).length}` }])
    reader.poll(output)
    truncateSync(path, 100)
    await expect(rest()).rejects.toMatchObject({ code: 'FILE_INVALID', message: expect.stringContaining('shorter') })
    await reader.close()
  })
})

describe('options', () => {
  it.each<[string, Record<string, string>, string, string]>([
    ['a format of others', { format: 'parquet' }, 'SQL_UNSUPPORTED', "format 'parquet'"],
    ['an unknown format', { format: 'cvs' }, 'OPTION_INVALID', "identifier 'cvs'"],
    ['watching a folder', { 'source.monitor-interval': '10 s' }, 'SQL_UNSUPPORTED', 'source.monitor-interval'],
    ['options of sinks', { 'sink.rolling-policy.file-size': '1MB' }, 'SQL_UNSUPPORTED', 'sink.rolling-policy'],
    ['other file systems', { path: 's3://bucket/x' }, 'SQL_UNSUPPORTED', 'only files of this machine'],
    ['an empty path', { path: '' }, 'OPTION_INVALID', 'it is empty'],
    ['a bad pattern', { 'source.path.regex-pattern': '(' }, 'OPTION_INVALID', 'source.path.regex-pattern'],
    ['options of the other format', { 'json.ignore-parse-errors': 'true' }, 'OPTION_INVALID', 'Unsupported options'],
    ['an unknown option', { 'csv.ignore-first-lin': 'true' }, 'OPTION_INVALID', 'Unsupported options'],
  ])('refuse %s', (_, options, code, message) => {
    const check = () => sourceOf({ options })
    expect(check).toThrow(expect.objectContaining({ code, message: expect.stringContaining(message) }))
  })

  it('take a file: address, and are plain data', () => {
    const source = sourceOf({ options: { path: 'file:///data/rides.csv', 'source.report-statistics': 'NONE' } })
    expect(source).toMatchObject({
      bounded: true,
      settings: { path: '/data/rides.csv' },
      ignoredOptions: ['source.report-statistics'],
    })
    expect(JSON.parse(JSON.stringify(source.settings))).toEqual(source.settings)
    expect('createSink' in filesystemDefinition).toBe(false)
  })
})
