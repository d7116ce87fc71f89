import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import fc from 'fast-check'
import { jdbcDefinition } from '../../../../engine/connectors/jdbc/definition.ts'
import { JdbcWriter } from '../../../../engine/connectors/jdbc/jdbc-writer.ts'
import { types, type LogicalType } from '../../../../engine/types/logical-type.ts'
import { batchFromRows, type Cell, type RecordBatch } from '../../../../engine/types/record-batch.ts'
import { RowKind } from '../../../../engine/types/row-kind.ts'
import { startTestPostgres, type TestPostgres } from '../../../helpers/postgres.ts'
import { createRuntimeContext, type TestContext } from '../../../helpers/runtime-context.ts'

let postgres: TestPostgres
beforeAll(async () => {
  postgres = await startTestPostgres()
})
afterAll(async () => postgres.stop())
beforeEach(async () => {
  await postgres.query('DROP SCHEMA public CASCADE; CREATE SCHEMA public')
})

interface Sink {
  readonly writer: JdbcWriter
  readonly context: TestContext
  write(rows: Cell[][], kinds?: number[]): void
}

function createSink(
  fields: Record<string, LogicalType>,
  options: Record<string, string> = {},
  primaryKey?: number[],
  subtaskId?: string,
): Sink {
  const physicalType = types.row(Object.entries(fields).map(([name, type]) => ({ name, type })))
  const spec = jdbcDefinition.createSink!({
    name: 'o',
    physicalType,
    metadata: [],
    primaryKey,
    options: {
      connector: 'jdbc',
      url: postgres.jdbcUrl,
      username: postgres.user,
      password: postgres.password,
      'table-name': 'o',
      ...options,
    },
    configuration: {},
  })
  const context = createRuntimeContext({ subtaskId })
  const writer = new JdbcWriter(spec, context)
  const batch = (rows: Cell[][], kinds?: number[]): RecordBatch =>
    batchFromRows(physicalType, rows, kinds === undefined ? undefined : Uint8Array.from(kinds))
  return { writer, context, write: (rows, kinds) => writer.write(batch(rows, kinds)) }
}

async function withSink(sink: Sink, use: () => Promise<void> | void): Promise<void> {
  await sink.writer.open()
  try {
    await use()
  } finally {
    await sink.writer.close()
  }
}

const everyType: Record<string, LogicalType> = {
  a: types.boolean(),
  b: types.smallint(),
  t: types.tinyint(),
  c: types.int(),
  d: types.bigint(),
  e: types.float(),
  f: types.double(),
  g: types.decimal(10, 2),
  n: types.decimal(38, 20),
  h: types.string(),
  i: types.bytes(),
  j: types.date(),
  k: types.time(0),
  l: types.timestamp(3),
  m: types.timestamp(9),
}
const everyColumn =
  'a boolean, b smallint, t smallint, c int, d bigint, e real, f float8, g numeric(10,2), n numeric, h text, i bytea, j date, k time, l timestamp(3), m timestamp'

const millis = Date.UTC(2024, 0, 2, 3, 4, 5, 123)
const rowsOfEveryType: Cell[][] = [
  [
    true,
    2,
    1,
    3,
    4,
    1.5,
    2.5,
    1235,
    12345678901234567890123456789n,
    'x€',
    Uint8Array.of(1, 2),
    19724,
    11045000,
    millis,
    { millis, nanos: 456789 },
  ],
  [
    false,
    -32768,
    -128,
    -2147483648,
    -9223372036854775808n,
    -0.5,
    1e300,
    -1,
    -1n,
    '',
    new Uint8Array(),
    -719162,
    0,
    -62135596800000,
    millis,
  ],
  Array.from({ length: 15 }, () => null),
]
const expectedOfEveryType = [
  {
    a: true,
    b: 2,
    t: 1,
    c: 3,
    d: '4',
    e: 1.5,
    f: 2.5,
    g: '12.35',
    n: '123456789.01234567890123456789',
    h: 'x€',
    i: Buffer.from([1, 2]),
    j: '2024-01-02',
    k: '03:04:05',
    l: '2024-01-02 03:04:05.123',
    m: '2024-01-02 03:04:05.123457',
  },
  {
    a: false,
    b: -32768,
    t: -128,
    c: -2147483648,
    d: '-9223372036854775808',
    e: -0.5,
    f: 1e300,
    g: '-0.01',
    n: '-0.00000000000000000001',
    h: '',
    i: Buffer.alloc(0),
    j: '0001-01-01',
    k: '00:00:00',
    l: '0001-01-01 00:00:00',
    m: '2024-01-02 03:04:05.123',
  },
  Object.fromEntries(Object.keys(everyType).map((name) => [name, null])),
]
const readEveryType = 'SELECT a, b, t, c, d, e, f, g::text, n::text, h, i, j::text, k::text, l::text, m::text FROM o'

describe('append', () => {
  it('writes every type', async () => {
    await postgres.query(`CREATE TABLE o (${everyColumn})`)
    const sink = createSink(everyType)
    await withSink(sink, async () => {
      sink.write(rowsOfEveryType)
      await sink.writer.flush()
    })
    expect(await postgres.query(readEveryType)).toEqual(expectedOfEveryType)
  })

  it('writes integers and doubles into other number types, local times into timestamptz', async () => {
    await postgres.query(
      'CREATE DOMAIN positive AS int CHECK (VALUE > 0); CREATE TABLE o (a int, b bigint, c numeric, d float8, e real, f positive, g timestamptz, h json, i jsonb, j varchar(3), k char(4))',
    )
    const sink = createSink({
      a: types.bigint(),
      b: types.int(),
      c: types.int(),
      d: types.int(),
      e: types.double(),
      f: types.int(),
      g: types.timestamp(3),
      h: types.string(),
      i: types.string(),
      j: types.string(),
      k: types.string(),
    })
    await withSink(sink, async () => {
      sink.write([[1, 2, 30000, 4, 5.5, 6, millis, '{"a":1}', '{"a": 1}', 'abc', 'x']])
      await sink.writer.flush()
    })
    expect(
      await postgres.query(
        "SELECT a, b::int, c::text, d, e, f, g AT TIME ZONE 'UTC' = '2024-01-02 03:04:05.123' AS g, h->>'a' AS h, i->>'a' AS i, j, k FROM o",
      ),
    ).toEqual([{ a: 1, b: 2, c: '30000', d: 4, e: 5.5, f: 6, g: true, h: '1', i: '1', j: 'abc', k: 'x   ' }])
  })

  it('shows rows after the flush interval, without a flush', async () => {
    await postgres.query('CREATE TABLE o (id int)')
    const sink = createSink({ id: types.int() }, { 'sink.buffer-flush.interval': '20 ms' })
    await withSink(sink, async () => {
      sink.write([[1]])
      while ((await postgres.query('SELECT * FROM o')).length === 0) await sink.writer.available()
    })
  })

  it('shows rows after the number of rows asked for', async () => {
    await postgres.query('CREATE TABLE o (id int)')
    const sink = createSink(
      { id: types.int() },
      { 'sink.buffer-flush.interval': '0', 'sink.buffer-flush.max-rows': '2' },
    )
    await withSink(sink, async () => {
      sink.write([[1], [2]])
      while ((await postgres.query('SELECT * FROM o')).length < 2) await sink.writer.available()
    })
  })

  it.each([
    ['appended', undefined],
    ['upserted', [0]],
  ])('tells for how long Postgres has not committed what is %s, though it takes more', async (_, primaryKey) => {
    await postgres.query('CREATE TABLE o (id int PRIMARY KEY)')
    const sink = createSink({ id: types.int() }, { 'sink.buffer-flush.interval': '0' }, primaryKey)
    await withSink(sink, async () => {
      sink.write([[1]])
      expect(sink.writer.owedForMs()).toBeUndefined()
      await postgres.query('BEGIN; LOCK TABLE o')
      const flushed = sink.writer.flush()
      const first = sink.writer.owedForMs()
      expect(first).toBeGreaterThanOrEqual(0)
      sink.write([[2]])
      await postgres.query('SELECT 1')
      expect(sink.writer.owedForMs()).toBeGreaterThan(first!)
      expect(sink.writer.isAvailable()).toBe(true)
      await postgres.query('COMMIT')
      await flushed
      expect(sink.writer.owedForMs()).toBeUndefined()
      await sink.writer.flush()
    })
    expect(await postgres.query('SELECT id FROM o ORDER BY id')).toEqual([{ id: 1 }, { id: 2 }])
  })

  it('writes more than its buffers hold', async () => {
    await postgres.query('CREATE TABLE o (id int, text text)')
    const sink = createSink({ id: types.int(), text: types.string() })
    const rows = Array.from({ length: 1000 }, (_, id): Cell[] => [id, 'x'.repeat(1000)])
    await withSink(sink, async () => {
      for (let batch = 0; batch < 60; batch++) {
        if (!sink.writer.isAvailable()) await sink.writer.available()
        sink.write(rows)
      }
      await sink.writer.flush()
    })
    expect(await postgres.query('SELECT count(*)::int AS count, sum(length(text))::int AS length FROM o')).toEqual([
      { count: 60000, length: 60000000 },
    ])
  })

  it('names what the server refuses', async () => {
    await postgres.query('CREATE TABLE o (id int, name varchar(3)); ALTER TABLE o ADD CHECK (id > 0)')
    const sink = createSink({ id: types.int(), name: types.string() })
    await withSink(sink, async () => {
      sink.write([[1, 'toolong']])
      await expect(sink.writer.flush()).rejects.toMatchObject({
        code: 'POSTGRES_WRITE_FAILED',
        message: expect.stringContaining('value too long for type character varying(3)'),
      })
      expect(sink.writer.isAvailable()).toBe(false)
      await expect(sink.writer.available()).rejects.toThrow('column name')
    })
    const other = createSink({ id: types.int(), name: types.string() })
    await withSink(other, async () => {
      other.write([[-1, 'x']])
      await expect(other.writer.flush()).rejects.toThrow('violates check constraint')
    })
  })

  it('names a number that is too large for its column', async () => {
    await postgres.query('CREATE TABLE o (n int)')
    const sink = createSink({ n: types.bigint() })
    await withSink(sink, () => {
      expect(() => sink.write([[3000000000]])).toThrow('3000000000 is out of range for column "n" (integer)')
      expect(() => sink.write([[9007199254740993n]])).toThrow('9007199254740993 is out of range')
    })
  })
})

describe('upsert', () => {
  const fields = { k: types.string(false), c: types.bigint(), s: types.double() }
  const { INSERT, UPDATE_BEFORE, UPDATE_AFTER, DELETE } = RowKind

  it('keeps the last change of each key', async () => {
    await postgres.query(
      "CREATE TABLE o (k text PRIMARY KEY, c bigint, s float8); INSERT INTO o VALUES ('old', 1, 1), ('gone', 2, 2)",
    )
    const sink = createSink(fields, {}, [0])
    await withSink(sink, async () => {
      sink.write(
        [
          ['a', 1, 1],
          ['b', 1, null],
          ['a', 1, 1],
          ['a', 2, 2],
          ['b', 1, 1],
          ['old', 7, 7],
          ['gone', null, null],
          ['never', 1, 1],
          ['never', 1, 1],
        ],
        [INSERT, INSERT, UPDATE_BEFORE, UPDATE_AFTER, DELETE, UPDATE_AFTER, DELETE, INSERT, DELETE],
      )
      await sink.writer.flush()
      expect(await postgres.query('SELECT * FROM o ORDER BY k')).toEqual([
        { k: 'a', c: '2', s: 2 },
        { k: 'old', c: '7', s: 7 },
      ])
      sink.write([['a', 3, null]], [UPDATE_AFTER])
      await sink.writer.flush()
    })
    expect(await postgres.query("SELECT * FROM o WHERE k = 'a'")).toEqual([{ k: 'a', c: '3', s: null }])
  })

  it('inserts into an empty table, and upserts from the first key on that is there after all', async () => {
    await postgres.query('CREATE TABLE o (k text PRIMARY KEY, c bigint, s float8)')
    const sink = createSink(fields, {}, [0])
    const statement = async (): Promise<string> =>
      (
        await postgres.query<{ query: string }>(
          "SELECT query FROM pg_stat_activity WHERE application_name = 'flinkts' AND query LIKE 'INSERT%'",
        )
      )[0]!.query
    await withSink(sink, async () => {
      sink.write([
        ['a', 1, 1],
        ['b', 1, null],
      ])
      await sink.writer.flush()
      expect(await statement()).not.toContain('ON CONFLICT')
      await postgres.query("INSERT INTO o VALUES ('c', 0, 0)") // somebody else
      sink.write([
        ['c', 2, 2],
        ['d', 2, 2],
        ['a', 3, 3],
      ])
      await sink.writer.flush()
      expect(await statement()).toContain('ON CONFLICT')
      sink.write([['d', 4, 4]])
      await sink.writer.flush()
    })
    expect(await postgres.query('SELECT * FROM o ORDER BY k')).toEqual([
      { k: 'a', c: '3', s: 3 },
      { k: 'b', c: '1', s: null },
      { k: 'c', c: '2', s: 2 },
      { k: 'd', c: '4', s: 4 },
    ])
  })

  it('names the constraint that is violated, unless it is that of the key', async () => {
    await postgres.query('CREATE TABLE o (k text PRIMARY KEY, c bigint UNIQUE, s float8)')
    const sink = createSink(fields, {}, [0])
    await withSink(sink, async () => {
      sink.write([
        ['a', 1, 1],
        ['b', 1, 2],
      ])
      await expect(sink.writer.flush()).rejects.toThrow('o_c_key')
    })
    expect(await postgres.query('SELECT * FROM o')).toEqual([])
  })

  it('writes every type, by a composite key', async () => {
    await postgres.query(`CREATE TABLE o (${everyColumn}); CREATE UNIQUE INDEX ON o (m, c)`)
    const sink = createSink(everyType, {}, [14, 3])
    await withSink(sink, async () => {
      sink.write(rowsOfEveryType.slice(0, 2))
      sink.write(rowsOfEveryType.slice(0, 2))
      await sink.writer.flush()
    })
    expect(await postgres.query(readEveryType)).toEqual(expectedOfEveryType.slice(0, 2))
  })

  it('writes a table that is all key', async () => {
    await postgres.query('CREATE TABLE o (a int, b int, PRIMARY KEY (a, b))')
    const sink = createSink({ a: types.int(false), b: types.int(false) }, {}, [0, 1])
    await withSink(sink, async () => {
      sink.write([
        [1, 1],
        [1, 1],
        [1, 2],
      ])
      await sink.writer.flush()
      sink.write([[1, 1]])
      await sink.writer.flush()
    })
    expect(await postgres.query('SELECT * FROM o ORDER BY b')).toEqual([
      { a: 1, b: 1 },
      { a: 1, b: 2 },
    ])
  })

  it('reduces as a map does, whatever the changes', async () => {
    await postgres.query('CREATE TABLE o (k text, n bigint, v float8, PRIMARY KEY (k, n))')
    const change = fc.record({
      k: fc.constantFrom('a', 'b', 'é', 'x'.repeat(70), ''),
      n: fc.constantFrom<number | bigint>(0, 1, -1, 2 ** 40, 9007199254740993n, -9223372036854775808n),
      v: fc.oneof(fc.double(), fc.constant(null)),
      kind: fc.constantFrom(INSERT, UPDATE_BEFORE, UPDATE_AFTER, DELETE),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(change, { maxLength: 20 }), { maxLength: 4 }), async (batches) => {
        await postgres.query('TRUNCATE o')
        const expected = new Map<string, number | null>()
        const sink = createSink({ k: types.string(false), n: types.bigint(false), v: types.double() }, {}, [0, 1])
        await withSink(sink, async () => {
          for (const batch of batches) {
            sink.write(
              batch.map(({ k, n, v }) => [k, n, v]),
              batch.map(({ kind }) => kind),
            )
            for (const { k, n, v, kind } of batch) {
              if (kind === DELETE || kind === UPDATE_BEFORE) expected.delete(`${k}/${n}`)
              else expected.set(`${k}/${n}`, v)
            }
            await sink.writer.flush()
          }
        })
        const rows = await postgres.query<{ k: string; n: string; v: number | null }>('SELECT * FROM o')
        expect(new Map(rows.map(({ k, n, v }) => [`${k}/${n}`, v]))).toEqual(expected)
      }),
      { numRuns: 40 },
    )
  })

  it('writes many keys', async () => {
    await postgres.query('CREATE TABLE o (k int PRIMARY KEY, v int)')
    const sink = createSink({ k: types.int(false), v: types.int() }, {}, [0])
    await withSink(sink, async () => {
      for (let round = 0; round < 3; round++) {
        for (let from = 0; from < 120_000; from += 4000) {
          if (!sink.writer.isAvailable()) await sink.writer.available()
          sink.write(Array.from({ length: 4000 }, (_, index) => [from + index, round]))
        }
      }
      await sink.writer.flush()
    })
    expect(await postgres.query('SELECT count(*)::int AS count, min(v) AS min FROM o')).toEqual([
      { count: 120000, min: 2 },
    ])
  })
})

describe('a connection that is lost', () => {
  const terminate = () =>
    postgres.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'flinkts'")

  it('appends what was not committed again', async () => {
    await postgres.query('CREATE TABLE o (id int)')
    const sink = createSink({ id: types.int() })
    await withSink(sink, async () => {
      sink.write([[1]])
      await sink.writer.flush()
      await terminate()
      sink.write([[2], [3]])
      await sink.writer.flush()
    })
    expect(await postgres.query('SELECT id FROM o ORDER BY id')).toEqual([{ id: 1 }, { id: 2 }, { id: 3 }])
  })

  it('sends a COPY that was cut off once more, from its beginning', async () => {
    await postgres.query('CREATE TABLE o (id int, text text)')
    const sink = createSink({ id: types.int(), text: types.string() }, { 'sink.buffer-flush.interval': '0' })
    await withSink(sink, async () => {
      sink.write(Array.from({ length: 3000 }, (_, id) => [id, 'x'.repeat(200)]))
      while (
        (
          await postgres.query(
            "SELECT 1 FROM pg_stat_activity WHERE application_name = 'flinkts' AND query LIKE 'COPY%' AND state = 'active'",
          )
        ).length === 0
      );
      await terminate()
      sink.write([[3000, '']])
      await sink.writer.flush()
    })
    expect(await postgres.query('SELECT count(*)::int AS count, count(DISTINCT id)::int AS ids FROM o')).toEqual([
      { count: 3001, ids: 3001 },
    ])
  })

  it('upserts again', async () => {
    await postgres.query('CREATE TABLE o (k int PRIMARY KEY, v int)')
    const sink = createSink({ k: types.int(false), v: types.int() }, {}, [0])
    await withSink(sink, async () => {
      await terminate()
      sink.write([[1, 1]])
      await sink.writer.flush()
    })
    expect(await postgres.query('SELECT * FROM o')).toEqual([{ k: 1, v: 1 }])
  })

  it('does not let what a killed attempt had sent overwrite what its successor upserts', async () => {
    // old values take their time
    await postgres.query(`CREATE TABLE o (k int PRIMARY KEY, v int);
      CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN IF NEW.v = 1 THEN PERFORM pg_sleep(0.005); END IF; RETURN NEW; END $$;
      CREATE TRIGGER slow BEFORE INSERT ON o FOR EACH ROW EXECUTE FUNCTION slow()`)
    const inserting = async (): Promise<number> =>
      (
        await postgres.query(
          "SELECT 1 FROM pg_stat_activity WHERE application_name = 'flinkts' AND query LIKE 'INSERT%' AND state = 'active'",
        )
      ).length
    const fields = { k: types.int(false), v: types.int() }
    const killed = createSink(fields, {}, [0], 'job/sink/0')
    await killed.writer.open()
    killed.write(Array.from({ length: 400 }, (_, k) => [k, 1]))
    const flushed = killed.writer.flush()
    while ((await inserting()) === 0);
    killed.context.abort()
    await expect(flushed).rejects.toThrow()
    await withSink(createSink(fields, {}, [0], 'job/sink/1'), () => undefined) // another subtask's is not disturbed
    expect(await inserting()).toBe(1)
    const successor = createSink(fields, {}, [0], 'job/sink/0')
    await withSink(successor, async () => {
      successor.write([[399, 2]])
      await successor.writer.flush()
    })
    while ((await inserting()) > 0);
    expect(await postgres.query('SELECT v FROM o WHERE k = 399')).toEqual([{ v: 2 }])
  })

  it.each([
    ['append', undefined],
    ['upsert', [0]],
  ])('flushes what was written before, not what comes meanwhile (%s)', async (_way, primaryKey) => {
    // rows from 10 on wait for the lock
    await postgres.query(`CREATE TABLE o (id int PRIMARY KEY);
      CREATE FUNCTION gate() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN PERFORM pg_advisory_xact_lock_shared(1); RETURN NEW; END $$;
      CREATE TRIGGER gate BEFORE INSERT ON o FOR EACH ROW WHEN (NEW.id >= 10) EXECUTE FUNCTION gate();
      SELECT pg_advisory_lock(1)`)
    const options = { 'sink.buffer-flush.interval': '0', 'sink.buffer-flush.max-rows': '2' }
    const sink = createSink({ id: types.int(false) }, options, primaryKey)
    await withSink(sink, async () => {
      sink.write([[1], [2]])
      sink.write([[3]])
      const flushed = sink.writer.flush()
      sink.write([[10], [11]])
      await flushed
      expect(await postgres.query('SELECT id FROM o ORDER BY id')).toEqual([{ id: 1 }, { id: 2 }, { id: 3 }])
      await postgres.query('SELECT pg_advisory_unlock(1)')
      await sink.writer.flush()
      expect(await postgres.query('SELECT count(*)::int AS count FROM o')).toEqual([{ count: 5 }])
    })
  })

  it('gives up after the retries', async () => {
    await postgres.query('CREATE TABLE o (id int)')
    const sink = createSink({ id: types.int() }, { 'sink.max-retries': '0' })
    await withSink(sink, async () => {
      await terminate()
      sink.write([[1]])
      await expect(sink.writer.flush()).rejects.toMatchObject({
        code: 'POSTGRES_UNREACHABLE',
        message: expect.stringContaining('given up after 1 attempts'),
      })
    })
  })

  it('ends every wait when the job is cancelled', async () => {
    await postgres.query('CREATE TABLE o (id int); ')
    const sink = createSink({ id: types.int() })
    await withSink(sink, async () => {
      await postgres.query('BEGIN; LOCK TABLE o')
      sink.write([[1]])
      const flushed = sink.writer.flush()
      sink.context.abort()
      await expect(flushed).rejects.toThrow()
      await postgres.query('ROLLBACK')
    })
  })
})

describe('open', () => {
  const open = (fields: Record<string, LogicalType>, options: Record<string, string> = {}, key?: number[]) =>
    withSink(createSink(fields, options, key), () => undefined)

  it.each<[string, string, Record<string, LogicalType>, Record<string, string>, number[] | undefined, string, string]>([
    [
      'a missing table',
      '',
      { id: types.int(), when: types.timestamp(3) },
      {},
      [0],
      'no table o',
      'CREATE TABLE o (id integer, when timestamp, PRIMARY KEY (id))',
    ],
    [
      'a table with a near name',
      'CREATE TABLE ridez (id int)',
      { id: types.int() },
      { 'table-name': 'rides' },
      undefined,
      'no table rides',
      'Did you mean ridez?',
    ],
    [
      'a missing column',
      'CREATE TABLE o (id int)',
      { id: types.int(), amount: types.double() },
      {},
      undefined,
      'has no column amount; its columns are id',
      'ALTER TABLE o ADD COLUMN amount double precision',
    ],
    [
      'a column with a near name',
      'CREATE TABLE o (pulocationid int)',
      { PULocationIDs: types.int() },
      {},
      undefined,
      'no column pulocationids',
      'Did you mean pulocationid?',
    ],
    [
      'another type',
      'CREATE TABLE o (id text)',
      { id: types.int() },
      {},
      undefined,
      'column id of table o is text in Postgres, but INT in the sink',
      'ALTER TABLE o ALTER COLUMN id TYPE integer',
    ],
    [
      'a column that must have a value',
      'CREATE TABLE o (id int, name text NOT NULL)',
      { id: types.int() },
      {},
      undefined,
      'column name of table o is NOT NULL',
      'Add name',
    ],
    [
      'a generated column',
      'CREATE TABLE o (id int, twice int GENERATED ALWAYS AS (id * 2) STORED)',
      { id: types.int(), twice: types.int() },
      {},
      undefined,
      'column twice of table o is generated',
      'Leave it out',
    ],
    [
      'a missing unique key',
      'CREATE TABLE o (a int, b int PRIMARY KEY)',
      { a: types.int(), b: types.int() },
      {},
      [0],
      'no unique key on (a), the PRIMARY KEY (in TypeScript upsertBy) of the sink; it has (b)',
      'ADD PRIMARY KEY (a)',
    ],
    ['a view', 'CREATE VIEW o AS SELECT 1 AS id', { id: types.int() }, {}, undefined, 'not a table', 'table-name'],
  ])('names %s', async (_, setup, fields, options, key, message, fix) => {
    await postgres.query(setup)
    await expect(open(fields, options, key)).rejects.toMatchObject({
      code: 'POSTGRES_SCHEMA_MISMATCH',
      message: expect.stringContaining(message),
      fix: expect.stringContaining(fix),
    })
  })

  it('finds tables in schemas, and names that need quotes', async () => {
    await postgres.query('CREATE SCHEMA s; CREATE TABLE s.o (id int); CREATE TABLE "Odd Name" (id int, "order" int)')
    await open({ ID: types.int() }, { 'table-name': 's.o' })
    await open({ id: types.int(), order: types.int() }, { 'table-name': '"Odd Name"' })
  })

  it('never shows a password', async () => {
    const rejected = open({ id: types.int() }, { username: 'no-such-role', password: 'secret-word' })
    await expect(rejected).rejects.toMatchObject({
      code: 'POSTGRES_UNREACHABLE',
      message: expect.not.stringContaining('secret-word'),
    })
  })

  it('names the address that does not answer', async () => {
    const rejected = open({ id: types.int() }, { url: 'jdbc:postgresql://127.0.0.1:1/x', 'sink.max-retries': '0' })
    await expect(rejected).rejects.toMatchObject({
      code: 'POSTGRES_UNREACHABLE',
      message: expect.stringContaining('127.0.0.1:1/x'),
    })
  })
})
