// Guards: the figures that the README and the design claim. Prints tables of ratios measured in one run.
//
//   npm run bench                        our engine on our own broker and Postgres
//   FLINKTS_ANCHORS=<folder> npm run bench   the same, side by side with real Apache Flink on real Apache Kafka
//   npm run bench -- --records 300000    smaller; default 3,000,000
import { parseArgs } from 'node:util'
import { systemClock } from '../engine/time/clock.ts'
import { createTopics, deleteTopics } from '../engine/kafka/client/admin.ts'
import { parseBootstrapServers } from '../engine/kafka/client/bootstrap-servers.ts'
import { KafkaCluster } from '../engine/kafka/client/kafka-cluster.ts'
import { Producer } from '../engine/kafka/client/producer.ts'
import { renderTable } from '../src/output/text-table.ts'
import { formatBytes, formatCount, formatDuration } from '../src/output/quantities.ts'
import { Anchors } from './bench/anchors.ts'
import { measureColdStart } from './bench/cold-start.ts'
import { benchJobs, jobFiles, sqlText } from './bench/jobs.ts'
import { measureLargeState } from './bench/large-state.ts'
import { measureLatency } from './bench/latency.ts'
import { BenchProject, cpuSeconds, pssBytes, type Report, type ServiceAddresses } from './bench/project.ts'
import { measureRecovery } from './bench/recovery.ts'
import { loadRides } from './bench/rides.ts'

const { values: options } = parseArgs({
  options: { records: { type: 'string', default: '3000000' }, only: { type: 'string' } },
})
const records = Number(options.records)
const wanted = (part: string): boolean => options.only === undefined || options.only.split(',').includes(part)

// Flink's own ports stay free for it.
const CONFIG = `rest: { port: 18081 }
topics:
  rides: { partitions: 1 }
  rides2: { partitions: 2 }
`
const right = (name: string) => ({ name, align: 'right' as const })
const rate = (report: { readonly durationMs: number }): string =>
  `${formatCount((records * 1000) / report.durationMs)}/s`

async function load(bootstrap: string, topic: string, partitions: number): Promise<void> {
  const cluster = new KafkaCluster({
    bootstrapServers: parseBootstrapServers(bootstrap),
    clock: systemClock,
    random: Math.random,
  })
  if ((await cluster.topics(null)).some((existing) => existing.name === topic)) await deleteTopics(cluster, [topic])
  await createTopics(cluster, [{ name: topic, partitions }])
  const producer = await Producer.open(cluster)
  await loadRides(producer, await producer.topic(topic), records)
  await producer.close()
  cluster.close()
}

/** Each file twice; the second, warm run counts. Tables are made anew before each. */
async function runOurs(
  project: BenchProject,
  addresses: { kafka: string; postgres: string },
  ...flags: string[]
): Promise<Runs> {
  const reports: Runs = new Map()
  for (const file of jobFiles) {
    for (const _run of ['cold', 'warm']) {
      await project.cli('query', sqlText('tables.sql'))
      reports.set(file, await project.run(project.file(file, sqlText(file, addresses)), ...flags))
    }
  }
  return reports
}

type Runs = Map<string, Report[]>

/** What our engine did on real Kafka. */
async function besideFlink(project: BenchProject, services: ServiceAddresses, anchors: Anchors): Promise<Runs> {
  console.log(`\nSide by side with real Flink on real Kafka, ${records} records, parallelism 1, both warm:`)
  await anchors.script('setup.sh')
  await anchors.script('kafka.sh', 'start', '9092')
  await load('localhost:9092', 'rides', 1)
  await anchors.script('flink.sh', 'start')
  const rows: string[][] = []
  let ours: Runs
  try {
    ours = await runOurs(project, { kafka: 'localhost:9092', postgres: services.postgres })
    const theirs = new Map<string, { durationMs: number }[]>()
    for (const file of jobFiles) {
      const path = `${project.folder}/flink-${file}`
      project.file(`flink-${file}`, sqlText(file, { kafka: 'localhost:9092', postgres: services.postgres }))
      for (const _run of ['cold', 'warm']) {
        await project.cli('query', sqlText('tables.sql'))
        theirs.set(file, await anchors.flinkSql(path))
      }
    }
    for (const job of benchJobs) {
      const our = ours.get(job.file)![job.index]!
      const their = theirs.get(job.file)![job.index]!
      const ratio = their.durationMs / our.durationMs
      rows.push([job.name, rate(their), rate(our), `${ratio.toFixed(1)} ×`, `${job.atLeast} × (${job.aim})`])
    }
  } finally {
    await anchors.script('flink.sh', 'stop')
    await anchors.script('kafka.sh', 'stop')
  }
  console.log(
    renderTable([{ name: 'job' }, right('Flink'), right('flinkts'), right('ratio'), right('asked (aim)')], rows),
  )
  return ours
}

async function onOwnBroker(
  project: BenchProject,
  services: ServiceAddresses,
  onKafka: Runs | undefined,
): Promise<void> {
  console.log(`\nOn our own broker, ${records} records, warm:`)
  await load(services.kafka, 'rides', 1)
  const reports = await runOurs(project, services)
  const rows = benchJobs.map(({ name, file, index }) => {
    const own = reports.get(file)![index]!
    const kafka = onKafka?.get(file)?.[index]
    return [name, rate(own), ...(kafka === undefined ? [] : [`${(kafka.durationMs / own.durationMs).toFixed(2)} ×`])]
  })
  const compared = onKafka === undefined ? [] : [right('to real Kafka (asked: not slower)')]
  console.log(renderTable([{ name: 'job' }, right('flinkts'), ...compared], rows))
}

const KEYED_JOB = `CREATE TABLE rides (PULocationID INT, total_amount DOUBLE, tpep_pickup_datetime BIGINT,
  event_timestamp AS TO_TIMESTAMP_LTZ(tpep_pickup_datetime, 3),
  WATERMARK FOR event_timestamp AS event_timestamp - INTERVAL '5' SECOND)
WITH ('connector'='kafka','properties.bootstrap.servers'='\${KAFKA}','topic'='rides2','scan.startup.mode'='earliest-offset','scan.bounded.mode'='latest-offset','format'='json');
CREATE TABLE bh (window_start TIMESTAMP(3), window_end TIMESTAMP(3), PULocationID INT, trips BIGINT, revenue DOUBLE) WITH ('connector'='blackhole');
INSERT INTO bh SELECT window_start, window_end, PULocationID, COUNT(*), SUM(total_amount) FROM TABLE(TUMBLE(TABLE rides, DESCRIPTOR(event_timestamp), INTERVAL '1' HOUR)) GROUP BY window_start, window_end, PULocationID;`

const RUNS = 5

/** In turns, so that both see the same machine. The first of each warms its threads up. */
async function parallel(project: BenchProject, services: ServiceAddresses): Promise<void> {
  await load(services.kafka, 'rides2', 2)
  const file = project.file('keyed.sql', KEYED_JOB)
  const durations = new Map<string, number[]>([
    ['1', []],
    ['2', []],
  ])
  for (let run = 0; run <= RUNS; run++) {
    for (const [parallelism, measured] of durations) {
      const [report] = await project.run(file, '--parallelism', parallelism)
      if (run > 0) measured.push(report!.durationMs)
    }
  }
  const rows = [...durations].map(([parallelism, measured]) => {
    const durationMs = measured.sort((a, b) => a - b)[RUNS >> 1]!
    return [`tumble with keyed exchange, two partitions, parallelism ${parallelism}`, rate({ durationMs })]
  })
  console.log(`\n${renderTable([{ name: `job, median of ${RUNS}` }, right('flinkts')], rows)}`)
}

const FUNCTIONS_JOB = `import { blackhole, job, json, kafka, schema, t } from 'flinkts'
const Ride = schema({ PULocationID: t.int(), DOLocationID: t.int(), trip_distance: t.double(), total_amount: t.double(), tpep_pickup_datetime: t.epochMillis() })
const PerMile = schema({ zone: t.int(), at: t.epochMillis(), perMile: t.double() })
export default job('functions', (env) => {
  env.from(kafka({ topic: 'rides', value: json(Ride), start: 'earliest', until: 'latest' }))
    .filter((ride) => ride.trip_distance > 0.1)
    .map(PerMile, (ride) => ({ zone: ride.PULocationID, at: ride.tpep_pickup_datetime, perMile: ride.total_amount / ride.trip_distance }))
    .sinkTo(blackhole())
})
`

async function functions(project: BenchProject, services: ServiceAddresses): Promise<void> {
  if (!wanted('own')) await load(services.kafka, 'rides', 1)
  const file = project.file('functions.ts', FUNCTIONS_JOB)
  await project.run(file)
  const before = cpuSeconds(services.sessionPid)
  const [report] = await project.run(file)
  const cpu = cpuSeconds(services.sessionPid) - before
  console.log(
    `\nTypeScript map + filter: ${rate(report!)}, ${formatCount(records / cpu)} records per CPU-second of the session process (asked: 600k)`,
  )
}

const milliseconds = (durations: readonly number[]): string =>
  durations.map((duration) => duration.toFixed(0)).join(', ')

async function recovery(project: BenchProject, services: ServiceAddresses): Promise<void> {
  await load(services.kafka, 'rides2', 2)
  const durations = await measureRecovery(project, services)
  console.log(
    `\nTaskManager killed at full load, until new rows are in Postgres, back-off apart: ${milliseconds(durations)} ms (asked: < 2 s)`,
  )
}

async function largeState(project: BenchProject, services: ServiceAddresses): Promise<void> {
  const { stateBytes, syncMs, asyncMs, longestGapMs } = await measureLargeState(project, services)
  console.log(
    `\nCheckpoints of 1,000,000 keys (${formatBytes(stateBytes)}) at 10,000 updates/s: the subtask stands still for ${milliseconds(syncMs)} ms (asked: < 50 ms), writing takes ${milliseconds(asyncMs)} ms beside it; longest gap between two results ${longestGapMs.toFixed(0)} ms`,
  )
}

const project = new BenchProject(CONFIG)
try {
  const services = await project.up(
    ...(process.env['FLINKTS_ANCHORS'] === undefined ? [] : ['--postgres-port', '5432', '--kafka-port', '19092']),
  )
  let onKafka: Runs | undefined
  if (wanted('idle'))
    console.log(`Whole stack idle: ${formatBytes(await pssBytes(services.pids))} PSS (asked: < 300 MB)`)
  if (process.env['FLINKTS_ANCHORS'] !== undefined && wanted('flink')) {
    onKafka = await besideFlink(project, services, new Anchors(process.env['FLINKTS_ANCHORS']))
  }
  if (wanted('own')) await onOwnBroker(project, services, onKafka)
  if (wanted('functions')) await functions(project, services)
  if (wanted('parallel')) await parallel(project, services)
  if (wanted('recovery')) await recovery(project, services)
  if (wanted('checkpoint')) await largeState(project, services)
  if (wanted('latency'))
    console.log(
      `\nLatency Kafka → Kafka at 1,000 records/s: ${await measureLatency(project, services)} (asked: p99 < 20 ms)`,
    )
} finally {
  await project.remove()
}
if (wanted('start')) {
  const { first, second } = await measureColdStart()
  console.log(
    `\nflinkts run to the first row in Postgres: ${formatDuration(first)} in a new folder (asked: < 3 s), ${formatDuration(second)} after that (asked: < 1.5 s)`,
  )
}
