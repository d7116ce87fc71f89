// Why nothing has come out of a job under test, as a text for the failure of an expectation.
import { diagnose } from '../diagnosis/diagnose.ts'
import { graphFacts, zoneOfGraph } from '../diagnosis/graph-facts.ts'
import { toErrorData } from '../common/errors.ts'
import type { InProcessJob } from '../cluster/run-in-process.ts'
import type { Finding } from '../diagnosis/finding.ts'
import type { JobFacts } from '../diagnosis/job-facts.ts'
import type { SubtaskDiagnostics } from '../metrics/diagnostics.ts'
import type { JobGraph } from '../graph/job-graph.ts'

export interface ExplainedJob {
  /** With the connectors that the job names, not those in memory. */
  readonly graph: JobGraph
  readonly job: InProcessJob
  readonly now: number
  readonly startedAt: number
  readonly failure: { readonly cause: unknown } | undefined
  readonly hasEnded: boolean
}

/** In memory a split is named after its node: people know the topic, `rides-0`. */
function withTableNames(subtask: SubtaskDiagnostics, graph: JobGraph): SubtaskDiagnostics {
  const { source } = subtask
  const nodes = graph.vertices.flatMap(({ chain }) => chain.map(({ node }) => node))
  const node = nodes.find(({ id }) => id === source?.nodeId)
  if (source === undefined || node?.kind !== 'source') return subtask
  const splits = source.splits.map((split) => ({
    ...split,
    id: split.id.replace(`${node.id}-`, `${node.source.tableName}-`),
  }))
  return { ...subtask, source: { ...source, splits } }
}

function factsOf({ graph, job, now, startedAt, failure, hasEnded }: ExplainedJob): JobFacts {
  const status = failure !== undefined ? 'FAILED' : hasEnded ? 'FINISHED' : 'RUNNING'
  const counted = job.metrics().map((figures) => ({
    vertexId: figures.vertexId,
    subtaskIndex: figures.subtaskIndex,
    status: 'RUNNING',
    statusSince: startedAt,
    taskManager: undefined,
    figures,
  }))
  return {
    jobId: 'under-test',
    name: graph.jobName,
    status,
    statusSince: startedAt,
    startedAt,
    now,
    restarts: 0,
    zone: zoneOfGraph(graph),
    vertices: graphFacts(graph, counted, { isTypeScript: true }),
    subtasks: status === 'RUNNING' ? job.diagnose().map((subtask) => withTableNames(subtask, graph)) : [],
    failures:
      failure === undefined
        ? []
        : [{ at: now, error: toErrorData(failure.cause), consequence: 'a test has no restarts', subtask: undefined }],
    restart: { strategy: 'none', attemptsMax: undefined, failures: 0, nextAttemptAt: undefined },
    // a test takes none and needs none
    checkpoints: {
      intervalMs: 0,
      timeoutMs: 0,
      completed: 0,
      failed: 0,
      lastCompleted: undefined,
      lastFailed: undefined,
      inProgress: undefined,
    },
  }
}

function linesOf({ severity, text, details }: Finding): string[] {
  return [`${severity}: ${text}`, ...details.map((line) => `  ${line}`)]
}

export function explainTestJob(job: ExplainedJob): string {
  return diagnose(factsOf(job)).findings.flatMap(linesOf).join('\n')
}
