import { describe, expect, test } from 'vitest'
import { jdbcTable, operatorsOf, ridesTable, SqlSession } from '../../../helpers/sql-session.ts'

const passTable = jdbcTable(
  'pass',
  'PULocationID INT, DOLocationID INT, trip_distance DOUBLE, total_amount DOUBLE, pickup_datetime TIMESTAMP(3)',
)
const aggTable = jdbcTable(
  'agg',
  'window_start TIMESTAMP(3), PULocationID INT, num_trips BIGINT, total_revenue DOUBLE, PRIMARY KEY (window_start, PULocationID) NOT ENFORCED',
)
const blackholeTable =
  "CREATE TABLE bh (window_start TIMESTAMP(3), window_end TIMESTAMP(3), PULocationID INT, num_trips BIGINT, total_revenue DOUBLE) WITH ('connector'='blackhole')"

function windowed(window: string): string {
  return `INSERT INTO bh SELECT window_start, window_end, PULocationID, COUNT(*) AS num_trips, SUM(total_amount) AS total_revenue FROM TABLE(${window}) GROUP BY window_start, window_end, PULocationID`
}

const tumble = "TUMBLE(TABLE rides, DESCRIPTOR(event_timestamp), INTERVAL '1' HOUR)"
const hop = "HOP(TABLE rides, DESCRIPTOR(event_timestamp), INTERVAL '5' MINUTE, INTERVAL '1' HOUR)"
const session = "SESSION(TABLE rides PARTITION BY PULocationID, DESCRIPTOR(event_timestamp), INTERVAL '5' MINUTE)"
const updating = `INSERT INTO agg SELECT window_start, PULocationID, COUNT(*) AS num_trips, SUM(total_amount) AS total_revenue FROM TABLE(${tumble}) GROUP BY window_start, PULocationID`

const sql = (...statements: readonly string[]) =>
  new SqlSession(ridesTable, passTable, aggTable, blackholeTable, ...statements)

describe('the five bench jobs', () => {
  test('pass-through: a source with its watermark, one calc, the sink', () => {
    expect(
      sql().explain(
        'INSERT INTO pass SELECT PULocationID, DOLocationID, trip_distance, total_amount, CAST(TO_TIMESTAMP_LTZ(tpep_pickup_datetime,3) AS TIMESTAMP(3)) FROM rides',
      ),
    ).toMatchInlineSnapshot(`
      "Sink(table=[default_catalog.default_database.pass], fields=[PULocationID, DOLocationID, trip_distance, total_amount, EXPR$4])
      +- Calc(select=[PULocationID, DOLocationID, trip_distance, total_amount, CAST(TO_TIMESTAMP_LTZ(tpep_pickup_datetime, 3) AS TIMESTAMP(3)) AS EXPR$4])
         +- TableSourceScan(table=[[default_catalog, default_database, rides, watermark=[(event_timestamp - 5000:INTERVAL SECOND)], watermarkEmitStrategy=[on-periodic]]], fields=[PULocationID, DOLocationID, trip_distance, total_amount, tpep_pickup_datetime])"
    `)
  })

  test('updating aggregation: window_start alone is a plain group aggregation', () => {
    expect(sql().explain(updating)).toMatchInlineSnapshot(`
      "Sink(table=[default_catalog.default_database.agg], fields=[window_start, PULocationID, num_trips, total_revenue])
      +- GroupAggregate(groupBy=[window_start, PULocationID], select=[window_start, PULocationID, COUNT(*) AS num_trips, SUM(total_amount) AS total_revenue])
         +- Exchange(distribution=[hash[window_start, PULocationID]])
            +- Calc(select=[window_start, PULocationID, total_amount])
               +- WindowTableFunction(window=[TUMBLE(time_col=[event_timestamp], size=[1 h])])
                  +- TableSourceScan(table=[[default_catalog, default_database, rides, watermark=[(event_timestamp - 5000:INTERVAL SECOND)], watermarkEmitStrategy=[on-periodic]]], fields=[PULocationID, total_amount, tpep_pickup_datetime])"
    `)
  })

  test.each([
    ['tumble', tumble],
    ['hop', hop],
    ['session', session],
  ])('%s: the window function is pulled up into the aggregation', (kind, window) => {
    const nodes = sql().nodes(windowed(window))
    const [aggregate] = operatorsOf(nodes, 'window-aggregate')
    expect(nodes.map((node) => node.name)).toEqual(['rides[1]', 'WindowAggregate[2]', 'Calc[3]', 'bh[4]'])
    expect(aggregate!.operator).toMatchObject({
      phase: 'single',
      keys: [0],
      window: { shape: { kind }, time: { kind: 'rowtime', ltz: true }, zone: 'UTC' },
    })
    expect(aggregate!.inputs[0]!.partitioning).toEqual({ kind: 'hash', keys: [0] })
  })
})

describe('sources', () => {
  test('read only the columns that are needed, and for the watermark', () => {
    const [source] = sql().nodes(windowed(tumble))
    expect(source).toMatchObject({
      kind: 'source',
      source: { projection: [0, 3, 4] },
      watermarks: { rowtimeColumn: 2, delayMs: 5000, emit: 'on-periodic', intervalMs: 200, idleTimeoutMs: 0 },
    })
    expect(source!.outputType.fields.map((field) => field.name)).toEqual([
      'PULocationID',
      'total_amount',
      'event_timestamp',
    ])
  })

  test('are shared by the inserts of a statement set, with the columns of all', () => {
    const nodes = sql().nodes(
      `EXECUTE STATEMENT SET BEGIN ${windowed(tumble)}; INSERT INTO bh SELECT CAST(NULL AS TIMESTAMP(3)), CAST(NULL AS TIMESTAMP(3)), DOLocationID, 1, trip_distance FROM rides; END`,
    )
    const sources = nodes.filter((node) => node.kind === 'source')
    expect(sources).toHaveLength(1)
    expect(sources[0]).toMatchObject({ source: { projection: [0, 1, 2, 3, 4] } })
    expect(nodes.filter((node) => node.kind === 'sink')).toHaveLength(2)
  })

  test('take options from hints', () => {
    const [source] = sql().nodes(
      "SELECT PULocationID FROM rides /*+ OPTIONS('scan.watermark.emit.strategy'='on-event', 'scan.parallelism'='3') */",
    )
    expect(source).toMatchObject({ parallelism: 3, watermarks: { emit: 'on-event' } })
  })

  test('refuse options from hints where they are switched off', () => {
    const session = sql("SET 'table.dynamic-table-options.enabled' = 'false'")
    expect(session.error("SELECT PULocationID FROM rides /*+ OPTIONS('scan.parallelism'='3') */")).toMatchObject({
      code: 'SQL_VALIDATION',
      message: expect.stringContaining("'table.dynamic-table-options.enabled' is set to true") as string,
    })
  })

  test('watermark options that would change results are honoured or refused', () => {
    const read = (option: string) => `SELECT PULocationID FROM rides /*+ OPTIONS(${option}) */`
    expect(sql().nodes(read("'scan.watermark.idle-timeout'='1 min'"))[0]).toMatchObject({
      watermarks: { idleTimeoutMs: 60_000 },
    })
    for (const option of ["'scan.watermark.emit.on-event.gap'='5'", "'scan.watermark.alignment.group'='g'"]) {
      expect(sql().error(read(option)).code).toBe('SQL_UNSUPPORTED')
    }
  })

  test('a watermark that is no constant delay is computed for each row', () => {
    const table = ridesTable
      .replace("event_timestamp - INTERVAL '5' SECOND", 'CASE WHEN PULocationID > 0 THEN event_timestamp ELSE NULL END')
      .replace('rides (', 'other (')
    const [source] = sql(table).nodes('SELECT PULocationID FROM other')
    expect(source).toMatchObject({ watermarks: { expression: expect.stringContaining('=>') as string } })
  })
})

describe('changelogs', () => {
  const counts = (columns: string) => jdbcTable('counts', columns)
  const count = 'INSERT INTO counts SELECT PULocationID, COUNT(*) FROM rides GROUP BY PULocationID'

  test('a sink that upserts by the key of the query needs no -U, once per batch will do', () => {
    const nodes = sql(counts('k INT, c BIGINT, PRIMARY KEY (k) NOT ENFORCED')).nodes(count)
    expect(operatorsOf(nodes, 'group-aggregate')[0]!.operator).toMatchObject({
      generateUpdateBefore: false,
      emitPerBatch: true,
      inputChangelog: false,
    })
  })

  test('a filter on a result needs -U, else an old value would stand', () => {
    const nodes = sql(counts('k INT, c BIGINT, PRIMARY KEY (k) NOT ENFORCED')).nodes(`${count} HAVING COUNT(*) < 10`)
    expect(operatorsOf(nodes, 'group-aggregate')[0]!.operator).toMatchObject({
      generateUpdateBefore: true,
      emitPerBatch: false,
    })
  })

  test('a filter on the key does not', () => {
    const nodes = sql(counts('k INT, c BIGINT, PRIMARY KEY (k) NOT ENFORCED')).nodes(
      `${count} HAVING PULocationID < 10`,
    )
    expect(operatorsOf(nodes, 'group-aggregate')[0]!.operator).toMatchObject({ generateUpdateBefore: false })
  })

  test('an aggregation over an aggregation gets both halves of an update', () => {
    const nodes = sql().nodes(
      'SELECT MAX(c) FROM (SELECT PULocationID, COUNT(*) AS c FROM rides GROUP BY PULocationID)',
    )
    expect(
      operatorsOf(nodes, 'group-aggregate').map((node) => [
        node.operator.inputChangelog,
        node.operator.generateUpdateBefore,
      ]),
    ).toEqual([
      [false, true],
      [true, true],
    ])
  })

  test('updates into a table without a primary key are refused, naming what is missing', () => {
    const error = sql(counts('k INT, c BIGINT')).error(count)
    expect(error).toMatchObject({
      code: 'SQL_VALIDATION',
      message: expect.stringContaining('please declare primary key for sink table') as string,
    })
  })

  test('updates into an append-only sink are refused, naming the operator they come from', () => {
    const kafka =
      "CREATE TABLE counts (k INT, c BIGINT) WITH ('connector'='kafka','properties.bootstrap.servers'='localhost:9092','topic'='counts','format'='json')"
    expect(sql(kafka).error(count).message).toBe(
      "Table sink 'default_catalog.default_database.counts' doesn't support consuming update changes which is produced by node GroupAggregate(groupBy=[PULocationID], select=[PULocationID, COUNT(*) AS EXPR$1])",
    )
  })

  test('another primary key than that of the query is refused by name', () => {
    const error = sql(counts('k INT, c BIGINT, PRIMARY KEY (c) NOT ENFORCED')).error(count)
    expect(error).toMatchObject({
      code: 'SQL_UNSUPPORTED',
      message: expect.stringContaining('sink materializer') as string,
    })
  })

  test('a sink of its own parallelism gets all changes of a key in one subtask', () => {
    const table = counts('k INT, c BIGINT, PRIMARY KEY (k) NOT ENFORCED').replace(
      'WITH (',
      "WITH ('sink.parallelism'='3',",
    )
    const sink = sql(table).nodes(count).at(-1)!
    expect(sink).toMatchObject({
      kind: 'sink',
      parallelism: 3,
      inputs: [{ partitioning: { kind: 'hash', keys: [0] } }],
    })
  })

  test('EXPLAIN refuses details it cannot give', () => {
    expect(sql().error('EXPLAIN JSON_EXECUTION_PLAN SELECT PULocationID FROM rides').code).toBe('SQL_UNSUPPORTED')
  })

  test('EXPLAIN CHANGELOG_MODE shows the kinds', () => {
    const plan = sql().explain('SELECT PULocationID, COUNT(*) AS c FROM rides GROUP BY PULocationID', 'CHANGELOG_MODE')
    expect(plan).toContain(
      'GroupAggregate(groupBy=[PULocationID], select=[PULocationID, COUNT(*) AS c], changelogMode=[I,UB,UA])',
    )
    expect(plan).toContain('fields=[PULocationID, tpep_pickup_datetime], changelogMode=[I])')
  })
})

describe('window aggregations', () => {
  test('half of a window in GROUP BY is an updating aggregation, and says so', () => {
    const { graph } = sql().plan(updating)
    expect(operatorsOf(graph.nodes, 'group-aggregate')).toHaveLength(1)
    expect(graph.warnings).toEqual([
      expect.stringMatching(/^GROUP BY has window_start but not window_end \(line \d+, column \d+\): /),
    ])
  })

  test('a cascade reads the window columns that the rows carry', () => {
    const nodes = sql().nodes(
      `SELECT window_start, window_end, MAX(c) AS m FROM (SELECT window_start, window_end, PULocationID, COUNT(*) AS c FROM TABLE(${tumble}) GROUP BY window_start, window_end, PULocationID) GROUP BY window_start, window_end`,
    )
    expect(operatorsOf(nodes, 'window-aggregate').map((node) => node.operator.window.time.kind)).toEqual([
      'rowtime',
      'attached',
    ])
    expect(operatorsOf(nodes, 'window-aggregate')[1]).toMatchObject({
      parallelism: 1,
      inputs: [{ partitioning: { kind: 'global' } }],
    })
  })

  test('an aggregate over a column of the window keeps the window function', () => {
    const nodes = sql().nodes(
      `SELECT window_start, window_end, MAX(window_time) AS m FROM TABLE(${tumble}) GROUP BY window_start, window_end`,
    )
    expect(operatorsOf(nodes, 'window-table-function')).toHaveLength(1)
    expect(operatorsOf(nodes, 'window-aggregate')[0]!.operator.window.time.kind).toBe('attached')
  })

  test('a session grouped by other keys than its own is an updating aggregation', () => {
    const nodes = sql().nodes(
      `SELECT window_start, window_end, DOLocationID, COUNT(*) AS c FROM TABLE(${session}) GROUP BY window_start, window_end, DOLocationID`,
    )
    expect(operatorsOf(nodes, 'group-aggregate')).toHaveLength(1)
    expect(operatorsOf(nodes, 'window-aggregate')).toHaveLength(0)
  })

  test('grouping sets within a window are a window aggregation', () => {
    const nodes = sql().nodes(
      `SELECT window_start, window_end, PULocationID, COUNT(*) AS c FROM TABLE(${tumble}) GROUP BY window_start, window_end, ROLLUP(PULocationID)`,
    )
    expect(operatorsOf(nodes, 'window-aggregate')[0]!.operator.window.time.kind).toBe('attached')
    expect(operatorsOf(nodes, 'group-aggregate')).toHaveLength(0)
  })

  test('the group windows of before are window aggregations too', () => {
    const { graph, resultType } = sql().plan(
      "SELECT TUMBLE_START(event_timestamp, INTERVAL '1' HOUR), PULocationID AS zone, COUNT(*) AS c FROM rides GROUP BY TUMBLE(event_timestamp, INTERVAL '1' HOUR), PULocationID",
    )
    expect(operatorsOf(graph.nodes, 'window-aggregate')[0]!.operator).toMatchObject({
      window: { shape: { kind: 'tumble', sizeMs: 3_600_000 } },
      properties: ['window_start'],
    })
    expect(resultType!.fields.map((field) => field.name)).toEqual(['EXPR$0', 'zone', 'c'])
  })

  test('two phases with more than one subtask', () => {
    const nodes = sql("SET 'parallelism.default' = '2'").nodes(windowed(tumble))
    expect(
      operatorsOf(nodes, 'window-aggregate').map((node) => [node.operator.phase, node.inputs[0]!.partitioning.kind]),
    ).toEqual([
      ['local', 'forward'],
      ['global', 'hash'],
    ])
  })

  test('window_time keeps its time attribute through the aggregation', () => {
    const view = `CREATE VIEW hourly AS SELECT window_time AS wt, COUNT(*) AS c FROM TABLE(${tumble}) GROUP BY window_start, window_end, window_time`
    const nodes = sql(view).nodes(
      "SELECT window_start, window_end, SUM(c) AS s FROM TABLE(TUMBLE(TABLE hourly, DESCRIPTOR(wt), INTERVAL '1' DAY)) GROUP BY window_start, window_end",
    )
    expect(operatorsOf(nodes, 'window-aggregate').map((node) => node.operator.window.time.kind)).toEqual([
      'rowtime',
      'rowtime',
    ])
  })
})

describe('ids', () => {
  test('are the same each time, and for state also after a change of what stands before it', () => {
    const query = (condition: string) =>
      `INSERT INTO bh SELECT window_start, window_end, PULocationID, COUNT(*), SUM(total_amount) FROM TABLE(${tumble}) WHERE trip_distance > ${condition} GROUP BY window_start, window_end, PULocationID`
    const id = (condition: string) => operatorsOf(sql().nodes(query(condition)), 'window-aggregate')[0]!.id
    expect(id('0')).toBe(id('0'))
    expect(id('0')).toBe(id('1'))
  })

  test.each([tumble, hop])(
    'are the same at every parallelism, though %s is then aggregated in two phases',
    (window) => {
      const nodes = (parallelism: number) =>
        sql(`SET 'parallelism.default' = '${parallelism}'`)
          .nodes(windowed(window))
          .filter(
            (node) =>
              node.kind !== 'operator' || node.operator.type !== 'window-aggregate' || node.operator.phase !== 'local',
          )
      expect(nodes(4).map(({ id }) => id)).toEqual(nodes(1).map(({ id }) => id))
      expect(nodes(4).map(({ name }) => name)[1]).toMatch(/^Global/)
    },
  )

  test('differ where the state would be another', () => {
    const id = (call: string) =>
      operatorsOf(
        sql().nodes(`SELECT window_start, window_end, ${call} FROM TABLE(${tumble}) GROUP BY window_start, window_end`),
        'window-aggregate',
      )[0]!.id
    expect(id('SUM(total_amount)')).not.toBe(id('MAX(total_amount)'))
  })

  test('are unique in the graph', () => {
    const nodes = sql().nodes(
      'SELECT PULocationID FROM rides UNION ALL SELECT PULocationID FROM rides UNION ALL SELECT PULocationID FROM rides',
    )
    expect(new Set(nodes.map((node) => node.id)).size).toBe(nodes.length)
  })
})

describe('batch mode', () => {
  const batch = sql("SET 'execution.runtime-mode' = 'batch'", "SET 'execution.checkpointing.interval' = '10 s'")

  test('aggregations give final rows', () => {
    const { graph } = batch.plan('SELECT COUNT(*) AS c, SUM(trip_distance) AS s FROM rides')
    expect(operatorsOf(graph.nodes, 'bounded-sort')[0]!.operator).toMatchObject({
      changelogKey: [],
      rowWhenEmpty: [0, null],
    })
  })

  test('refuses unbounded tables, as Flink does', () => {
    const unbounded = ridesTable.replace("'scan.bounded.mode'='latest-offset',", '').replace('rides (', 'endless (')
    const error = sql(unbounded, "SET 'execution.runtime-mode' = 'batch'").error('SELECT PULocationID FROM endless')
    expect(error.message).toContain(
      "Querying an unbounded table 'default_catalog.default_database.endless' in batch mode",
    )
  })

  test('takes no checkpoints', () => {
    expect(batch.plan('SELECT PULocationID FROM rides').graph.configuration).not.toHaveProperty(
      'execution.checkpointing.interval',
    )
  })

  test('sorts', () => {
    const [sorting] = operatorsOf(
      batch.nodes('SELECT DOLocationID FROM rides ORDER BY PULocationID DESC, 1 LIMIT 5 OFFSET 2'),
      'bounded-sort',
    )
    expect(sorting!.operator).toMatchObject({
      orderBy: [
        { column: 1, descending: true, nullsFirst: false },
        { column: 0, descending: false, nullsFirst: true },
      ],
      offset: 2,
      limit: 5,
    })
  })
})

describe('refusals name the construct and its place', () => {
  test.each([
    ['SELECT *', /SELECT \* requires a FROM clause/],
    [
      'SELECT r.PULocationID FROM rides AS r JOIN rides AS s ON r.PULocationID = s.PULocationID',
      /INNER JOIN is not supported/,
    ],
    ['SELECT PULocationID, ROW_NUMBER() OVER (ORDER BY event_timestamp) AS n FROM rides', /OVER .* is not supported/],
    ['SELECT PULocationID FROM rides ORDER BY PULocationID', /ORDER BY in streaming mode/],
    ['SELECT PULocationID FROM rides INTERSECT SELECT DOLocationID FROM rides', /INTERSECT is not supported/],
    ["SELECT * FROM TABLE(TUMBLE(TABLE rides, DESCRIPTOR(event_timestamp), INTERVAL '1' MONTH))", /months or years/],
  ])('%s', (statement, message) => {
    const error = sql().error(statement)
    expect(error.message).toMatch(message)
    expect(error.fix).toBeTruthy()
    expect(error.location).toMatchObject({ line: 1 })
  })

  test('a misspelt table gets the near name', () => {
    expect(sql().error('SELECT * FROM ride')).toMatchObject({
      message: "Object 'ride' not found.",
      fix: "Did you mean 'rides'?",
      location: { line: 1, column: 15 },
    })
  })

  test('a misspelt time column of a window gets the near name', () => {
    const descriptor = (column: string): string =>
      `SELECT * FROM TABLE(TUMBLE(TABLE rides, DESCRIPTOR(${column}), INTERVAL '1' HOUR))`
    expect(sql().error(descriptor('event_timestmap'))).toMatchObject({
      message: "Unknown identifier 'event_timestmap' in DESCRIPTOR.",
      fix: "Did you mean 'event_timestamp'?",
      location: { line: 1, column: 52 },
    })
    expect(sql().error(descriptor('nothing')).fix).toMatch(/^Name a column .* is over: .*\bevent_timestamp\b/)
  })
})

describe('inserts', () => {
  test('columns that are not listed are NULL', () => {
    const plan = sql().explain('INSERT INTO bh (num_trips) SELECT tpep_pickup_datetime FROM rides')
    expect(plan).toContain(
      'Calc(select=[null:TIMESTAMP(3) AS window_start, null:TIMESTAMP(3) AS window_end, null:INT AS PULocationID, tpep_pickup_datetime AS num_trips, null:DOUBLE AS total_revenue])',
    )
  })

  test('columns of the primary key are guarded against NULL', () => {
    expect(operatorsOf(sql().nodes(updating), 'sink-constraint')[0]!.operator).toMatchObject({
      notNullColumns: [0, 1],
      onNull: 'error',
    })
    expect(
      operatorsOf(sql("SET 'table.exec.sink.not-null-enforcer' = 'DROP'").nodes(updating), 'sink-constraint')[0]!
        .operator.onNull,
    ).toBe('drop')
  })

  test('a column that the table does not have is refused with the near name', () => {
    expect(sql().error('INSERT INTO bh (num_trip) SELECT 1')).toMatchObject({
      message: "Unknown target column 'num_trip'",
      fix: "Did you mean 'num_trips'?",
    })
  })
})

test('an unbounded job without checkpoints is warned of', () => {
  const unbounded = ridesTable.replace("'scan.bounded.mode'='latest-offset',", '')
  const { graph } = new SqlSession(unbounded, blackholeTable, "SET 'parallelism.default' = '2'").plan(windowed(tumble))
  expect(graph.warnings).toEqual([
    expect.stringMatching(/^rides is read by 2 subtasks .* idle timeout.* \(line 1, column 14\)$/),
    expect.stringMatching(/^No checkpoint interval .* \(line 1, column 13\)$/),
  ])
})

test('what is warned of is pointed at in its own statement, also within BEGIN STATEMENT SET', () => {
  const unbounded = `\n\n${ridesTable.replace("'scan.bounded.mode'='latest-offset',", '')}`
  const half = `INSERT INTO agg\n SELECT window_start, PULocationID, COUNT(*), SUM(total_amount) FROM TABLE(${tumble})\n  GROUP BY window_start, PULocationID`
  const set = new SqlSession(unbounded, blackholeTable, aggTable, "SET 'parallelism.default' = '2'")
  for (const statement of ['BEGIN STATEMENT SET', `  ${windowed(tumble)}`, half]) set.run(statement)
  expect(set.plan('END').graph.warnings).toEqual([
    expect.stringMatching(/^GROUP BY has window_start but not window_end \(line 3, column 12\)/),
    expect.stringMatching(/^rides is read by 2 subtasks .* \(line 3, column 14\)$/),
    expect.stringMatching(/^No checkpoint interval .* \(line 1, column 15\)$/),
  ])
})
