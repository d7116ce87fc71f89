// Jobs on files with the real binary: no service is started, a stopped job goes on at the record.
import { readdirSync, readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { TestProject } from '../helpers/flinkts-command.ts'

const rides = readFileSync(new URL('../fixtures/taxi-rides.csv', import.meta.url), 'utf8')

const table = (options = "'csv.ignore-first-line' = 'true', 'csv.null-literal' = ''"): string => `
CREATE TABLE rides (
  vendor_id INT, pickup_datetime TIMESTAMP(3), dropoff_datetime TIMESTAMP(3), passenger_count INT, trip_distance DOUBLE,
  rate_code_id INT, store_and_fwd_flag STRING, pickup_location_id INT, dropoff_location_id INT, payment_type INT,
  fare_amount DOUBLE, extra DOUBLE, mta_tax DOUBLE, tip_amount DOUBLE, tolls_amount DOUBLE,
  improvement_surcharge DOUBLE, total_amount DOUBLE, congestion_surcharge DOUBLE,
  file_name STRING METADATA FROM 'file.name' VIRTUAL
) WITH ('connector' = 'filesystem', 'path' = 'data', 'format' = 'csv', ${options});
CREATE TABLE dear (zone INT, amount DOUBLE, file_name STRING) WITH ('connector' = 'print');
INSERT INTO dear SELECT pickup_location_id, total_amount, file_name FROM rides WHERE total_amount > 50;`

/** What the rows of the fixture say, by simple means. */
const dear = rides
  .trim()
  .split('\n')
  .slice(1)
  .map((line) => line.split(','))
  .filter((fields) => Number(fields[16]) > 50)
  .map((fields) => `+I[${fields[7]!}, ${Number(fields[16]).toFixed(2).replace(/0$/, '')}`)
  .sort()

let project: TestProject
beforeAll(() => {
  project = new TestProject({
    'flinkts.yaml': 'services: embedded\n',
    'data/january.csv': rides,
    'jobs/dear.sql': table(),
  })
})
afterAll(() => project.remove())

const changes = (output: string): string[] => output.split('\n').filter((line) => line.startsWith('+I'))

it('runs a job on a file and starts no service', async () => {
  const output = await project.ok('run', 'jobs/dear.sql')
  expect(dear.length).toBeGreaterThan(3)
  expect(changes(output).sort()).toEqual(dear.map((row) => `${row}, january.csv]`))
  expect(output).toMatch(/FINISHED.*200 records in/)
  // what a service that was started once leaves: its data
  expect(readdirSync(project.path('.flinkts')).filter((name) => /kafka|postgres/.test(name))).toEqual([])
})

it('says what a header is taken for', async () => {
  project.write('jobs/header.sql', table("'csv.null-literal' = ''"))
  const { code, stderr } = await project.run('run', 'jobs/header.sql')
  expect(code).toBe(1)
  expect(stderr).toMatch(/january\.csv, line 1: .*cannot read "pickup_location_id" as INT/)
  expect(stderr).toContain("set 'csv.ignore-first-line' = 'true'")
})

it('reads files in TypeScript', async () => {
  project.write(
    'jobs/lines.ts',
    `import { files, job, json, print, schema, t } from 'flinkts'
const Line = schema({ a: t.int(), b: t.string() })
export default job('lines', (env) => {
  env.from(files({ path: 'lines', format: json(Line) })).filter((line) => line.a !== 2).sinkTo(print())
})`,
  )
  project.write('lines/1.jsonl', '{"a":1,"b":"x"}\n{"a":2,"b":"y"}\n')
  project.write('lines/more/2.jsonl', '{"b":"z","a":3}')
  const output = await project.ok('run', 'jobs/lines.ts', '--parallelism', '2')
  expect(output.match(/\+I\[.*\]/g)?.sort()).toEqual(['+I[1, x]', '+I[3, z]'])
})

it('refuses to write files, and names a file that is not there', async () => {
  project.write(
    'jobs/write.sql',
    "CREATE TABLE copy (a INT) WITH ('connector' = 'filesystem', 'path' = 'copy', 'format' = 'csv'); INSERT INTO copy VALUES (1);",
  )
  const refused = await project.run('run', 'jobs/write.sql')
  expect(refused.stderr).toMatch(/'filesystem' can only be used as a source/)
  project.write('jobs/missing.sql', table().replace("'data'", "'no/such.csv'"))
  const missing = await project.run('run', 'jobs/missing.sql')
  expect(missing.stderr).toContain(`there is no file or folder ${project.path('no/such.csv')}`)
})
