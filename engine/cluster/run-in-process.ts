// Runs a whole job in the caller's thread, for tests, benchmarks and embedding.
import { createJobGraph } from '../graph/create-job-graph.ts'
import { createDefaultEnvironment } from '../task/default-environment.ts'
import { InProcessRun, type InProcessJob } from './in-process-job.ts'
import type { StreamGraph } from '../graph/stream-graph.ts'
import type { TaskEnvironment, UserFunctions } from '../task/task-environment.ts'

export type { InProcessJob, JobResult } from './in-process-job.ts'

/** Everything but `userFunctions` replaces a part of the default environment. */
export interface RunInProcessOptions extends Partial<TaskEnvironment> {
  /** In place of those of the graph's bundle. */
  readonly userFunctions?: UserFunctions | undefined
}

/** Throws GRAPH_INVALID or OPTION_INVALID at once where the graph cannot run. */
export function runInProcess(graph: StreamGraph, options: RunInProcessOptions = {}): InProcessJob {
  const { userFunctions, ...environment } = options
  return new InProcessRun(
    createJobGraph(graph),
    { ...createDefaultEnvironment(environment), ...environment },
    userFunctions,
  )
}
