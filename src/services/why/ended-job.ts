// Why nothing comes out of a job that no session has: from what .flinkts keeps of its last run.
import {
  createDefaultEnvironment,
  createJobGraph,
  diagnose,
  graphFacts,
  inspectedJobOf,
  inspectRecord,
  JobStore,
  parseRecordPlace,
  parseWindowTime,
  PROJECT_KAFKA,
  systemClock,
  zoneOfGraph,
  type JobFacts,
  type Json,
  type RecordFacts,
  type StreamGraph,
  type VertexFacts,
  type WhyAnswer,
} from '../../../engine/host.ts'
import { loadProject, type Project } from '../../config/project.ts'
import type { ProjectPlace } from '../../config/project-place.ts'
import { readJobDetails, type JobDetails } from '../jobs/job-details.ts'
import { kafkaSecurityOf, kafkaSettings } from '../project-connections.ts'
import type { WhyQuestion } from './why-question.ts'

export interface EndedJob extends JobDetails {
  readonly project: Project
}

/** Throws JOB_NOT_FOUND. */
export async function findEndedJob({ folder }: ProjectPlace, name: string): Promise<EndedJob> {
  const project = loadProject(folder)
  return { ...(await readJobDetails(project, name)), project }
}

/** Records that the sources' snapshot says were read, by the operator's name: the next run goes on there. */
function withPositions(vertex: VertexFacts, details: JobDetails): VertexFacts {
  const operators = vertex.operators.map((operator) => {
    const known = details.lastSnapshot?.sources.find((source) => source.operator === operator.name)
    if (operator.source === undefined || known === undefined) return operator
    const positions = known.splits.map(({ id, position }) => [id, Number(position)] as const)
    return { ...operator, source: { ...operator.source, positions: Object.fromEntries(positions) } }
  })
  return { ...vertex, operators }
}

function verticesOf(graph: StreamGraph | undefined, details: JobDetails): VertexFacts[] {
  const outcome = details.job.outcome?.vertices ?? []
  if (graph === undefined) return []
  return graphFacts(createJobGraph(graph), []).map((vertex, index) => ({
    ...withPositions(vertex, details),
    recordsIn: outcome[index]?.recordsIn ?? 0,
    recordsOut: outcome[index]?.recordsOut ?? 0,
  }))
}

function factsOf(details: EndedJob, graph: StreamGraph | undefined): JobFacts {
  const { job } = details
  const checkpoints = job.outcome?.report.checkpoints
  return {
    jobId: job.jobId,
    name: job.name,
    status: job.state,
    statusSince: job.endedAt,
    startedAt: job.startedAt,
    now: systemClock.now(),
    restarts: 0,
    zone: graph === undefined ? 'UTC' : zoneOfGraph(createJobGraph(graph)),
    vertices: verticesOf(graph, details),
    subtasks: [],
    failures: (job.outcome?.failures ?? []).map((failure) => ({ ...failure, subtask: undefined })),
    restart: { strategy: 'none', attemptsMax: undefined, failures: 0, nextAttemptAt: undefined },
    checkpoints: {
      intervalMs: undefined,
      timeoutMs: 0,
      completed: checkpoints?.completed ?? 0,
      failed: checkpoints?.failed ?? 0,
      lastCompleted: undefined,
      lastFailed: undefined,
      inProgress: undefined,
      nextRun: job.nextRun?.say[0],
    },
  }
}

async function recordFacts(project: Project, graph: StreamGraph | undefined, text: string): Promise<RecordFacts> {
  const place = parseRecordPlace(text)
  if (graph === undefined) return { ...place, sources: [] }
  const secrets = { [PROJECT_KAFKA]: kafkaSettings(kafkaSecurityOf(project)) as unknown as Json }
  const sources = await inspectRecord(inspectedJobOf(graph, secrets), place, createDefaultEnvironment())
  return { ...place, sources }
}

/** Throws OPTION_INVALID for an operator, window or record that cannot be meant. */
export async function explainEndedJob(details: EndedJob, question: WhyQuestion): Promise<WhyAnswer> {
  const { project, job } = details
  const graph = (await new JobStore(project.stateFolder).readGraph(job.key))?.graph
  const facts = factsOf(details, graph)
  const { operator, window, record } = question
  const { findings } = diagnose(facts, {
    operator,
    window: window === undefined ? undefined : parseWindowTime(window, facts.zone),
    record: record === undefined ? undefined : await recordFacts(project, graph, record),
  })
  return { job: job.jobId, name: job.name, status: facts.status, findings }
}
