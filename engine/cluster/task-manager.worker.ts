// The entry of a TaskManager's thread.
import { isMainThread, parentPort, workerData } from 'node:worker_threads'
import { getHeapStatistics } from 'node:v8'
import { check } from '../common/check.ts'
import { fileSystemStorage } from '../checkpoint/file-system-storage.ts'
import { createDefaultEnvironment } from '../task/default-environment.ts'
import { TaskManager } from './task-manager.ts'
import type { TaskManagerInput } from './messages/input.ts'
import type { TaskManagerOutput } from './messages/output.ts'

check(!isMainThread && parentPort !== null, 'task-manager.worker runs in a worker thread only')
const port = parentPort
const { id } = workerData as { readonly id: string }
const send = (message: TaskManagerOutput): void => port.postMessage(message)

const taskManager = new TaskManager({
  id,
  environment: createDefaultEnvironment(),
  storage: fileSystemStorage,
  send,
  collectsRows: true,
  heap() {
    const { used_heap_size: usedBytes, heap_size_limit: limitBytes } = getHeapStatistics()
    return { usedBytes, limitBytes }
  },
})
port.on('message', (message: TaskManagerInput) => taskManager.handle(message))
send({ kind: 'ready' })
