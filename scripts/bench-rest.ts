// Guards: REST answers within 20 ms (p99) while a job runs flat out, and costs less than 3 % of its throughput.
//
//   npm run bench:rest                                a client asks what a screen, the dashboard and Prometheus ask, each twice a second
//   npm run bench:rest -- --rounds 3 --rows 5000000   fewer, shorter
//
// The same bounded job runs without and with the client in turns, in one session; the medians are compared. How long an answer
// takes on busy cores is mostly the wait for a core: the least of servers, asked the same beside the same job, says how much.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { Agent, get } from 'node:http'
import { setTimeout } from 'node:timers/promises'
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

/** What a screen and the dashboard ask of a job, and what Prometheus does. */
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

/**
 * Asks from now on until it is stopped, one question after the other on one connection, every path once in each round;
 * keeps how long each answer took, in ms.
 */
class Client {
  readonly timings: number[] = []
  readonly #address: string
  readonly #paths: () => readonly string[]
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 })
  readonly #timer: NodeJS.Timeout
  #asking: Promise<void> | undefined

  constructor(address: string, paths: () => readonly string[]) {
    this.#address = address
    this.#paths = paths
    this.#timer = setInterval(() => {
      this.#asking ??= this.#askAll().finally(() => (this.#asking = undefined))
    }, ASKED_EVERY_MS)
  }

  async stop(): Promise<readonly number[]> {
    clearInterval(this.#timer)
    await this.#asking
    this.#agent.destroy()
    return this.timings
  }

  async #askAll(): Promise<void> {
    for (const path of this.#paths()) {
      const startedAt = performance.now()
      await ask(this.#address + path, this.#agent)
      this.timings.push(performance.now() - startedAt)
    }
  }
}

function ask(url: string, agent?: Agent): Promise<string> {
  return new Promise((resolve, reject) => {
    get(url, { agent }, (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (part: string) => (text += part))
      response.on('end', () => (response.statusCode === 200 ? resolve(text) : reject(new Error(`${url}: ${text}`))))
    }).on('error', reject)
  })
}

/** The paths of the job that runs, once there is one. */
async function pathsOfRunningJob(address: string): Promise<readonly string[] | undefined> {
  const { jobs } = JSON.parse(await ask(`${address}/jobs/overview`)) as Overview
  const running = jobs.find(({ state }) => state === 'RUNNING')
  if (running === undefined) return undefined
  const { vertices } = JSON.parse(await ask(`${address}/jobs/${running.jid}`)) as JobDetail
  return pathsOf(
    running.jid,
    vertices.map(({ id }) => id),
  )
}

/** The least that a server of Node can take here: it answers two bytes, in a process of its own. */
async function startFloor(): Promise<{ readonly address: string; readonly stop: () => void }> {
  const server = `require('http').createServer((_, response) => response.end('{}')).listen(0, '127.0.0.1', function () { console.log(this.address().port) })`
  const child = spawn(process.execPath, ['-e', server], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [port] = (await once(child.stdout, 'data')) as [Buffer]
  return { address: `http://127.0.0.1:${port.toString().trim()}`, stop: () => void child.kill() }
}

function quantile(values: readonly number[], fraction: number): number {
  const sorted = [...values].sort((left, right) => left - right)
  return sorted[Math.min(sorted.length - 1, Math.floor(fraction * sorted.length))]!
}

const floor = await startFloor()
const project = new BenchProject('cluster: { taskManagers: 2 }\nrest: { port: 18081 }\n')
try {
  const { rest } = await project.up()
  const file = project.file('rides.sql', JOB)
  await project.run(file) // warms up
  const rates: Record<'without' | 'with', number[]> = { without: [], with: [] }
  const timings: number[] = []
  const floors: number[] = []
  let paths: readonly string[] = []
  let asked: readonly string[] = []
  /** Rows per second. */
  const runWith = async (client: Client | undefined, into: number[]): Promise<number> => {
    const [report] = await project.run(file)
    if (client !== undefined) into.push(...(await client.stop()))
    return (report!.recordsIn * 1000) / report!.durationMs
  }
  for (let round = 0; round < rounds; round++) {
    // what comes first in a pair may fare better: the order changes
    for (const kind of round % 2 === 0 ? (['without', 'with'] as const) : (['with', 'without'] as const)) {
      paths = []
      const running = runWith(kind === 'with' ? new Client(rest, () => paths) : undefined, timings)
      while (kind === 'with' && paths.length === 0) {
        paths = (await pathsOfRunningJob(rest)) ?? []
        await setTimeout(100)
      }
      if (paths.length > 0) asked = paths
      rates[kind].push(await running)
    }
  }
  // the same number of questions to the least of servers, beside the same job
  await runWith(new Client(floor.address, () => asked.map(() => '/')), floors)
  const [without, withClient] = [quantile(rates.without, 0.5), quantile(rates.with, 0.5)]
  const rows = [
    ['answers', formatCount(timings.length), ''],
    ['p50', `${quantile(timings, 0.5).toFixed(1)} ms`, ''],
    ['p99', `${quantile(timings, 0.99).toFixed(1)} ms`, '< 20 ms'],
    ['p50 of the least server', `${quantile(floors, 0.5).toFixed(1)} ms`, ''],
    ['p99 of the least server', `${quantile(floors, 0.99).toFixed(1)} ms`, ''],
    ['rows/s without a client', formatCount(without), ''],
    ['rows/s with it', formatCount(withClient), ''],
    ['cost', `${(100 * (1 - withClient / without)).toFixed(1)} %`, '< 3 %'],
  ]
  console.log(renderTable([{ name: 'REST at full load' }, { name: 'measured', align: 'right' }, { name: 'aim' }], rows))
} finally {
  floor.stop()
  await project.remove()
}
