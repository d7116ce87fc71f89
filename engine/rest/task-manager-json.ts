// TaskManagers as Flink's REST API shows them. Figures of a JVM that a thread does not have are 0 or -1.
import { FlinktsError } from '../common/errors.ts'
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

function summary(view: TaskManagerView, now: number): Body {
  const limit = view.metrics?.heapLimitBytes ?? 0
  const used = view.metrics?.heapUsedBytes ?? 0
  const heapMb = Math.round(limit / MIB)
  return {
    id: view.id,
    path: `thread:${view.id}`,
    dataPort: -1,
    jmxPort: -1,
    timeSinceLastHeartbeat: now,
    slotsNumber: view.slots,
    freeSlots: view.freeSlots,
    totalResource: resource(view.slots, heapMb),
    freeResource: resource(view.freeSlots, view.slots === 0 ? 0 : Math.round((heapMb * view.freeSlots) / view.slots)),
    hardware: { cpuCores: view.slots, physicalMemory: limit, freeMemory: Math.max(0, limit - used), managedMemory: 0 },
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

export function taskManagersJson(jobManager: JobManager, now: number): Body {
  return { taskmanagers: jobManager.taskManagers.map((view) => summary(view, now)) }
}

/** Throws JOB_NOT_FOUND. */
export function taskManagerJson(jobManager: JobManager, id: string, now: number): Body {
  const view = jobManager.taskManagers.find((candidate) => candidate.id === id)
  if (view === undefined) throw new FlinktsError('JOB_NOT_FOUND', `TaskExecutor ${id} not found`)
  const used = view.metrics?.heapUsedBytes ?? 0
  const limit = view.metrics?.heapLimitBytes ?? 0
  return {
    ...summary(view, now),
    allocatedSlots: view.allocatedTo.map((jobId) => ({
      jobId,
      resource: resource(1, Math.round(limit / MIB / Math.max(1, view.slots))),
    })),
    metrics: {
      heapUsed: used,
      heapCommitted: used,
      heapMax: limit,
      nonHeapUsed: 0,
      nonHeapCommitted: 0,
      nonHeapMax: -1,
      directCount: 0,
      directUsed: 0,
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
      garbageCollectors: [],
    },
  }
}
