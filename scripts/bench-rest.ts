// Guards: REST answers within 20 ms (p99) while a job runs flat out, and costs less than 3 % of its throughput.
//
//   npm run bench:rest                                a client asks what a screen and the dashboard ask, twice a second each
//   npm run bench:rest -- --rounds 3 --rows 5000000   fewer, shorter
//
// The same bounded job runs without and with the client in turns, in one session; the medians are compared.
import { parseArgs } from 'node:util'
import { renderTable } from '../src/output/text-table.ts'
import { formatCount } from '../src/output/quantities.ts'
import { BenchProject } from './bench/project.ts'

const { values: options } = parseArgs({
  options: { rounds: { type: 'string', default: '5' }, rows: { type: 'string', default: '20000000' } },
})
const rounds = Number(options.rounds)

const ASKED_EVERY_MS = 500
const JOB = `SET 'parallelism.default' = '2';
SET 'execution.checkpointing.interval' = '1 s';
CREATE TABLE rides (id INT, fare DOUBLE, ts AS CAST(CURRENT_TIMESTAMP AS TIMESTAMP(3)), WATERMARK FOR ts AS ts)
  WITH ('connector' = 'datagen', 'rows-per-second' = '1000000000', 'number-of-rows' = '${options.rows}',
    'fields.id.min' = '1', 'fields.id.max' = '1000');
CREATE TABLE totals (id INT, window_end TIMESTAMP(3), fares DOUBLE) WITH ('connector' = 'blackhole');
INSERT INTO totals SELECT id, window_end, SUM(fare) FROM TABLE(TUMBLE(TABLE rides, DESCRIPTOR(ts), INTERVAL '1' SECOND))
  GROUP BY id, window_start, window_end;
`

interface Overview {
  readonly jobs: readonly { readonly jid: string; readonly state: string }[]
}
interface JobDetail {
  readonly vertices: readonly { readonly id: string }[]
}

/** What a screen, the dashboard and Prometheus ask of a job. */
function pathsOf(jobId: string, vertices: readonly string[]): string[] {
  const job = `/jobs/${jobId}`
  const ofVertices = vertices.flatMap((id) => [
    `${job}/vertices/${id}`,
    `${job}/vertices/${id}/watermarks`,
    `${job}/vertices/${id}/backpressure`,
    `${job}/vertices/${id}/metrics?get=0.numRecordsInPerSecond,0.currentInputWatermark`,
    `${job}/vertices/${id}/subtasks/metrics?get=busyTimeMsPerSecond,backPressuredTimeMsPerSecond,numRecordsIn`,
  ])
  const ofJob = ['', '/checkpoints', '/exceptions?maxExceptions=10', '/metrics?get=uptime,numRestarts'].map(
    (rest) => job + rest,
  )
  return ['/overview', '/jobs/overview', '/taskmanagers', '/metrics', ...ofJob, ...ofVertices]
}

/** Asks from now on until it is stopped; gives how long each answer took, in ms. */
class Client {
  readonly #address: string
  readonly #timings: number[] = []
  readonly #under = new Set<Promise<void>>()
  #timer: NodeJS.Timeout | undefined
  #paths: readonly string[] = ['/jobs/overview']

  constructor(address: string) {
    this.#address = address
  }

  start(): void {
    this.#timer = setInterval(() => {
      for (const path of this.#paths) this.#track(path)
      if (this.#paths.length === 1) void this.#findJob()
    }, ASKED_EVERY_MS)
  }

  async stop(): Promise<readonly number[]> {
    clearInterval(this.#timer)
    await Promise.all(this.#under)
    return this.#timings
  }

  #track(path: string): void {
    const asking = this.#ask(path).finally(() => this.#under.delete(asking))
    this.#under.add(asking)
  }

  async #ask(path: string): Promise<void> {
    const startedAt = performance.now()
    const response = await fetch(this.#address + path)
    await response.arrayBuffer()
    if (!response.ok) throw new Error(`${path}: ${response.status}`)
    this.#timings.push(performance.now() - startedAt)
  }

  async #findJob(): Promise<void> {
    const { jobs } = (await (await fetch(`${this.#address}/jobs/overview`)).json()) as Overview
    const running = jobs.find(({ state }) => state === 'RUNNING')
    if (running === undefined) return
    const { vertices } = (await (await fetch(`${this.#address}/jobs/${running.jid}`)).json()) as JobDetail
    this.#paths = pathsOf(
      running.jid,
      vertices.map(({ id }) => id),
    )
  }
}

function quantile(values: readonly number[], fraction: number): number {
  const sorted = [...values].sort((left, right) => left - right)
  return sorted[Math.min(sorted.length - 1, Math.floor(fraction * sorted.length))]!
}

const project = new BenchProject('cluster: { taskManagers: 2 }\nrest: { port: 18081 }\n')
try {
  const { rest } = await project.up()
  const file = project.file('rides.sql', JOB)
  await project.run(file) // warms up
  const rates: Record<'without' | 'with', number[]> = { without: [], with: [] }
  const timings: number[] = []
  for (let round = 0; round < rounds; round++) {
    // what comes first in a pair may fare better: the order changes
    for (const kind of round % 2 === 0 ? (['without', 'with'] as const) : (['with', 'without'] as const)) {
      const client = new Client(rest)
      if (kind === 'with') client.start()
      const [report] = await project.run(file)
      timings.push(...(await client.stop()))
      rates[kind].push((report!.recordsIn * 1000) / report!.durationMs)
    }
  }
  const [without, withClient] = [quantile(rates.without, 0.5), quantile(rates.with, 0.5)]
  const rows = [
    ['answers', formatCount(timings.length), ''],
    ['p50', `${quantile(timings, 0.5).toFixed(1)} ms`, ''],
    ['p99', `${quantile(timings, 0.99).toFixed(1)} ms`, '< 20 ms'],
    ['rows/s without a client', formatCount(without), ''],
    ['rows/s with it', formatCount(withClient), ''],
    ['cost', `${(100 * (1 - withClient / without)).toFixed(1)} %`, '< 3 %'],
  ]
  console.log(renderTable([{ name: 'REST at full load' }, { name: 'measured', align: 'right' }, { name: 'aim' }], rows))
} finally {
  await project.remove()
}
