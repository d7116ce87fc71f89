// Vertices that take rows and pass none on, because of a condition; sources that skip what they cannot parse.
import type { Finding } from './finding.ts'
import type { OperatorFacts, VertexFacts } from './job-facts.ts'
import type { JobIndex } from './job-index.ts'
import { count, counted, list } from './phrase.ts'

/** Rows that a window behind the filter keeps are not on their way out yet: it is known to have had none. */
function windowsAreEmpty(index: JobIndex, vertex: VertexFacts): boolean {
  const told = vertex.operators.flatMap(({ nodeId }) => index.operatorViews(nodeId).map((view) => view.told))
  const windows = told.flatMap((each) => each.windows ?? [])
  const dropped = told.reduce((sum, { late }) => sum + (late?.dropped ?? 0), 0)
  return windows.length > 0 && dropped === 0 && windows.every(({ openWindows }) => openWindows === 0)
}

function filtersOf({ operators }: VertexFacts): readonly OperatorFacts[] {
  return operators.filter(({ filter }) => filter !== undefined)
}

function emitsNothing(index: JobIndex, vertex: VertexFacts): boolean {
  if (vertex.recordsIn === 0 || vertex.recordsOut > 0) return false
  const keeps = vertex.operators.some(({ keepsRows }) => keepsRows)
  return !keeps || windowsAreEmpty(index, vertex)
}

function unparsable(index: JobIndex): Finding[] {
  return index.sources.flatMap(({ source, operator, vertex }): Finding[] => {
    if (source.unparsable === 0) return []
    const none = vertex.recordsIn === 0
    return [
      {
        kind: 'filtered',
        severity: none ? 'cause' : 'warning',
        text: `${source.tableName} has skipped ${counted(source.unparsable, 'record')} that could not be parsed${none ? ', and read no other' : ` and read ${count(vertex.recordsIn)}`}`,
        details: [
          "its format has 'ignore-parse-errors' = 'true': without it the first such record fails the job and is shown",
        ],
        facts: { operator: operator.name, unparsable: source.unparsable, recordsIn: vertex.recordsIn },
      },
    ]
  })
}

export function diagnoseFilters(index: JobIndex): Finding[] {
  const filtered = index.facts.vertices.flatMap((vertex): Finding[] => {
    const filters = filtersOf(vertex)
    if (filters.length === 0 || !emitsNothing(index, vertex)) return []
    return [
      {
        kind: 'filtered',
        severity: 'cause',
        text: `${index.vertexName(vertex.id)} has taken ${counted(vertex.recordsIn, 'record')} and passed none on: all are filtered out by ${list(filters.map(({ name }) => name))}`,
        details: filters.map(({ name, filter }) => `${name}: ${filter}`),
        facts: { vertex: vertex.id, recordsIn: vertex.recordsIn, operators: filters.map(({ nodeId }) => nodeId) },
      },
    ]
  })
  return [...filtered, ...unparsable(index)]
}
