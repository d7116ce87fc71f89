// The five SQL jobs that both engines run from the same text, and what is asked of us.
import { readFileSync } from 'node:fs'

export interface BenchJob {
  readonly name: string
  /** In scripts/bench/sql. */
  readonly file: string
  /** Which of the file's jobs. */
  readonly index: number
  /** Times real Flink that must be reached, and the aim. */
  readonly atLeast: number
  readonly aim: number
}

export const benchJobs: readonly BenchJob[] = [
  { name: 'pass-through → Postgres', file: 'pass-through.sql', index: 0, atLeast: 6, aim: 10 },
  { name: 'updating aggregation → Postgres', file: 'updating-aggregation.sql', index: 0, atLeast: 5, aim: 8 },
  { name: 'tumble → Postgres', file: 'windows.sql', index: 0, atLeast: 4, aim: 6 },
  { name: 'hop → blackhole', file: 'windows.sql', index: 1, atLeast: 4, aim: 8 },
  { name: 'session → blackhole', file: 'windows.sql', index: 2, atLeast: 4, aim: 8 },
]

export const jobFiles: readonly string[] = [...new Set(benchJobs.map((job) => job.file))]

const folder = new URL('./sql/', import.meta.url)

export function sqlText(file: string, addresses?: { readonly kafka: string; readonly postgres: string }): string {
  const text = readFileSync(new URL(file, folder), 'utf8')
  if (addresses === undefined) return text
  const { host } = new URL(addresses.postgres)
  return text.replaceAll('localhost:9092', addresses.kafka).replaceAll('localhost:5432', host)
}
