// Real Apache Flink and Apache Kafka beside us, where their scripts are given (FLINKTS_ANCHORS: a folder with setup.sh,
// flink.sh and kafka.sh).
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

export interface FlinkJob {
  readonly name: string
  readonly durationMs: number
}

const FLINK_REST = 'http://localhost:8081'

export class Anchors {
  readonly #folder: string

  constructor(folder: string) {
    this.#folder = folder
  }

  async script(name: string, ...args: string[]): Promise<void> {
    await promisify(execFile)('bash', [`${this.#folder}/${name}`, ...args], { maxBuffer: 64 << 20, timeout: 900_000 })
  }

  /** Runs a SQL file on the warm cluster; the durations of its jobs, in the order they ran. */
  async flinkSql(file: string): Promise<FlinkJob[]> {
    const before = new Set((await this.#jobs()).map((job) => job.jid))
    await this.script('flink.sh', 'sql', file)
    const ran = (await this.#jobs()).filter((job) => !before.has(job.jid))
    const failed = ran.find((job) => job.state !== 'FINISHED')
    if (failed !== undefined) throw new Error(`Flink's job ${failed.name} ended as ${failed.state}`)
    return ran
      .sort((a, b) => a['start-time'] - b['start-time'])
      .map((job) => ({ name: job.name, durationMs: job.duration }))
  }

  async #jobs(): Promise<{ jid: string; name: string; state: string; duration: number; 'start-time': number }[]> {
    const answer = await fetch(`${FLINK_REST}/jobs/overview`)
    return ((await answer.json()) as { jobs: never[] }).jobs
  }
}
