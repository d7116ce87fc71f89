// Records that came after all of their windows: how many, by how much, examples.
import type { Finding } from './finding.ts'
import type { JobIndex } from './job-index.ts'
import { counted, duration, known, percent } from './phrase.ts'

const EXAMPLES_SHOWN = 3
/** Where most of what comes is late, that is why results are missing. */
const MOST = 0.5

function rowText(row: Readonly<Record<string, string>>): string {
  return Object.entries(row)
    .map(([name, value]) => `${name}=${value}`)
    .join(', ')
}

export function diagnoseLateRecords(index: JobIndex, concerns: (nodeId: string) => boolean): Finding[] {
  const { facts, times } = index
  return facts.vertices.flatMap((vertex) =>
    vertex.operators.flatMap(({ nodeId, name }): Finding[] => {
      if (!concerns(nodeId)) return []
      const told = index.operatorViews(nodeId).flatMap((view) => view.told.late ?? [])
      const dropped = told.reduce((sum, late) => sum + late.dropped, 0)
      if (dropped === 0) return []
      const latenessMs = Math.max(...told.map(({ latenessMsMax }) => latenessMsMax))
      const examples = told.flatMap((late) => late.examples).sort((left, right) => right.at - left.at)
      const share = vertex.recordsIn === 0 ? undefined : dropped / vertex.recordsIn
      const noun = examples.some(({ isAggregated }) => isAggregated === true) ? 'pre-aggregated row' : 'record'
      const isMost = share !== undefined && share >= MOST
      return [
        {
          kind: 'late-records',
          severity: isMost ? 'cause' : 'warning',
          text: `${name} has dropped ${counted(dropped, noun)} as late${share === undefined ? '' : ` (${percent(share)} of those that came)`}: up to ${duration(latenessMs)} behind the watermark`,
          details: [
            ...examples
              .slice(0, EXAMPLES_SHOWN)
              .map(
                (late) =>
                  `${duration(facts.now - late.at)} ago: event time ${times.text(late.eventTime)}, ${duration(late.watermark - late.eventTime)} behind the watermark ${times.text(late.watermark)}; its last window fired at ${times.text(late.windowEnd)}: ${rowText(late.row)}`,
              ),
            `what to do: a delay of the watermark that is larger by at least ${duration(latenessMs)} would have kept all of them; results then come that much later`,
          ],
          facts: known({ operator: name, nodeId, dropped, latenessMsMax: latenessMs, share, lastAt: examples[0]?.at }),
        },
      ]
    }),
  )
}
