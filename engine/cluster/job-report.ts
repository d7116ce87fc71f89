// The figures of a job at its end: what `run --report` writes.
import type { SubtaskFigures } from './execution-record.ts'
import type { JobMaster } from './job-master.ts'

export interface JobReport {
  readonly job: string
  readonly state: string
  readonly durationMs: number
  /** Rows read by sources, and rows handed to sinks, in the last attempt. */
  readonly recordsIn: number
  readonly recordsOut: number
  readonly recordsPerSecond: number
  readonly lateRecordsDropped: number
  readonly checkpoints: { readonly completed: number; readonly failed: number }
  /** Of the session process. */
  readonly peakRssBytes: number
}

export interface ReportedJob {
  readonly master: JobMaster
  readonly record: { readonly jobName: string; readonly startedAt: number }
}

export function reportOf({ master, record }: ReportedJob, now: number): JobReport {
  const { vertices } = master.options.graph
  const sources = new Set(vertices.filter(({ inputs }) => inputs.length === 0).map(({ id }) => id))
  const sum = (read: (figures: SubtaskFigures) => number): number =>
    master.records.reduce((total, { figures }) => total + (figures === undefined ? 0 : read(figures)), 0)
  const durationMs = (master.enteredAt(master.status) ?? now) - record.startedAt
  const recordsIn = sum((figures) => (sources.has(figures.vertexId) ? figures.numRecordsIn : 0))
  const { completed, failed } = master.checkpoints.statistics.counts
  return {
    job: record.jobName,
    state: master.status,
    durationMs,
    recordsIn,
    recordsOut: sum((figures) => figures.numRecordsSend),
    recordsPerSecond: durationMs === 0 ? 0 : Math.round((recordsIn * 1000) / durationMs),
    lateRecordsDropped: sum((figures) => figures.numLateRecordsDropped),
    checkpoints: { completed, failed },
    peakRssBytes: process.resourceUsage().maxRSS * 1024,
  }
}
