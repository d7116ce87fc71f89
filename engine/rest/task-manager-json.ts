// TaskManagers as Flink's REST API shows them. Figures of a JVM that a thread does not have are 0 or -1.
import { availableParallelism, totalmem } from 'node:os'
import { FlinktsError } from '../common/errors.ts'
import { unmeasuredThread } from '../cluster/thread-figures.ts'
import type { JobManager } from '../cluster/job-manager.ts'
import type { TaskManagerView } from '../cluster/task-manager-pool.ts'

type Body = Record<string, unknown>

const MIB = 1024 * 1024

function resource(slots: number, heapMb: number): Body {
  return {
    cpuCores: slots,
    taskHeapMemory: heapMb,
    taskOffHeapMemory: 0,
    managedMemory: 0,
    networkMemory: 0,
    extendedResources: {},
  }
}

function summary(view: TaskManagerView): Body {
  const { heapLimitBytes: limit, heapUsedBytes: used } = view.metrics?.thread ?? unmeasuredThread
  const heapMb = Math.round(limit / MIB)
  return {
    id: view.id,
    path: `thread:${view.id}`,
    dataPort: -1,
    jmxPort: -1,
    // Flink's name for it, and its meaning: the time of the last one
    timeSinceLastHeartbeat: view.heardAt,
    slotsNumber: view.slots,
    freeSlots: view.freeSlots,
    totalResource: resource(view.slots, heapMb),
    freeResource: resource(view.freeSlots, view.slots === 0 ? 0 : Math.round((heapMb * view.freeSlots) / view.slots)),
    hardware: {
      cpuCores: availableParallelism(),
      physicalMemory: totalmem(),
      freeMemory: Math.max(0, limit - used),
      managedMemory: 0,
    },
    memoryConfiguration: {
      frameworkHeap: 0,
      taskHeap: limit,
      frameworkOffHeap: 0,
      taskOffHeap: 0,
      networkMemory: 0,
      managedMemory: 0,
      jvmMetaspace: 0,
      jvmOverhead: 0,
      totalFlinkMemory: limit,
      totalProcessMemory: limit,
    },
  }
}

export function taskManagersJson(jobManager: JobManager): Body {
  return { taskmanagers: jobManager.taskManagers.map(summary) }
}

/** Throws JOB_NOT_FOUND. */
export function taskManagerOf(jobManager: JobManager, id: string): TaskManagerView {
  const view = jobManager.taskManagers.find((candidate) => candidate.id === id)
  if (view === undefined) throw new FlinktsError('JOB_NOT_FOUND', `TaskExecutor ${id} not found`)
  return view
}

/** Throws JOB_NOT_FOUND. */
export function taskManagerJson(jobManager: JobManager, id: string): Body {
  const view = taskManagerOf(jobManager, id)
  const thread = view.metrics?.thread ?? unmeasuredThread
  const limit = thread.heapLimitBytes
  return {
    ...summary(view),
    allocatedSlots: view.allocatedTo.map((jobId) => ({
      jobId,
      resource: resource(1, Math.round(limit / MIB / Math.max(1, view.slots))),
    })),
    metrics: {
      heapUsed: thread.heapUsedBytes,
      heapCommitted: thread.heapCommittedBytes,
      heapMax: limit,
      nonHeapUsed: 0,
      nonHeapCommitted: 0,
      nonHeapMax: -1,
      directCount: 0,
      directUsed: thread.directUsedBytes,
      directMax: 0,
      mappedCount: 0,
      mappedUsed: 0,
      mappedMax: 0,
      nettyShuffleMemorySegmentsAvailable: 0,
      nettyShuffleMemorySegmentsUsed: 0,
      nettyShuffleMemorySegmentsTotal: 0,
      nettyShuffleMemoryAvailable: 0,
      nettyShuffleMemoryUsed: 0,
      nettyShuffleMemoryTotal: 0,
      garbageCollectors: [{ name: 'All', count: thread.collections, time: Math.round(thread.collectionTimeMs) }],
    },
  }
}
