// Where back-pressure comes from: from a vertex that waits for the next one down to the one that is slow.
import type { Finding } from './finding.ts'
import type { SubtaskFacts, VertexFacts } from './job-facts.ts'
import type { JobIndex } from './job-index.ts'
import { count, known, percent, rate } from './phrase.ts'

/** Flink's threshold of `high` in its web interface. */
const HIGH = 0.5

function worst({ subtasks }: VertexFacts, share: (subtask: SubtaskFacts) => number): SubtaskFacts | undefined {
  return [...subtasks].sort((left, right) => share(right) - share(left))[0]
}

const pressure = (vertex: VertexFacts): number =>
  worst(vertex, ({ backPressured }) => backPressured)?.backPressured ?? 0

function busiest(vertices: readonly VertexFacts[]): VertexFacts | undefined {
  const busy = (vertex: VertexFacts): number => worst(vertex, (subtask) => subtask.busy)?.busy ?? 0
  return [...vertices].sort((left, right) => busy(right) - busy(left))[0]
}

interface Origin {
  /** Vertices that wait, the first upstream. */
  readonly chain: readonly VertexFacts[]
  /** Who they wait for. Undefined: the last of the chain waits for its own sink. */
  readonly slow: VertexFacts | undefined
}

/** Down the stream while vertices wait; whom the last one waits for is what is slow. */
function originOf(index: JobIndex, first: VertexFacts): Origin {
  const chain = [first]
  const seen = new Set([first.id])
  for (;;) {
    const last = chain.at(-1)!
    const told = index.toldBy(last.id).flatMap(({ waitsFor }) => waitsFor ?? [])
    const consumers = index.consumersOf(last.id).filter(({ id }) => !seen.has(id))
    const hasSink = last.operators.some(({ sink }) => sink !== undefined)
    if (consumers.length === 0 || (hasSink && told.some(({ kind }) => kind === 'sink')))
      return { chain, slow: undefined }
    const awaited = told.flatMap((waits) => (waits.kind === 'exchange' ? waits.vertexId : []))
    const named = consumers.filter(({ id }) => awaited.includes(id))
    const pressed = (named.length > 0 ? named : consumers).filter((vertex) => pressure(vertex) > HIGH)
    const [next] = pressed
    if (next === undefined) return { chain, slow: busiest(named.length > 0 ? named : consumers) }
    chain.push(next)
    seen.add(next.id)
  }
}

function figures(index: JobIndex, vertex: VertexFacts): string[] {
  return vertex.subtasks.map(
    ({ index: at, busy, backPressured, recordsInPerSecond, recordsOutPerSecond }) =>
      `${index.subtaskName(vertex.id, at)}: busy ${percent(busy)}, back-pressured ${percent(backPressured)}, ${rate(recordsInPerSecond)} in, ${rate(recordsOutPerSecond)} out`,
  )
}

/** A skew that one subtask shows: it has most of the work. */
function skew({ subtasks }: VertexFacts): string[] {
  if (subtasks.length < 2) return []
  const sorted = [...subtasks].sort((left, right) => right.recordsIn - left.recordsIn)
  const total = sorted.reduce((sum, { recordsIn }) => sum + recordsIn, 0)
  const [first] = sorted
  if (total === 0 || first!.recordsIn / total < 2 / subtasks.length || first!.recordsIn / total < 0.5) return []
  return [
    `its subtask ${first!.index + 1} had ${percent(first!.recordsIn / total)} of all records: few keys, or one key with most of them`,
  ]
}

/** `sinks`: what was said of sinks. A vertex that is source and sink waits for no other: it is not said a second time. */
export function diagnoseBackPressure(index: JobIndex, sinks: readonly Finding[]): Finding[] {
  const told = new Set(sinks.map(({ facts }) => facts['nodeId']))
  const { vertices } = index.facts
  const pressed = vertices.filter((vertex) => pressure(vertex) > HIGH)
  const roots = pressed.filter(({ inputs }) => !inputs.some((id) => pressed.some((vertex) => vertex.id === id)))
  const seen = new Set<string>()
  return roots.flatMap((root): Finding[] => {
    const { chain, slow } = originOf(index, root)
    const last = chain.at(-1)!
    if (slow === undefined && chain.length === 1 && last.operators.some(({ nodeId }) => told.has(nodeId))) return []
    const slowName = slow === undefined ? `the sink of ${index.vertexName(last.id)}` : index.vertexName(slow.id)
    if (seen.has(slowName)) return []
    seen.add(slowName)
    const slowest = slow === undefined ? undefined : worst(slow, ({ busy }) => busy)
    const takes =
      slow === undefined
        ? last.subtasks.reduce((sum, each) => sum + each.recordsOutPerSecond, 0)
        : slow.subtasks.reduce((sum, each) => sum + each.recordsInPerSecond, 0)
    const what =
      slowest === undefined
        ? `which takes ${rate(takes)}`
        : `subtask ${slowest.index + 1} of ${slow!.parallelism} is busy ${percent(slowest.busy)} of the time, it takes ${rate(takes)}`
    const pending = index.pending
    return [
      {
        kind: 'back-pressure',
        severity: (pending ?? 0) > 0 ? 'cause' : 'warning',
        text: `back-pressure comes from ${slowName}: ${what}; ${index.vertexName(root.id)} waits ${percent(pressure(root))} of its time`,
        details: [
          ...(chain.length > 1
            ? [
                `it passes up: ${[...chain]
                  .reverse()
                  .map(({ id }) => index.vertexName(id))
                  .join(' <- ')}`,
              ]
            : []),
          ...figures(index, slow ?? last),
          ...(slow === undefined ? [] : skew(slow)),
          ...(pending === undefined || pending === 0 ? [] : [`meanwhile ${count(pending)} records wait to be read`]),
          slow === undefined
            ? 'what to do: look at the target (indexes, locks, its disk), or write fewer rows (larger windows, fewer updates)'
            : 'what to do: raise parallelism.default, or make that vertex do less for each record',
        ],
        facts: known({
          vertex: slow?.id ?? last.id,
          isSink: slow === undefined,
          busy: slowest?.busy,
          backPressured: pressure(root),
          recordsPerSecond: takes,
          pending,
        }),
      },
    ]
  })
}
