// Nothing is wrong: the figures that prove it.
import type { Finding } from './finding.ts'
import type { JobIndex } from './job-index.ts'
import { count, duration, known, percent, rate } from './phrase.ts'

export function diagnoseHealth(index: JobIndex): Finding[] {
  const { facts, times, pending } = index
  const sources = index.sources.map(({ vertex }) => vertex)
  const sinks = facts.vertices.filter(({ operators }) => operators.some(({ sink }) => sink !== undefined))
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)
  const reads = sum(sources.flatMap(({ subtasks }) => subtasks.map((each) => each.recordsInPerSecond)))
  const read = sum(sources.map(({ recordsIn }) => recordsIn))
  const written = sum(sinks.map(({ recordsOut }) => recordsOut))
  const busy = Math.max(0, ...facts.vertices.flatMap(({ subtasks }) => subtasks.map((each) => each.busy)))
  const watermarks = facts.subtasks.flatMap(({ source }) => (source?.isIdle === false ? (source.watermark ?? []) : []))
  const watermark = watermarks.length === 0 ? undefined : Math.min(...watermarks)
  const { lastCompleted, failed } = facts.checkpoints
  const forMs = facts.now - (facts.statusSince ?? facts.startedAt)
  return [
    {
      kind: 'healthy',
      severity: 'note',
      text: `the job runs, for ${duration(forMs)}: ${rate(reads)} read${pending === undefined ? '' : `, ${count(pending)} waiting`}, ${count(written)} rows written`,
      details: [
        `${count(read)} records read in this attempt; the busiest subtask works ${percent(busy)} of its time`,
        ...(watermark === undefined
          ? []
          : Number.isFinite(watermark)
            ? [
                `the watermark is ${times.text(watermark)}, ${watermark <= facts.now ? `${duration(facts.now - watermark)} behind the clock` : `${duration(watermark - facts.now)} ahead of the clock`}`,
              ]
            : ['event time has ended: all windows have fired']),
        ...(lastCompleted === undefined
          ? []
          : [
              `checkpoint ${lastCompleted.id} completed ${duration(facts.now - lastCompleted.at)} ago in ${duration(lastCompleted.durationMs)}; ${count(failed)} have failed`,
            ]),
        ...(facts.restarts === 0 ? ['it has not been restarted'] : []),
      ],
      facts: known({
        recordsPerSecond: reads,
        recordsIn: read,
        recordsOut: written,
        pending,
        busy,
        watermark,
        runningMs: forMs,
      }),
    },
  ]
}
