// What a thread of JavaScript can say of itself, as Flink's TaskManagers do of their JVM.
import { performance, PerformanceObserver, type EventLoopUtilization } from 'node:perf_hooks'
import { getHeapStatistics } from 'node:v8'

/** Plain data: crosses threads. */
export interface ThreadFigures {
  readonly heapUsedBytes: number
  readonly heapCommittedBytes: number
  readonly heapLimitBytes: number
  /** Of buffers, outside of the heap. */
  readonly directUsedBytes: number
  /** Garbage collections since the thread was first measured, and how long it stood still for them. */
  readonly collections: number
  readonly collectionTimeMs: number
  /** Share of the time since the last reading in which the thread did not wait, 0 … 1. */
  readonly load: number
}

/** Where several TaskManagers share a thread with other code, none of it is theirs. */
export const unmeasuredThread: ThreadFigures = {
  heapUsedBytes: 0,
  heapCommittedBytes: 0,
  heapLimitBytes: 0,
  directUsedBytes: 0,
  collections: 0,
  collectionTimeMs: 0,
  load: 0,
}

/** Measures the thread that it is made on. */
export class ThreadMeter {
  readonly #observer: PerformanceObserver
  #collections = 0
  #collectionTimeMs = 0
  #utilization: EventLoopUtilization = performance.eventLoopUtilization()

  constructor() {
    this.#observer = new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) {
        this.#collections++
        this.#collectionTimeMs += duration
      }
    })
    this.#observer.observe({ entryTypes: ['gc'] })
  }

  read(): ThreadFigures {
    const before = this.#utilization
    this.#utilization = performance.eventLoopUtilization()
    const heap = getHeapStatistics()
    return {
      heapUsedBytes: heap.used_heap_size,
      heapCommittedBytes: heap.total_heap_size,
      heapLimitBytes: heap.heap_size_limit,
      directUsedBytes: heap.external_memory,
      collections: this.#collections,
      collectionTimeMs: this.#collectionTimeMs,
      load: performance.eventLoopUtilization(this.#utilization, before).utilization,
    }
  }

  close(): void {
    this.#observer.disconnect()
  }
}
