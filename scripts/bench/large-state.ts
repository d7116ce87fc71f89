// How long checkpoints of a million keys hold a subtask up while it goes on working: the synchronous part that the
// subtask reports, and the longest gap between two results.
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { createTopics } from '../../engine/kafka/client/admin.ts'
import { parseBootstrapServers } from '../../engine/kafka/client/bootstrap-servers.ts'
import { KafkaCluster } from '../../engine/kafka/client/kafka-cluster.ts'
import { Producer } from '../../engine/kafka/client/producer.ts'
import { systemClock } from '../../engine/time/clock.ts'
import type { BenchProject, ServiceAddresses } from './project.ts'

const KEYS = 1_000_000
const UPDATES_PER_SECOND = 10_000
const CHECKPOINTS = 10
const LIMIT_MS = 120_000

/** One key in ten is printed: a result about every millisecond. */
const JOB = `CREATE TABLE updates (k INT, v DOUBLE) WITH ('connector'='kafka','properties.bootstrap.servers'='\${KAFKA}','topic'='updates','scan.startup.mode'='earliest-offset','format'='json');
CREATE TABLE shown (k INT, n BIGINT, v DOUBLE) WITH ('connector'='print');
SET 'execution.checkpointing.interval' = '2 s';
INSERT INTO shown SELECT * FROM (SELECT k, COUNT(*) AS n, SUM(v) AS v FROM updates GROUP BY k) WHERE k < ${KEYS / 10} AND n > 1;`

export interface LargeStateResult {
  readonly stateBytes: number
  readonly syncMs: readonly number[]
  readonly asyncMs: readonly number[]
  /** Between two printed results, over all checkpoints. */
  readonly longestGapMs: number
}

export async function measureLargeState(project: BenchProject, services: ServiceAddresses): Promise<LargeStateResult> {
  const cluster = new KafkaCluster({
    bootstrapServers: parseBootstrapServers(services.kafka),
    clock: systemClock,
    random: Math.random,
  })
  await createTopics(cluster, [{ name: 'updates', partitions: 1 }])
  const producer = await Producer.open(cluster)
  const topic = await producer.topic('updates')
  const send = (key: number): void => topic.send(null, Buffer.from(`{"k":${key},"v":${key % 97}.5}`), systemClock.now())
  for (let key = 0; key < KEYS; key++) {
    if (!producer.isAvailable()) await producer.available()
    send(key)
  }
  await producer.flush()
  const job = project.start('run', project.file('large-state.sql', JOB), '--fresh', '--no-tui')
  const finished = new AbortController()
  try {
    const results = new Results(job.stdout!)
    const updating = update(send, finished.signal)
    const measured = await watch(services.rest, results)
    finished.abort()
    await updating
    return measured
  } finally {
    finished.abort()
    const ended = new Promise((resolve) => job.once('exit', resolve))
    job.kill('SIGINT')
    await ended
    await producer.close()
    cluster.close()
  }
}

/** Random keys, at an even pace. */
async function update(send: (key: number) => void, signal: AbortSignal): Promise<void> {
  const startedAt = performance.now()
  for (let sent = 0; !signal.aborted; await delay(1)) {
    const due = ((performance.now() - startedAt) * UPDATES_PER_SECOND) / 1000
    for (; sent < due; sent++) send(Math.floor(Math.random() * KEYS))
  }
}

/** When results came. */
class Results {
  longestGapMs = 0
  count = 0
  #lastAt: number | undefined

  constructor(output: NodeJS.ReadableStream) {
    createInterface({ input: output }).on('line', (line) => {
      if (!/\[\d+, \d+/.test(line)) return
      const now = performance.now()
      this.longestGapMs = Math.max(this.longestGapMs, now - (this.#lastAt ?? now))
      this.#lastAt = now
      this.count++
    })
  }

  begin(): void {
    this.longestGapMs = 0
  }
}

interface Checkpoint {
  readonly id: number
  readonly status: string
  readonly state_size: number
}

async function watch(rest: string, results: Results): Promise<LargeStateResult> {
  const ask = async <T>(path: string): Promise<T> => (await (await fetch(`${rest}${path}`)).json()) as T
  const measured = new Map<number, { sync: number; async: number; bytes: number }>()
  for (const deadline = performance.now() + LIMIT_MS; measured.size < CHECKPOINTS; await delay(200)) {
    if (performance.now() > deadline) throw new Error(`${measured.size} checkpoints within ${LIMIT_MS} ms`)
    if (results.count < UPDATES_PER_SECOND / 20) continue // still reading the keys for the first time
    const { jobs } = await ask<{ jobs: { jid: string; state: string }[] }>('/jobs/overview')
    const job = jobs.find(({ state }) => state === 'RUNNING')
    if (job === undefined) continue
    const { history } = await ask<{ history: Checkpoint[] }>(`/jobs/${job.jid}/checkpoints`)
    const { vertices } = await ask<{ vertices: { id: string }[] }>(`/jobs/${job.jid}`)
    if (measured.size === 0) results.begin()
    for (const { id, status, state_size: bytes } of history) {
      if (status !== 'COMPLETED' || measured.has(id)) continue
      const parts = await Promise.all(
        vertices.map((vertex) =>
          ask<{ subtasks: { checkpoint: { sync: number; async: number } }[] }>(
            `/jobs/${job.jid}/checkpoints/details/${id}/subtasks/${vertex.id}`,
          ),
        ),
      )
      const durations = parts.flatMap(({ subtasks }) => subtasks.map(({ checkpoint }) => checkpoint))
      const sync = Math.max(...durations.map((duration) => duration.sync))
      measured.set(id, { sync, async: Math.max(...durations.map((duration) => duration.async)), bytes })
    }
  }
  const all = [...measured.values()]
  return {
    stateBytes: Math.max(...all.map(({ bytes }) => bytes)),
    syncMs: all.map(({ sync }) => sync),
    asyncMs: all.map((each) => each.async),
    longestGapMs: results.longestGapMs,
  }
}
