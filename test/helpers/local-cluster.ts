// Jobs in the test's thread: a JobManager with TaskManagers beside it, or a job without either.
import { InProcessRun } from '../../engine/cluster/in-process-job.ts'
import { JobManager } from '../../engine/cluster/job-manager.ts'
import { createLocalLauncher } from '../../engine/cluster/local-launcher.ts'
import { createJobGraph } from '../../engine/graph/create-job-graph.ts'
import { MemoryCheckpointStorage } from '../../engine/testing/memory-checkpoint-storage.ts'
import type { CheckpointStorage } from '../../engine/checkpoint/checkpoint-storage.ts'
import type { TaskManagerLauncher } from '../../engine/cluster/task-manager-pool.ts'
import type { StreamGraph } from '../../engine/graph/stream-graph.ts'
import type { TaskEnvironment } from '../../engine/task/task-environment.ts'

export interface LocalClusterOptions {
  /** Of its jobs' records. */
  readonly directory: string
  readonly environment: TaskEnvironment
  /** Default: in memory. */
  readonly storage?: CheckpointStorage
  /** Default: 2. */
  readonly taskManagers?: number
  /** Default: 1. */
  readonly slotsPerTaskManager?: number
  /** Launches in another way, by means of the usual one. */
  readonly launching?: (local: TaskManagerLauncher) => TaskManagerLauncher
}

export async function startLocalCluster({
  directory,
  environment,
  storage = new MemoryCheckpointStorage(),
  taskManagers = 2,
  slotsPerTaskManager = 1,
  launching = (local) => local,
}: LocalClusterOptions): Promise<JobManager> {
  const launcher = launching(createLocalLauncher(environment, storage))
  const jobManager = new JobManager({ directory, environment, launcher, storage, taskManagers, slotsPerTaskManager })
  await jobManager.start()
  return jobManager
}

export function runInProcess(graph: StreamGraph, environment: TaskEnvironment): InProcessRun {
  return new InProcessRun(createJobGraph(graph), environment, undefined)
}
