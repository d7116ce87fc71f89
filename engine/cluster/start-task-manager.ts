// Starts TaskManagers as worker threads. The only place that knows where the worker's entry lies and what an exit means.
import { existsSync } from 'node:fs'
import { MessageChannel, Worker } from 'node:worker_threads'
import { FlinktsError, toErrorData, type ErrorData } from '../common/errors.ts'
import type { TaskManagerInput } from './messages/input.ts'
import type { TaskManagerOutput } from './messages/output.ts'
import type { TaskManagerGateway, TaskManagerLauncher, TaskManagerListener } from './task-manager-pool.ts'

export interface WorkerOptions {
  /** `resourceLimits.maxOldGenerationSizeMb` of each thread. */
  readonly heapMb: number
}

/** How long a thread may take until it is ready. */
const START_TIMEOUT_MS = 20_000

interface WorkerGateway extends TaskManagerGateway {
  readonly post: (message: TaskManagerInput) => void
}

/** Threads run compiled code: from sources (tests) the build in `dist` is used. */
function entry(): URL {
  const compiled = new URL('./task-manager.worker.js', import.meta.url)
  if (!import.meta.url.endsWith('.ts')) return compiled
  const built = new URL('../../dist/engine/cluster/task-manager.worker.js', import.meta.url)
  if (existsSync(built)) return built
  throw new FlinktsError('INTERNAL', `${built.pathname} is missing`, { fix: 'Run `npm run build` first.' })
}

function exitError(id: string, code: number, error: unknown, heapMb: number): ErrorData {
  if (error instanceof Error && 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY') {
    return {
      code: 'TASK_MANAGER_OUT_OF_MEMORY',
      message: `${id} used up its heap of ${heapMb} MB: state or buffers of its subtasks do not fit`,
      fix: 'Raise taskmanager.memory.heap, raise the parallelism over more TaskManagers, or keep less state (TTL, smaller windows).',
    }
  }
  return {
    code: 'TASK_MANAGER_LOST',
    message: error === undefined ? `the thread of ${id} ended (exit code ${code})` : `the thread of ${id} crashed`,
    cause: error === undefined ? undefined : toErrorData(error),
  }
}

async function launch(id: string, listener: TaskManagerListener, options: WorkerOptions): Promise<TaskManagerGateway> {
  const worker = new Worker(entry(), {
    workerData: { kind: 'flinkts-task-manager', id, heapMb: options.heapMb },
    name: id,
    resourceLimits: { maxOldGenerationSizeMb: options.heapMb },
  })
  let failure: unknown
  const ready = new Promise<void>((resolve, reject) => {
    const timeout = setTimeout(
      () => reject(new FlinktsError('TASK_MANAGER_LOST', `${id} was not ready within ${START_TIMEOUT_MS} ms`)),
      START_TIMEOUT_MS,
    )
    worker.on('message', (message: TaskManagerOutput) => {
      if (message.kind !== 'ready') return listener.received(message)
      clearTimeout(timeout)
      resolve()
    })
    worker.on('error', (error) => (failure = error))
    worker.on('exit', (code) => {
      clearTimeout(timeout)
      const error = exitError(id, code, failure, options.heapMb)
      reject(new FlinktsError(error.code, error.message, { cause: failure }))
      listener.exited(error)
    })
  })
  try {
    await ready
  } catch (error) {
    await worker.terminate()
    throw error
  }
  const post = (message: TaskManagerInput): void =>
    worker.postMessage(message, message.kind === 'connect' ? [message.port] : [])
  const gateway: WorkerGateway = {
    id,
    post,
    send: post,
    terminate: async () => void (await worker.terminate()),
  }
  return gateway
}

export function createWorkerLauncher(options: WorkerOptions): TaskManagerLauncher {
  return {
    launch: (id, listener) => launch(id, listener, options),
    connect(left, right) {
      const { port1, port2 } = new MessageChannel()
      left.send({ kind: 'connect', peer: right.id, port: port1 })
      right.send({ kind: 'connect', peer: left.id, port: port2 })
    },
  }
}
