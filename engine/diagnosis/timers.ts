// Timers that keys have registered: how many, which fires next, and what for.
import type { Finding } from './finding.ts'
import type { JobIndex } from './job-index.ts'
import { allTimers, type OperatorTimers } from './open-timers.ts'
import { counted, known } from './phrase.ts'
import { neededText } from './watermarks.ts'
import { firesText } from './windows.ts'

function finding(index: JobIndex, timers: OperatorTimers): Finding {
  const { operator, time, pending, next, watermark } = timers
  const kind = time === 'event' ? 'timer' : 'timer of the clock'
  const plural = time === 'event' ? 'timers' : 'timers of the clock'
  const facts = known({ operator: operator.name, nodeId: operator.nodeId, time, pending, nextFiresAt: next, watermark })
  if (next === undefined)
    return { kind: 'timers', severity: 'note', text: `${operator.name}: no timer is pending`, details: [], facts }
  const needed = time === 'event' ? neededText(index, timers, next) : undefined
  return {
    kind: 'timers',
    severity: 'note',
    text: `${operator.name}: ${counted(pending, `pending ${kind}`, `pending ${plural}`)}; the next ${firesText(index, timers, next)}`,
    details: needed === undefined ? [] : [needed],
    facts,
  }
}

export function diagnoseTimers(index: JobIndex, concerns: (nodeId: string) => boolean): Finding[] {
  return allTimers(index, concerns).map((timers) => finding(index, timers))
}
