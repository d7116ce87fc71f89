// Projects made as a user makes them, each brought into one of the situations that a screen has to explain.
import { TestProject, type RunningCommand } from './flinkts-command.ts'

export interface Situation {
  readonly project: TestProject
  /** The file to run. */
  readonly job: string
  /** Ends what writes events, and the project. */
  close(): Promise<void>
}

const JOB = 'jobs/hourly-revenue.sql'
/** Seconds instead of hours, so that windows of the present fire. */
const perSecond = (sql: string): string => sql.replace("INTERVAL '1' HOUR", "INTERVAL '1' SECOND")

async function newProject(): Promise<TestProject> {
  const project = new TestProject()
  await project.ok('init', '.', '--template', 'taxi')
  return project
}

function edit(project: TestProject, path: string, change: (text: string) => string): void {
  const before = project.read(path)
  const after = change(before)
  if (after === before) throw new Error(`nothing to change in ${path}:\n${before}`)
  project.write(path, after)
}

/** What a line of the job's settings says, before its query. */
function set(project: TestProject, key: string, value: string): void {
  edit(project, JOB, (sql) => sql.replace("SET 'table.local", `SET '${key}' = '${value}';\nSET 'table.local`))
}

function situation(project: TestProject, writer?: RunningCommand): Situation {
  return {
    project,
    job: JOB,
    close: async () => {
      writer?.signal('SIGINT')
      await writer?.end()
      await project.remove()
    },
  }
}

/** Events of the present, none late; windows fire every second. */
export async function healthyJob(): Promise<Situation> {
  const project = await newProject()
  edit(project, JOB, perSecond)
  await project.ok('up')
  const writer = project.start('produce', 'rides', '--rate', '100', '--out-of-order', '1s')
  return situation(project, writer)
}

/** Three partitions with events; then one falls silent, and the job has no idle timeout. */
export async function idlePartition(): Promise<Situation> {
  const project = await newProject()
  edit(project, 'flinkts.yaml', (yaml) => yaml.replace('partitions: 1', 'partitions: 3'))
  edit(project, JOB, perSecond)
  await project.ok('up')
  await project.ok('produce', 'rides', '--count', '300', '--start', 'now')
  const writer = project.start('produce', 'rides', '--rate', '100', '--idle-partition', '2')
  return situation(project, writer)
}

/** What the idle job's screen tells to do. */
export function setIdleTimeout({ project }: Situation): void {
  set(project, 'table.exec.source.idle-timeout', '1s')
}

/** A trigger takes a tenth of a second for every row; windows fire every second with more rows than that. */
export async function slowSink(): Promise<Situation> {
  const project = await newProject()
  const trigger = `
CREATE FUNCTION check_revenue() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(0.1); RETURN NEW; END $$;
CREATE TRIGGER check_revenue BEFORE INSERT ON hourly_revenue FOR EACH ROW EXECUTE FUNCTION check_revenue();
`
  edit(project, 'sql/tables.sql', (sql) => sql + trigger)
  edit(project, JOB, (sql) =>
    sql.replace(
      "'table-name' = 'hourly_revenue'",
      "'table-name' = 'hourly_revenue', 'sink.buffer-flush.max-rows' = '100'",
    ),
  )
  edit(project, JOB, perSecond)
  await project.ok('up')
  // a hundred zones and more in each second: a set is full, and takes ten
  const writer = project.start('produce', 'rides', '--rate', '300', '--out-of-order', '1s')
  return situation(project, writer)
}

/** The offset of the record that no attempt gets past. */
export const BAD_OFFSET = 2

/** A fare that is no number, in a job that is told to restart whatever happens. */
export async function badRecord(): Promise<Situation> {
  const project = await newProject()
  set(project, 'restart-strategy.type', 'exponential-delay')
  const fares = ['7.5', '12', '"n/a"', '9']
  const records = fares.map(
    (fare, index) =>
      `{"PULocationID":132,"DOLocationID":140,"trip_distance":2,"total_amount":${fare},"tpep_pickup_datetime":${1546300850000 + index}}\n`,
  )
  project.write('data/more.jsonl', records.join(''))
  await project.ok('up')
  await project.ok('produce', 'rides', '--file', 'data/more.jsonl')
  return situation(project)
}

/** The job as it is without a restart strategy of its own. */
export function unsetRestartStrategy({ project }: Situation): void {
  edit(project, JOB, (sql) => sql.replace("SET 'restart-strategy.type' = 'exponential-delay';\n", ''))
}
