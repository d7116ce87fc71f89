// Why nothing (or less) comes out of a job: findings from facts, the cause first. Pure.
import { diagnoseBackPressure } from './back-pressure.ts'
import { diagnoseCheckpoints } from './checkpoints.ts'
import { diagnoseFilters } from './filters.ts'
import { findOperator } from './find-operator.ts'
import { diagnoseHealth } from './health.ts'
import { diagnoseInput } from './input.ts'
import { JobIndex } from './job-index.ts'
import { diagnoseStatus, isWorking } from './job-status.ts'
import { diagnoseLateRecords } from './late-records.ts'
import { diagnoseRecord } from './record.ts'
import { diagnoseSinks } from './sinks.ts'
import { diagnoseTimers } from './timers.ts'
import { diagnoseWatermarks } from './watermarks.ts'
import { diagnoseWindows } from './windows.ts'
import type { Diagnosis, Finding, Severity } from './finding.ts'
import type { Ask, JobFacts, OperatorFacts } from './job-facts.ts'

const RANK: Readonly<Record<Severity, number>> = { cause: 0, warning: 1, note: 2 }

function unanswered(index: JobIndex): Finding[] {
  const told = new Set(index.facts.subtasks.map(({ vertexId, subtaskIndex }) => `${vertexId}/${subtaskIndex}`))
  const silent = index.facts.vertices.flatMap(({ id, subtasks }) =>
    subtasks
      .filter((subtask) => subtask.status === 'RUNNING' && !told.has(`${id}/${subtask.index}`))
      .map((subtask) => index.subtaskName(id, subtask.index)),
  )
  if (silent.length === 0) return []
  return [
    {
      kind: 'unanswered',
      severity: 'warning',
      text: `${silent.length} of the job's subtasks did not answer in time: what is said here leaves them out`,
      details: silent.slice(0, 5),
      facts: { subtasks: silent },
    },
  ]
}

/** What an asked operator leaves out: findings of windows and late records of others. */
function concerning(operators: readonly OperatorFacts[] | undefined): (nodeId: string) => boolean {
  if (operators === undefined) return () => true
  const wanted = new Set(operators.map(({ nodeId }) => nodeId))
  return (nodeId) => wanted.has(nodeId)
}

function inOrder(findings: readonly Finding[]): Finding[] {
  return [...findings].sort((left, right) => RANK[left.severity] - RANK[right.severity])
}

/**
 * Never empty; what was asked about comes first among its like.
 * @throws OPTION_INVALID where the asked operator is unknown
 */
export function diagnose(facts: JobFacts, ask: Ask = {}): Diagnosis {
  const index = new JobIndex(facts)
  const asked = ask.operator === undefined ? undefined : findOperator(facts, ask.operator)
  const record = ask.record === undefined ? [] : diagnoseRecord(index, ask.record)
  const status = diagnoseStatus(index)
  if (!isWorking(facts)) return { findings: [...record, ...inOrder(status)] }
  const concerns = concerning(asked)
  const windows = diagnoseWindows(index, concerns, ask.window)
  const sinks = diagnoseSinks(index)
  const first = [
    ...status,
    ...sinks,
    ...diagnoseWatermarks(index, concerns),
    ...diagnoseFilters(index),
    ...diagnoseLateRecords(index, concerns),
    ...diagnoseBackPressure(index, sinks),
  ]
  const isExplained = first.some(({ severity }) => severity === 'cause')
  const found = inOrder([
    ...first,
    ...diagnoseInput(index, isExplained),
    ...diagnoseCheckpoints(index),
    ...unanswered(index),
    ...windows,
    ...diagnoseTimers(index, concerns),
  ])
  // a question about one thing is answered first; of the rest only what may be behind that answer is said
  const answers = [...record, ...(ask.window === undefined ? [] : windows)]
  const causes = found.filter((finding) => finding.severity === 'cause' && !answers.includes(finding))
  if (answers.length > 0) return { findings: [...answers, ...causes] }
  // that nothing is wrong comes before how it stands
  return { findings: causes.length > 0 ? found : inOrder([...diagnoseHealth(index), ...found]) }
}
