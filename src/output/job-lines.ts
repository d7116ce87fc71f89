// Events of a running job as plain lines.
import type { JobEvent, JobReport } from '../services/job-client.ts'
import { formatCount, formatDuration } from './quantities.ts'

/** One line for the end of a job. */
export function renderReport(report: JobReport): string {
  const { completed, failed } = report.checkpoints
  return [
    `${report.job} ${report.state} in ${formatDuration(report.durationMs)}:`,
    `${report.recordsIn} records in, ${report.recordsOut} out (${formatCount(report.recordsPerSecond)}/s),`,
    `${report.lateRecordsDropped} late,`,
    `checkpoints ${completed} completed${failed === 0 ? '' : `, ${failed} failed`}`,
  ].join(' ')
}

/** The line of an event that is no row; undefined where there is nothing to say. */
export function renderJobEvent(name: string, event: Exclude<JobEvent, { kind: 'row' }>): string | undefined {
  switch (event.kind) {
    case 'submitted':
      return `${name} submitted as job ${event.jobId}`
    case 'attached':
      return `${name} is job ${event.jobId}`
    case 'status':
      return event.status === 'FINISHED' || event.status === 'FAILED' ? undefined : `${name} ${event.status}`
    case 'notice':
      return `note: ${event.line}`
    case 'stdout':
    case 'stderr':
      return event.line
    case 'ended':
      return renderReport(event.report)
  }
}
