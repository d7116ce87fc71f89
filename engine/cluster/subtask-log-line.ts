// What a TaskManager's log says of its subtasks: as Flink's, every change of state.
import type { ErrorData } from '../common/errors.ts'
import type { JobGraph } from '../graph/job-graph.ts'
import type { SubtaskEvent } from '../task/subtask-descriptor.ts'
import type { SubtaskReport } from './messages/output.ts'

const STATES: Partial<Record<SubtaskEvent['kind'], string>> = {
  deployed: 'DEPLOYING to INITIALIZING',
  running: 'INITIALIZING to RUNNING',
  finished: 'RUNNING to FINISHED',
  canceled: 'CANCELING to CANCELED',
  failed: 'RUNNING to FAILED',
}

function causes(error: ErrorData | undefined): string {
  return error === undefined ? '' : `: ${error.code}: ${error.message}${causes(error.cause)}`
}

/** Undefined for what is no change of state. */
export function subtaskLogLine(
  graph: JobGraph,
  { vertexId, subtaskIndex, attempt, event }: SubtaskReport & { readonly event: SubtaskEvent },
): string | undefined {
  const states = STATES[event.kind]
  const vertex = graph.vertices.find(({ id }) => id === vertexId)
  if (states === undefined || vertex === undefined) return undefined
  const name = `${vertex.name} (${subtaskIndex + 1}/${vertex.parallelism})#${attempt}`
  return `${name} of job ${graph.jobName} switched from ${states}${event.kind === 'failed' ? causes(event.error) : ''}`
}
