// Figures of a job and its vertices that several tabs show alike.
import { formatCount, formatDuration, formatTimestamp } from '../../output/quantities.ts'
import type { JobView, VertexView } from '../../services/job-view/job-view.ts'
import { span, type Span, type Style } from '../screen-line.ts'

/** From here on a subtask counts as busy, or back-pressured. Flink's web interface has the same thresholds. */
export const HIGH_PERCENT = 50
const BUSY_PERCENT = 80

export function stateStyle(state: string): Style {
  if (state === 'RUNNING' || state === 'FINISHED' || state === 'COMPLETED') return 'good'
  return state === 'FAILED' || state === 'FAILING' ? 'bad' : 'warning'
}

export function watermarkText(watermark: number | undefined): string {
  if (watermark === undefined) return 'none yet'
  return watermark === Infinity ? 'at the end' : formatTimestamp(watermark)
}

/** Of vertices that work, the lowest; undefined: there is none, or one of them has none yet. */
export function jobWatermark({ vertices }: JobView): number | undefined {
  const working = vertices.filter(({ status }) => status !== 'FINISHED')
  if (working.length === 0) return vertices.length === 0 ? undefined : Infinity
  return working.some(({ watermark }) => watermark === undefined)
    ? undefined
    : Math.min(...working.map(({ watermark }) => watermark!))
}

export function isSource(vertex: VertexView): boolean {
  return vertex.inputs.length === 0
}

/** Rows to other vertices, and rows to sinks. */
export function outRate({ recordsOutPerSecond, recordsSentPerSecond }: VertexView): number {
  return recordsOutPerSecond + recordsSentPerSecond
}

/** Records that come into the job, and rows that leave it. */
export function jobRates({ vertices }: JobView): { readonly in: number; readonly out: number } {
  return {
    in: vertices.filter(isSource).reduce((sum, { recordsInPerSecond }) => sum + recordsInPerSecond, 0),
    out: vertices.reduce((sum, { recordsSentPerSecond }) => sum + recordsSentPerSecond, 0),
  }
}

export function lagText(now: number, watermark: number): string {
  return now < watermark ? `${formatDuration(watermark - now)} ahead` : `${formatDuration(now - watermark)} behind`
}

/** In words, so that it does not take a colour to see it; empty where there is nothing to say. */
export function pressureMark(figures: Pick<VertexView, 'busyPercent' | 'backPressuredPercent'>): Span {
  if (figures.backPressuredPercent > HIGH_PERCENT) return span('BACK-PRESSURED', 'warning')
  return figures.busyPercent > BUSY_PERCENT ? span('BUSY', 'bad') : span('')
}

export function pressureStyle(figures: Pick<VertexView, 'busyPercent' | 'backPressuredPercent'>): Style {
  return pressureMark(figures).style
}

export function ratesText(vertex: VertexView): string {
  return `in ${formatCount(vertex.recordsInPerSecond)}/s  out ${formatCount(outRate(vertex))}/s`
}

export function percentText(percent: number): string {
  return `${Math.round(Math.min(100, percent))}%`
}
