// What a run had done when it ended, for people who ask later: kept in the job's record.
import type { ErrorData } from '../common/errors.ts'
import { reportOf, type JobReport, type ReportedJob } from './job-report.ts'

export interface VertexOutcome {
  readonly name: string
  readonly parallelism: number
  /** In the last attempt. */
  readonly recordsIn: number
  readonly recordsOut: number
}

export interface JobOutcome {
  readonly report: JobReport
  readonly vertices: readonly VertexOutcome[]
  /** Newest first; errors without stacks. */
  readonly failures: readonly { readonly error: ErrorData; readonly at: number; readonly consequence: string }[]
}

function withoutStacks({ code, message, fix, location, cause }: ErrorData): ErrorData {
  return {
    code,
    message,
    ...(fix === undefined ? {} : { fix }),
    ...(location === undefined ? {} : { location }),
    ...(cause === undefined ? {} : { cause: withoutStacks(cause) }),
  }
}

export function outcomeOf(job: ReportedJob, now: number): JobOutcome {
  const { master } = job
  return {
    report: reportOf(job, now),
    vertices: master.options.graph.vertices.map(({ id, name, parallelism }) => {
      const figures = master.records.flatMap((record) => (record.vertexId === id ? (record.figures ?? []) : []))
      return {
        name,
        parallelism,
        recordsIn: figures.reduce((sum, { numRecordsIn }) => sum + numRecordsIn, 0),
        // rows that a sink was handed leave the job there
        recordsOut: figures.reduce((sum, { numRecordsOut, numRecordsSend }) => sum + numRecordsOut + numRecordsSend, 0),
      }
    }),
    failures: master.failures.map(({ error, at, consequence }) => ({ error: withoutStacks(error), at, consequence })),
  }
}
