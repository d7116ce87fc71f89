// How long output stands still when a TaskManager is killed at full load, the restart strategy's back-off apart.
import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import type { BenchProject, ServiceAddresses } from './project.ts'

const BACKOFF_MS = 100
const KILLS = 5
const POLL_MS = 2
const LIMIT_MS = 60_000

/** Two partitions, two subtasks, on two TaskManagers: the windows of both pass through the exchange. */
const JOB = `CREATE TABLE rides (PULocationID INT, total_amount DOUBLE, tpep_pickup_datetime BIGINT,
  event_timestamp AS TO_TIMESTAMP_LTZ(tpep_pickup_datetime, 3),
  WATERMARK FOR event_timestamp AS event_timestamp - INTERVAL '5' SECOND)
WITH ('connector'='kafka','properties.bootstrap.servers'='\${KAFKA}','topic'='rides2','scan.startup.mode'='earliest-offset','format'='json');
CREATE TABLE trips (PULocationID INT, total_amount DOUBLE) WITH ('connector'='jdbc','url'='\${POSTGRES}','table-name'='recovery_trips');
CREATE TABLE hours (window_start TIMESTAMP(3), window_end TIMESTAMP(3), PULocationID INT, trips BIGINT, revenue DOUBLE,
  PRIMARY KEY (window_start, window_end, PULocationID) NOT ENFORCED)
WITH ('connector'='jdbc','url'='\${POSTGRES}','table-name'='recovery_hours');
SET 'execution.checkpointing.interval' = '500 ms';
SET 'restart-strategy.type' = 'fixed-delay';
SET 'restart-strategy.fixed-delay.delay' = '${BACKOFF_MS} ms';
SET 'restart-strategy.fixed-delay.attempts' = '100';
EXECUTE STATEMENT SET BEGIN
INSERT INTO trips SELECT PULocationID, total_amount FROM rides;
INSERT INTO hours SELECT window_start, window_end, PULocationID, COUNT(*), SUM(total_amount)
  FROM TABLE(TUMBLE(TABLE rides, DESCRIPTOR(event_timestamp), INTERVAL '1' HOUR)) GROUP BY window_start, window_end, PULocationID;
END;`

const TABLES = `DROP TABLE IF EXISTS recovery_trips, recovery_hours;
CREATE TABLE recovery_trips ("PULocationID" int, total_amount double precision);
CREATE TABLE recovery_hours (window_start timestamp(3), window_end timestamp(3), "PULocationID" int, trips bigint,
  revenue double precision, PRIMARY KEY (window_start, window_end, "PULocationID"))`.replaceAll(
  '"PULocationID"',
  'pulocationid',
)

async function until<T>(ask: () => Promise<T | undefined>, what: string): Promise<T> {
  for (const deadline = performance.now() + LIMIT_MS; ; await delay(POLL_MS)) {
    const answer = await ask()
    if (answer !== undefined) return answer
    if (performance.now() > deadline) throw new Error(`waited ${LIMIT_MS} ms for ${what}`)
  }
}

/** Per kill: ms from the order to end the thread until new rows reach Postgres, less the back-off. */
export async function measureRecovery(project: BenchProject, services: ServiceAddresses): Promise<readonly number[]> {
  const rest = async <T>(path: string, method = 'GET'): Promise<T> =>
    (await (await fetch(`${services.rest}${path}`, { method })).json()) as T
  const database = new pg.Client({ connectionString: services.postgres })
  await database.connect()
  await database.query(TABLES)
  const written = async (): Promise<number> => {
    const { rows } = await database.query<{ bytes: string }>("SELECT pg_relation_size('recovery_trips') AS bytes")
    return Number(rows[0]!.bytes)
  }
  const moreThan = (bytes: number) => until(async () => ((await written()) > bytes ? true : undefined), 'more rows')
  const job = project.start('run', project.file('recovery.sql', JOB), '--fresh', '--no-tui', '--parallelism', '2')
  const durations: number[] = []
  try {
    await moreThan(0)
    const { jobs } = await rest<{ jobs: { jid: string; state: string }[] }>('/jobs/overview')
    const { jid } = jobs.find(({ state }) => state === 'RUNNING')!
    const stateIs = (wanted: string) =>
      until(
        async () => ((await rest<{ status: string }>(`/jobs/${jid}/status`)).status === wanted ? true : undefined),
        wanted,
      )
    for (let kill = 0; kill < KILLS; kill++) {
      const before = await written()
      await moreThan(before + 1_000_000)
      const { taskmanagers } = await rest<{ taskmanagers: { id: string }[] }>('/taskmanagers')
      const killedAt = performance.now()
      await rest(`/flinkts/taskmanagers/${taskmanagers[kill % taskmanagers.length]!.id}`, 'DELETE')
      await stateIs('RESTARTING')
      await stateIs('RUNNING')
      // whatever the killed attempt had under way is written by now
      await moreThan(await written())
      durations.push(performance.now() - killedAt - BACKOFF_MS)
    }
  } finally {
    const ended = new Promise((resolve) => job.once('exit', resolve))
    job.kill('SIGINT')
    await ended
    await database.end()
  }
  return durations
}
